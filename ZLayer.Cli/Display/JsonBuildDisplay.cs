using System.Text.Json;
using ZLayer.Core.Builds.Events;

namespace ZLayer.Cli.Display;

/// <summary>A build for programs: one JSON document a line, on standard output.</summary>
internal sealed class JsonBuildDisplay(TextWriter output) : IBuildDisplay
{
    private readonly Lock _lock = new();

    public void Report(BuildEvent value)
    {
        var line = JsonSerializer.Serialize(value, CliJson.Line.BuildEvent);
        lock (_lock)
        {
            output.WriteLine(line);
        }
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}
