using ZLayer.Core.Builds.Events;

namespace ZLayer.Cli.Display;

/// <summary>A build in a log: one line an event, on standard error.</summary>
internal sealed class PlainBuildDisplay(TextWriter output) : IBuildDisplay
{
    private readonly Lock _lock = new();

    public void Report(BuildEvent value)
    {
        // The end is told by the command itself; the plan, stages and moving bytes would drown the steps.
        if (value is BuildPlanned or StageCompleted or InstructionProgress or ExportProgress or BuildFailed)
        {
            return;
        }

        lock (_lock)
        {
            output.WriteLine(value.ToString());
        }
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}
