using System.Management.Automation;
using ZLayer.Core.Errors;

namespace ZLayer.PowerShell.Pipeline;

/// <summary>Writes into the streams of a job.</summary>
internal sealed class JobSink(Job job) : IPipelineSink
{
    private readonly Lock _gate = new();
    private readonly Dictionary<int, long> _shown = [];
    private int _lastActivity;

    public ValueTask WriteObjectAsync(object? value) => AddAsync(job.Output, Shown(value));

    public ValueTask WriteObjectsAsync(IReadOnlyList<object?> values)
    {
        foreach (var value in values)
        {
            Add(job.Output, Shown(value));
        }

        return ValueTask.CompletedTask;
    }

    public ValueTask WriteErrorAsync(ErrorRecord error) => AddAsync(job.Error, error);

    public ValueTask WriteStandardErrorAsync(ErrorRecord line) => AddAsync(job.Error, line);

    public ValueTask WriteVerboseAsync(string text) => AddAsync(job.Verbose, new VerboseRecord(DisplayText.Line(text)));

    public ValueTask WriteWarningAsync(string text) => AddAsync(job.Warning, new WarningRecord(DisplayText.Line(text)));

    public ValueTask WriteInformationAsync(object data, string tag)
    {
        PostInformation(data, tag);
        return ValueTask.CompletedTask;
    }

    public void PostInformation(object data, string tag)
    {
        var record = new InformationRecord(data, "ZLayer");
        record.Tags.Add(tag);
        Add(job.Information, record);
    }

    public void PostWarning(string text) => Add(job.Warning, new WarningRecord(DisplayText.Line(text)));

    public void PostVerbose(string text) => Add(job.Verbose, new VerboseRecord(DisplayText.Line(text)));

    public void PostDebug(string text) => Add(job.Debug, new DebugRecord(DisplayText.Line(text)));

    // Receive-Job replays every record, so that there are at most two a second of each activity.
    public void ReportProgress(ProgressUpdate progress)
    {
        lock (_gate)
        {
            var now = Environment.TickCount64;
            if (!progress.IsCompleted && _shown.TryGetValue(progress.Activity, out var last) && now - last < 500)
            {
                return;
            }

            _shown[progress.Activity] = now;
        }

        Add(job.Progress, ProgressBoard.ToRecord(progress));
    }

    public int NewActivity() => Interlocked.Increment(ref _lastActivity);

    public Task<bool> ShouldProcessAsync(string target, string action) => Task.FromResult(true);

    public Task<bool> ShouldContinueAsync(string query, string caption) => Task.FromResult(true);

    private static PSObject Shown(object? value) => PSObject.AsPSObject(OutputValue.OfResult(value)!);

    // A job that was removed has closed its streams: nobody reads any more.
    private static void Add<T>(PSDataCollection<T> stream, T item)
    {
        try
        {
            if (stream.IsOpen)
            {
                stream.Add(item);
            }
        }
        catch (InvalidOperationException)
        {
        }
    }

    private static ValueTask AddAsync<T>(PSDataCollection<T> stream, T item)
    {
        Add(stream, item);
        return ValueTask.CompletedTask;
    }
}
