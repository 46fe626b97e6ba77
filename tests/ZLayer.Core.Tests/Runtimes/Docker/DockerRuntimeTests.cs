using ZLayer.Core.Runtimes;
using ZLayer.Core.Runtimes.Docker;
using ZLayer.Core.Tests.Engines;
using ZLayer.Core.Tests.Registries;

namespace ZLayer.Core.Tests.Runtimes.Docker;

[Collection(DockerEngineCollection.Name)]
public sealed class DockerRuntimeTests(DockerEngineFixture docker)
{
    [SkippableFact]
    public async Task An_engine_says_what_it_is()
    {
        Skip.IfNot(docker.IsAvailable, docker.Reason);
        await using var runtime = new DockerRuntime(new DockerRuntimeOptions { Host = docker.Host });

        var info = await runtime.DescribeAsync(detailed: true);

        Assert.True(info.IsAvailable, info.Reason);
        Assert.Equal(info.Version!.StartsWith('5') ? "Podman service" : "Docker engine", info.Kind);
        Assert.Equal(docker.Host, info.Endpoint);
        Assert.True(ApiVersion.TryParse(info.ApiVersion, out var version) && version >= new ApiVersion(1, 41) && version <= ApiVersion.Newest);
        Assert.Equal("linux", info.Host!.OsType);
        Assert.True(info.Host.CpuCount > 0 && info.Host.Memory > 0);
        Assert.Equal(Enum.GetValues<RuntimeOperation>(), info.Capabilities);
    }

    [Fact]
    public async Task An_engine_that_is_absent_is_described_and_not_thrown()
    {
        await using var runtime = new DockerRuntime(new DockerRuntimeOptions { Host = "unix:///nowhere/docker.sock" });

        var info = await runtime.DescribeAsync(detailed: true);

        Assert.False(info.IsAvailable);
        Assert.Contains("there is no socket /nowhere/docker.sock", info.Reason);
        Assert.Contains("systemctl start docker", info.Reason);
    }

    [Fact]
    public async Task The_log_tells_which_engine_was_chosen_and_why_and_each_request()
    {
        await using var engine = new ScriptedEngine(request => request.AnswerAsync(
            ScriptedEngine.Answer(200, "{}", "Content-Type: application/json\r\nApi-Version: 1.41\r\n"), keepOpen: true));
        var log = new ListLogger();
        await using var runtime = new DockerRuntime(new DockerRuntimeOptions { Host = engine.Host }, credentials: null, log);

        await runtime.DescribeAsync();

        Assert.Contains($"The runtime docker is at {engine.Host}: this address was given", log.Lines);
        Assert.Contains(log.Lines, line => line.StartsWith("GET /_ping: 200 in ", StringComparison.Ordinal));
        Assert.Contains(log.Lines, line => line.StartsWith("GET /v1.41/", StringComparison.Ordinal));
    }
}
