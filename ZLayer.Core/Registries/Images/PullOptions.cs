using ZLayer.Core.Oci;

namespace ZLayer.Core.Registries;

/// <summary>How an image is pulled.</summary>
public sealed record PullOptions
{
    /// <summary>
    /// The platform to choose from an index; null is the host's. For a reference that is no index see <see cref="RequirePlatform"/>.
    /// </summary>
    public Platform? Platform { get; init; }

    /// <summary>
    /// Whether an image that is not an index must be of <see cref="Platform"/>, too: true where somebody named the platform. A build takes
    /// such a base as it is.
    /// </summary>
    public bool RequirePlatform { get; init; }

    /// <summary>When the registry is asked.</summary>
    public PullPolicy Policy { get; init; } = PullPolicy.Missing;

    /// <summary>Fetches every platform of an index, its attestations included.</summary>
    public bool AllPlatforms { get; init; }

    /// <summary>
    /// Leaves foreign layers (of Windows base images) where they are: they are not needed to build upon an image and to push the result.
    /// </summary>
    public bool SkipForeignLayers { get; init; }
}

/// <summary>When a registry is asked for an image.</summary>
public enum PullPolicy
{
    /// <summary>Only when the store does not hold the image; a stored image is used without touching the network.</summary>
    Missing,
    /// <summary>
    /// When the registry's digest differs from the stored one. A registry that cannot be reached leaves the stored image in use.
    /// </summary>
    Newer,
    /// <summary>Always; blobs that the store holds are not fetched again.</summary>
    Always,
    /// <summary>Never; an image that the store does not hold is an error.</summary>
    Never,
}
