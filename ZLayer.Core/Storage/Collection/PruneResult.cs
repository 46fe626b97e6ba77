namespace ZLayer.Core.Storage;

/// <summary>What a collection removed of one kind.</summary>
public sealed record PruneResult
{
    /// <summary>The kind.</summary>
    public required StorageKind Kind { get; init; }

    /// <summary>What was removed: names, digests, ids.</summary>
    public IReadOnlyList<string> Removed { get; init => field = value.ToArray(); } = [];

    /// <summary>The bytes that this freed.</summary>
    public long ReclaimedBytes { get; init; }

    /// <summary>Why something was kept that may be unused: what could not be read and so counts as referring to everything.</summary>
    public IReadOnlyList<string> Warnings { get; init => field = value.ToArray(); } = [];
}

/// <summary>Something was removed, or would be.</summary>
/// <param name="Kind">The kind.</param>
/// <param name="Name">A name, digest or id.</param>
/// <param name="Bytes">The bytes that this freed.</param>
public sealed record PruneProgress(StorageKind Kind, string Name, long Bytes);
