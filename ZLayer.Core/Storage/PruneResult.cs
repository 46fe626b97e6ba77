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
