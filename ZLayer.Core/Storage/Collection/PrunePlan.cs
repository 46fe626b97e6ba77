using ZLayer.Core.Storage.Remembered;

namespace ZLayer.Core.Storage;

/// <summary>What a collection works on: made while it holds the collection lock.</summary>
internal sealed class PrunePlan
{
    /// <summary>What the caller wants.</summary>
    public required PruneOptions Options { get; init; }

    /// <summary>Living leases.</summary>
    public required IReadOnlyList<LiveLease> Leases { get; init; }

    /// <summary>Containers.</summary>
    public required IReadOnlyList<ContainerUses.Use> Containers { get; init; }

    /// <summary>What was last used at or after this time is too new for the options.</summary>
    public DateTimeOffset AgeLimit { get; init; } = DateTimeOffset.MaxValue;

    /// <summary>Only these blobs and layers may go; null for all.</summary>
    public IReadOnlySet<Oci.Digest>? Candidates { get; init; }

    /// <summary>What is asked about for them; null for everything.</summary>
    public MarkingScope? Scope { get; init; }

    /// <summary>What is known of the store's documents.</summary>
    public required DocumentMemory Documents { get; init; }

    /// <summary>Which blobs hold which layers.</summary>
    public required LayerClaims Claims { get; init; }

    /// <summary>All names.</summary>
    public required IReadOnlyList<StoredName> Names { get; init; }

    /// <summary>All step records.</summary>
    public required IReadOnlyList<StepUse> AllSteps { get; init; }

    /// <summary>Names and unnamed images that go.</summary>
    public List<StoredReference> References { get; } = [];

    /// <summary>Step records that go.</summary>
    public List<StepUse> Steps { get; } = [];

    /// <summary>Cache mounts that go.</summary>
    public List<CacheMountEntry> Mounts { get; } = [];

    /// <summary>Downloads, git checkouts and lists of known files that go.</summary>
    public List<FileSystemInfo> Sources { get; } = [];

    /// <summary>What stays.</summary>
    public required Marking Kept { get; init; }

    /// <summary>What the leases and containers need as it is, extracted.</summary>
    public required Marking InUse { get; init; }

    /// <summary>What belonged to the step records that go.</summary>
    public required Marking StepContent { get; init; }

    /// <summary>What belonged to the images that go.</summary>
    public required Marking ImageContent { get; init; }
}
