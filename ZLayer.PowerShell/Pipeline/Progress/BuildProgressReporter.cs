using ZLayer.Core.Builds.Events;

namespace ZLayer.PowerShell.Pipeline;

/// <summary>
/// Shows a build as one line with the number of steps done, and one line below it for each step at work. Every event also goes to the
/// information stream, warnings to the warning stream.
/// </summary>
internal sealed class BuildProgressReporter : IProgress<BuildEvent>
{
    /// <summary>The tag of build events on the information stream.</summary>
    public const string Tag = "ZLayer.Build";

    private readonly IPipelineSink _sink;
    private readonly string _title;
    private readonly int _activity;
    private readonly Lock _gate = new();
    private readonly Dictionary<int, (int Activity, string Title)> _steps = [];
    private readonly Dictionary<string, int> _exports = [];
    private int _total;
    private int _done;
    private int _cached;
    private string _current = "planning";

    public BuildProgressReporter(IPipelineSink sink, string title)
    {
        _sink = sink;
        _title = title;
        _activity = sink.NewActivity();
    }

    public void Report(BuildEvent value)
    {
        // Transfers report many times a second: they move the bar and are no lines of a log.
        if (value is not (InstructionProgress or ExportProgress))
        {
            _sink.PostInformation(value, Tag);
        }

        if (value is BuildWarning warning)
        {
            _sink.PostWarning($"{(warning.Location is null ? "" : warning.Location + ": ")}{warning.Message} ({warning.Rule})");
        }

        lock (_gate)
        {
            Show(value);
        }
    }

    /// <summary>Takes all lines down.</summary>
    public void Complete()
    {
        lock (_gate)
        {
            foreach (var step in _steps.Keys.ToArray())
            {
                EndStep(step);
            }

            foreach (var export in _exports.Keys.ToArray())
            {
                EndExport(export);
            }

            _sink.ReportProgress(Whole() with { IsCompleted = true });
        }
    }

    private void Show(BuildEvent value)
    {
        switch (value)
        {
            case BuildStarted started:
                _total = started.TotalInstructions;
                break;
            case InstructionStarted started:
                _current = $"[{started.Title}] {Quantity.OneLine(started.Instruction)}";
                _steps[started.Step] = (_sink.NewActivity(), _current);
                Update(started.Step, "running", -1);
                break;
            case InstructionOutput output:
                Update(output.Step, Quantity.Output(output.Line), -1);
                break;
            case InstructionProgress progress:
                Update(progress.Step, $"{progress.Status} {Quantity.Progress(progress.Current, progress.Total)}", ProgressUpdate.PercentOf(
                    progress.Current, progress.Total));
                break;
            case InstructionCompleted completed:
                _done++;
                _cached += completed.Cached ? 1 : 0;
                EndStep(completed.Step);
                break;
            case ExportStarted export:
                _current = export.Name;
                _exports.TryAdd(export.Name, _sink.NewActivity());
                break;
            case ExportProgress progress when _exports.TryGetValue(progress.Name, out var activity):
                var transfer = progress.Transfer;
                _sink.ReportProgress(new ProgressUpdate(
                    activity, progress.Name, $"{transfer.Id} {transfer.Status} {Quantity.Progress(transfer.Current, transfer.Total)}")
                {
                    Parent = _activity,
                    Percent = ProgressUpdate.PercentOf(transfer.Current, transfer.Total),
                });
                break;
            case ExportCompleted export:
                EndExport(export.Name);
                break;
        }

        _sink.ReportProgress(Whole());
    }

    private ProgressUpdate Whole()
        => new(_activity, _title, $"{_done}/{_total} steps, {_cached} cached: {_current}")
        {
            Percent = ProgressUpdate.PercentOf(_done, _total),
        };

    private void Update(int step, string status, int percent)
    {
        if (_steps.TryGetValue(step, out var shown))
        {
            _sink.ReportProgress(new ProgressUpdate(shown.Activity, shown.Title, status) { Parent = _activity, Percent = percent });
        }
    }

    private void EndStep(int step)
    {
        if (_steps.Remove(step, out var shown))
        {
            _sink.ReportProgress(new ProgressUpdate(shown.Activity, shown.Title, "done") { Parent = _activity, IsCompleted = true });
        }
    }

    private void EndExport(string name)
    {
        if (_exports.Remove(name, out var activity))
        {
            _sink.ReportProgress(new ProgressUpdate(activity, name, "done") { Parent = _activity, IsCompleted = true });
        }
    }
}
