using ZLayer.Core.Runtimes;

namespace ZLayer.PowerShell.Pipeline;

/// <summary>
/// Shows a pull of a runtime as one line, and one line below it for each layer that moves. What became of the image also goes to the
/// information stream.
/// </summary>
internal sealed class PullProgressReporter : IProgress<PullProgress>
{
    private readonly IPipelineSink _sink;
    private readonly string _title;
    private readonly int _activity;
    private readonly Lock _gate = new();
    private readonly Dictionary<string, (PullStatus Latest, int Activity)> _layers = [];
    private bool _shown;

    /// <param name="sink">Where to.</param>
    /// <param name="title">The line's title: <c>Receive nginx:1.27</c>.</param>
    public PullProgressReporter(IPipelineSink sink, string title)
    {
        _sink = sink;
        _title = title;
        _activity = sink.NewActivity();
    }

    public void Report(PullProgress value)
    {
        if (value is not PullStatus status)
        {
            _sink.PostInformation(value, "ZLayer.Pull");
            return;
        }

        lock (_gate)
        {
            _shown = true;
            if (status.Id is { } id)
            {
                var activity = _layers.TryGetValue(id, out var known) ? known.Activity : _sink.NewActivity();
                _layers[id] = (status, activity);
                _sink.ReportProgress(Layer(status, activity));
            }

            _sink.ReportProgress(Whole(status));
        }
    }

    /// <summary>Takes all lines down.</summary>
    public void Complete()
    {
        lock (_gate)
        {
            foreach (var (latest, activity) in _layers.Values)
            {
                _sink.ReportProgress(Layer(latest, activity) with { IsCompleted = true });
            }

            if (_shown)
            {
                _sink.ReportProgress(new ProgressUpdate(_activity, _title, "Done") { IsCompleted = true });
            }
        }
    }

    private ProgressUpdate Whole(PullStatus status)
    {
        var moving = _layers.Values.Select(layer => layer.Latest).Where(layer => layer.Total is > 0).ToList();
        var (current, total) = (moving.Sum(layer => layer.Current ?? 0), moving.Sum(layer => layer.Total ?? 0));
        return new ProgressUpdate(_activity, _title, total > 0 ? Quantity.Progress(current, total) : NonEmpty(status.Status))
        {
            Percent = ProgressUpdate.PercentOf(current, total),
        };
    }

    private ProgressUpdate Layer(PullStatus status, int activity)
        => new(activity, NonEmpty(status.Id), status.Total is { } total
            ? $"{status.Status} {Quantity.Progress(status.Current ?? 0, total)}"
            : NonEmpty(status.Status))
        {
            Parent = _activity,
            Percent = ProgressUpdate.PercentOf(status.Current ?? 0, status.Total),
            IsCompleted = status.Status is "Pull complete" or "Already exists",
        };

    // An empty text is refused by PowerShell.
    private static string NonEmpty(string? text) => string.IsNullOrWhiteSpace(text) ? "…" : text;
}
