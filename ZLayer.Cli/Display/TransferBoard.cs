using ZLayer.Core.Registries;

namespace ZLayer.Cli.Display;

/// <summary>The blobs that move now, and how many have arrived.</summary>
internal sealed class TransferBoard
{
    private const int BarWidth = 24;

    private readonly Lock _lock = new();
    private readonly Dictionary<string, TransferProgress> _current = new(StringComparer.Ordinal);
    private readonly List<string> _order = [];

    public void Apply(TransferProgress progress)
    {
        lock (_lock)
        {
            if (!_current.ContainsKey(progress.Id))
            {
                _order.Add(progress.Id);
            }

            _current[progress.Id] = progress;
        }
    }

    /// <summary>At most <paramref name="rows"/> lines: what is finished is left out first.</summary>
    public IReadOnlyList<DisplayLine> Draw(int rows)
    {
        lock (_lock)
        {
            var all = _order.Select(id => _current[id]).ToList();
            var hidden = all.Where(IsFinished).Take(Math.Max(0, all.Count - rows)).ToHashSet();
            return [.. all.Where(p => !hidden.Contains(p)).TakeLast(rows).Select(Line)];
        }
    }

    public static bool IsFinished(TransferProgress progress)
        => progress.Status is TransferStatus.Done or TransferStatus.Exists or TransferStatus.Mounted;

    public static string Word(TransferStatus status) => status switch
    {
        TransferStatus.Waiting => "waiting",
        TransferStatus.Exists => "already there",
        TransferStatus.Mounted => "mounted from another repository",
        TransferStatus.Compressing => "compressing",
        TransferStatus.Transferring => "transferring",
        TransferStatus.Verifying => "verifying",
        TransferStatus.Done => "done",
        TransferStatus.Retrying => "trying again",
        _ => status.ToString(),
    };

    private static DisplayLine Line(TransferProgress progress)
    {
        var word = Word(progress.Status);
        if (IsFinished(progress))
        {
            return new DisplayLine($" {progress.Id}  {word}", LineStyle.Done, progress.Total is { } size ? Texts.Size(size) : null);
        }

        return progress.Total is > 0 and var total
            ? new DisplayLine(
                $" {progress.Id}  {Bar(progress.Current, total)} {word}", LineStyle.Plain, $"{Texts.Size(progress.Current)}/{Texts.Size(total)}")
            : new DisplayLine($" {progress.Id}  {word}", LineStyle.Plain, progress.Current > 0 ? Texts.Size(progress.Current) : null);
    }

    private static string Bar(long current, long total)
    {
        var filled = (int)(BarWidth * Math.Clamp((double)current / total, 0, 1));
        return new string('━', filled) + new string('╌', BarWidth - filled);
    }
}
