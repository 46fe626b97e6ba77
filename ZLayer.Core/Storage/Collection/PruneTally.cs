namespace ZLayer.Core.Storage;

/// <summary>Adds up what a collection removes.</summary>
internal sealed class PruneTally(IProgress<PruneProgress>? progress)
{
    private readonly Dictionary<StorageKind, (List<string> Removed, long Bytes)> _kinds = [];

    public void Add(StorageKind kind, string name, long bytes)
    {
        var (removed, total) = _kinds.TryGetValue(kind, out var known) ? known : ([], 0);
        removed.Add(name);
        _kinds[kind] = (removed, total + bytes);
        progress?.Report(new PruneProgress(kind, name, bytes));
    }

    public IReadOnlyList<PruneResult> ToResults(IReadOnlyList<string> warnings)
        => [.. Enum.GetValues<StorageKind>()
            .Where(kind => _kinds.ContainsKey(kind) || (warnings.Count > 0 && kind == StorageKind.Image))
            .Select(kind => ToResult(kind, kind == StorageKind.Image ? warnings : []))];

    private PruneResult ToResult(StorageKind kind, IReadOnlyList<string> warnings)
    {
        var (removed, bytes) = _kinds.TryGetValue(kind, out var known) ? known : ([], 0);
        return new PruneResult { Kind = kind, Removed = removed, ReclaimedBytes = bytes, Warnings = warnings };
    }
}
