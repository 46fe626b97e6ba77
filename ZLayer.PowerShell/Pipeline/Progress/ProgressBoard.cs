using System.Diagnostics;
using System.Management.Automation;
using ZLayer.Core.Errors;

namespace ZLayer.PowerShell.Pipeline;

/// <summary>
/// Keeps the latest state of each activity and shows it at most ten times a second. Operations that are over before
/// <paramref name="delay"/> show nothing; what was shown is always taken down again.
/// </summary>
internal sealed class ProgressBoard(TimeSpan delay)
{
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(100);

    private readonly Lock _gate = new();
    private readonly Dictionary<int, ProgressUpdate> _changed = [];
    private readonly Dictionary<int, ProgressUpdate> _shown = [];
    private readonly Stopwatch _running = Stopwatch.StartNew();
    private TimeSpan _lastShown = TimeSpan.MinValue;
    private int _lastActivity;

    public int NewActivity() => Interlocked.Increment(ref _lastActivity);

    public void Report(ProgressUpdate progress)
    {
        lock (_gate)
        {
            _changed[progress.Activity] = progress;
        }
    }

    /// <summary>Shows what changed, if it is time to. Called on the pipeline thread.</summary>
    public void Show(Action<ProgressRecord> write)
    {
        if (_running.Elapsed < delay || _running.Elapsed - Interval < _lastShown)
        {
            return;
        }

        ProgressUpdate[] changed;
        lock (_gate)
        {
            changed = [.. _changed.Values.OrderBy(update => update.Activity)];
            _changed.Clear();
        }

        foreach (var update in changed)
        {
            if (!update.IsCompleted)
            {
                _shown[update.Activity] = update;
                write(ToRecord(update));
            }
            else if (_shown.Remove(update.Activity))
            {
                write(ToRecord(update));
            }
        }

        _lastShown = _running.Elapsed;
    }

    /// <summary>Takes everything down that is still shown, children first.</summary>
    public void TakeDown(Action<ProgressRecord> write)
    {
        foreach (var update in _shown.Values.OrderByDescending(update => update.Activity).ToArray())
        {
            _shown.Remove(update.Activity);
            write(ToRecord(update with { IsCompleted = true }));
        }
    }

    // ProgressRecord refuses empty texts.
    internal static ProgressRecord ToRecord(ProgressUpdate update)
        => new(
            update.Activity,
            string.IsNullOrEmpty(update.Title) ? "ZLayer" : DisplayText.Line(update.Title),
            string.IsNullOrEmpty(update.Status) ? " " : DisplayText.Line(update.Status))
        {
            ParentActivityId = update.Parent,
            PercentComplete = update.Percent,
            SecondsRemaining = update.SecondsRemaining,
            RecordType = update.IsCompleted ? ProgressRecordType.Completed : ProgressRecordType.Processing,
        };
}
