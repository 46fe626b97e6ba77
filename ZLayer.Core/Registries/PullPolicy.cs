namespace ZLayer.Core.Registries;

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
