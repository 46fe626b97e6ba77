using ZLayer.Core.Dockerfiles;
using ZLayer.Core.Exporters;
using ZLayer.Core.Oci;
using ZLayer.Core.Registries;

namespace ZLayer.Core.Builds;

/// <summary>What a build made.</summary>
public sealed record BuildResult
{
    /// <summary>The digest of the image's config, which identifies the image whatever its compression; of the first platform.</summary>
    public required Digest ImageId { get; init; }

    /// <summary>
    /// The digest of the manifest, or of the index when there are several platforms: after a push the one by which the registry has it,
    /// which can be pinned, else the one in the store, which a push that compresses layers changes.
    /// </summary>
    public required Digest Digest { get; init; }

    /// <summary>The names that the image got.</summary>
    public IReadOnlyList<ImageReference> Tags { get; init => field = value.ToArray(); } = [];

    /// <summary>Wall-clock time.</summary>
    public TimeSpan Duration { get; init; }

    /// <summary>The number of layers of the first platform, base included.</summary>
    public int LayerCount { get; init; }

    /// <summary>The sum of the blobs of all platforms in bytes, as the store holds them.</summary>
    public long Size { get; init; }

    /// <summary>True when the result is an index of several platforms.</summary>
    public bool IsManifestList { get; init; }

    /// <summary>How many steps were taken from the step cache.</summary>
    public int CacheHits { get; init; }

    /// <summary>How many steps could have been taken from it: those that make layers.</summary>
    public int CacheableSteps { get; init; }

    /// <summary>The stages that were built, in the order of the Dockerfile.</summary>
    public IReadOnlyList<BuildStageResult> Stages { get; init => field = value.ToArray(); } = [];

    /// <summary>What the exporters wrote.</summary>
    public IReadOnlyList<ExportResult> Outputs { get; init => field = value.ToArray(); } = [];

    /// <summary>What was pushed.</summary>
    public IReadOnlyList<PushResult> Pushes { get; init => field = value.ToArray(); } = [];

    /// <summary>Warnings of the linter and of the build.</summary>
    public IReadOnlyList<DockerfileWarning> Warnings { get; init => field = value.ToArray(); } = [];

    /// <summary>The data root that holds the image.</summary>
    public string Root { get; init; } = "";

    /// <summary>The first tag, else the image id.</summary>
    public override string ToString() => Tags.Count > 0 ? Tags[0].ToFamiliarString() : ImageId.ToString();
}
