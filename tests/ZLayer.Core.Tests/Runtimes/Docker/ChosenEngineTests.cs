using ZLayer.Core.Runtimes.Docker;
using ZLayer.Core.Tests.Engines;
using ZLayer.Core.Tests.Layers;

namespace ZLayer.Core.Tests.Runtimes.Docker;

/// <summary>An operation speaks to one engine from its first request to its last.</summary>
public sealed class ChosenEngineTests : IDisposable
{
    private const string Web = """{"Id":"0123456789ab0123456789ab0123456789ab0123456789ab0123456789ab0123","Name":"/web","State":{},"Config":{}}""";

    private readonly TemporaryDirectory _config = new();

    public void Dispose() => _config.Dispose();

    [Fact]
    public async Task Another_context_counts_from_the_next_operation_on()
    {
        await using var green = new ScriptedEngine(ScriptedEngine.Answer(200, Web));
        // The user changes the context between the two requests of the operation.
        await using var blue = new ScriptedEngine(request =>
        {
            Use("green");
            return request.AnswerAsync(ScriptedEngine.Answer(200, request.Line.Contains("/changes", StringComparison.Ordinal) ? "[]" : Web), keepOpen: true);
        });
        EngineContexts.Write(_config.Path, "blue", blue.Host);
        EngineContexts.Write(_config.Path, "green", green.Host);
        Use("blue");
        await using var runtime = new DockerRuntime(new DockerRuntimeOptions { ConfigDirectory = _config.Path });

        await runtime.GetContainerChangesAsync("web");

        Assert.Contains(blue.Requests, line => line.Contains("/changes", StringComparison.Ordinal));
        Assert.Empty(green.Requests);
        Assert.Equal("web", (await runtime.InspectContainerAsync("web")).Name);
        Assert.NotEmpty(green.Requests);
    }

    private void Use(string context)
    {
        var file = Path.Combine(_config.Path, "config.json");
        File.WriteAllText(file, $$"""{"currentContext":"{{context}}"}""");
        // A change within the resolution of the file system's clock would not be seen.
        File.SetLastWriteTimeUtc(file, context == "blue" ? DateTime.UnixEpoch : DateTime.UnixEpoch.AddDays(1));
    }
}
