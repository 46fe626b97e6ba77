using ZLayer.Core.Registries;

namespace ZLayer.PowerShell.Pipeline;

/// <summary>
/// Shows a transfer as one line with its sum, and one line below it for each blob that moves. What became of each blob also goes to the
/// information stream.
/// </summary>
internal sealed class TransferProgressReporter : IProgress<TransferProgress>
{
    private readonly IPipelineSink _sink;
    private readonly string _title;
    private readonly string _tag;
    private readonly int _activity;
    private readonly Lock _gate = new();
    private readonly Dictionary<string, (TransferProgress Latest, int Activity)> _blobs = [];

    /// <param name="sink">Where to.</param>
    /// <param name="title">The line's title: <c>Receive nginx:1.27</c>.</param>
    /// <param name="tag">The tag on the information stream.</param>
    public TransferProgressReporter(IPipelineSink sink, string title, string tag)
    {
        _sink = sink;
        _title = title;
        _tag = tag;
        _activity = sink.NewActivity();
    }

    public void Report(TransferProgress value)
    {
        bool changed;
        ProgressUpdate whole, blob;
        lock (_gate)
        {
            var known = _blobs.TryGetValue(value.Id, out var before);
            changed = !known || before.Latest.Status != value.Status;
            var activity = known ? before.Activity : _sink.NewActivity();
            _blobs[value.Id] = (value, activity);
            whole = Whole();
            blob = Blob(value, activity);
        }

        _sink.ReportProgress(whole);
        _sink.ReportProgress(blob);
        if (changed && IsOver(value.Status))
        {
            _sink.PostInformation(value, _tag);
        }
    }

    /// <summary>Takes all lines down.</summary>
    public void Complete()
    {
        lock (_gate)
        {
            foreach (var (latest, activity) in _blobs.Values)
            {
                _sink.ReportProgress(Blob(latest, activity) with { IsCompleted = true });
            }

            _sink.ReportProgress(new ProgressUpdate(_activity, _title, "Done") { IsCompleted = true });
        }
    }

    private ProgressUpdate Whole()
    {
        var moving = _blobs.Values.Select(blob => blob.Latest)
            .Where(blob => blob.Status is not (TransferStatus.Exists or TransferStatus.Mounted))
            .ToList();
        var current = moving.Sum(blob => blob.Current);
        long? total = moving.TrueForAll(blob => blob.Total is not null) ? moving.Sum(blob => blob.Total ?? 0) : null;
        var over = _blobs.Values.Count(blob => IsOver(blob.Latest.Status));
        return new ProgressUpdate(_activity, _title, $"{Quantity.Progress(current, total)}, {over} of {_blobs.Count} blobs")
        {
            Percent = ProgressUpdate.PercentOf(current, total),
        };
    }

    private ProgressUpdate Blob(TransferProgress value, int activity)
        => new(activity, value.Id, $"{value.Status} {Quantity.Progress(value.Current, value.Total)}")
        {
            Parent = _activity,
            Percent = ProgressUpdate.PercentOf(value.Current, value.Total),
            IsCompleted = IsOver(value.Status),
        };

    private static bool IsOver(TransferStatus status) => status is TransferStatus.Done or TransferStatus.Exists or TransferStatus.Mounted;
}
