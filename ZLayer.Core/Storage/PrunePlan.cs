using ZLayer.Core.Oci;

namespace ZLayer.Core.Storage;

/// <summary>What a collection works on: made while it holds the collection lock.</summary>
internal sealed class PrunePlan
{
    // A lease's start is the clock's time, a file's time the kernel's: they differ by a tick, and a clock may be set back a little.
    private static readonly TimeSpan Slack = TimeSpan.FromMinutes(1);

    /// <summary>What the caller wants.</summary>
    public required PruneOptions Options { get; init; }

    /// <summary>Living leases.</summary>
    public required IReadOnlyList<LiveLease> Leases { get; init; }

    /// <summary>Containers.</summary>
    public required IReadOnlyList<ContainerUses.Use> Containers { get; init; }

    /// <summary>Content used at or after this time is kept: the start of the oldest living lease.</summary>
    public DateTimeOffset Horizon
        => Leases.Count == 0 ? DateTimeOffset.MaxValue
            : Leases.Min(lease => lease.Started) is var first && first > DateTimeOffset.MinValue + Slack ? first - Slack
            : DateTimeOffset.MinValue;

    /// <summary>What was last used at or after this time is too new for the options.</summary>
    public DateTimeOffset AgeLimit { get; init; } = DateTimeOffset.MaxValue;

    /// <summary>Only these blobs and layers may go; null for all.</summary>
    public IReadOnlySet<Digest>? Candidates { get; init; }

    /// <summary>Names and unnamed images that go.</summary>
    public List<StoredReference> References { get; } = [];

    /// <summary>Step records that go.</summary>
    public List<StepRecord> Steps { get; } = [];

    /// <summary>Cache mounts that go.</summary>
    public List<CacheMountEntry> Mounts { get; } = [];

    /// <summary>Pieces that go.</summary>
    public List<FileInfo> Pieces { get; } = [];

    /// <summary>Downloads, git checkouts and lists of known files that go.</summary>
    public List<FileSystemInfo> Sources { get; } = [];

    /// <summary>What stays.</summary>
    public required Reachability Kept { get; init; }

    /// <summary>What the leases and containers need as it is, extracted.</summary>
    public required Reachability InUse { get; init; }

    /// <summary>What belonged to the step records that go.</summary>
    public required Reachability StepContent { get; init; }
}
