using ZLayer.Core.Oci;

namespace ZLayer.Core.Registries;

/// <summary>How an image is pulled.</summary>
public sealed record PullOptions
{
    /// <summary>The platform to choose from an index; null is the host's. Ignored for a reference that is no index.</summary>
    public Platform? Platform { get; init; }

    /// <summary>When the registry is asked.</summary>
    public PullPolicy Policy { get; init; } = PullPolicy.Missing;

    /// <summary>Fetches every platform of an index, its attestations included.</summary>
    public bool AllPlatforms { get; init; }

    /// <summary>
    /// Leaves foreign layers (of Windows base images) where they are: they are not needed to build upon an image and to push the result.
    /// </summary>
    public bool SkipForeignLayers { get; init; }
}
