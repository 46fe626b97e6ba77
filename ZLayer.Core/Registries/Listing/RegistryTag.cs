using ZLayer.Core.Oci;

namespace ZLayer.Core.Registries;

/// <summary>A tag in a registry. Only the first two members are known from a plain listing.</summary>
public sealed record RegistryTag
{
    /// <summary>Registry and repository: <c>ghcr.io/org/app</c>.</summary>
    public required string Repository { get; init; }

    /// <summary>The tag.</summary>
    public required string Name { get; init; }

    /// <summary>The digest of the manifest or index.</summary>
    public Digest? Digest { get; init; }

    /// <summary>When the image was made, for the first platform.</summary>
    public DateTimeOffset? Created { get; init; }

    /// <summary>The sum of the compressed layers of the first platform, bytes.</summary>
    public long? Size { get; init; }

    /// <summary>The platforms that it is for.</summary>
    public IReadOnlyList<Platform> Platforms { get; init => field = value.ToArray(); } = [];

    /// <summary>The reference that names it.</summary>
    public ImageReference Reference => ImageReference.Parse(ToString());

    /// <summary><c>repository:tag</c>.</summary>
    public override string ToString() => $"{Repository}:{Name}";
}
