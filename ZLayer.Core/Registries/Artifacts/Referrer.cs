using ZLayer.Core.Oci;

namespace ZLayer.Core.Registries.Artifacts;

/// <summary>An artifact in a registry: a manifest that is no image, which may refer to one.</summary>
public sealed record Referrer
{
    /// <summary>Registry and repository.</summary>
    public required string Repository { get; init; }

    /// <summary>The digest of its manifest.</summary>
    public required Digest Digest { get; init; }

    /// <summary>What it is: <c>application/spdx+json</c>, <c>application/vnd.dev.cosign.artifact.sig.v1+json</c>.</summary>
    public string? ArtifactType { get; init; }

    /// <summary>The media type of its manifest.</summary>
    public required string MediaType { get; init; }

    /// <summary>The size of its manifest in bytes.</summary>
    public required long Size { get; init; }

    /// <summary>Its annotations.</summary>
    public IReadOnlyDictionary<string, string> Annotations { get; init; } = new Dictionary<string, string>();

    /// <summary>What it refers to; null for an artifact that stands alone.</summary>
    public Digest? Subject { get; init; }

    /// <summary>The reference that fetches it.</summary>
    public ImageReference Reference => ImageReference.Parse($"{Repository}@{Digest}");

    /// <summary>The reference that fetches it.</summary>
    public override string ToString() => Reference.ToString();

    internal static Referrer From(ImageReference subject, Descriptor found)
        => new()
        {
            Repository = subject.Name,
            Digest = found.Digest,
            ArtifactType = found.ArtifactType,
            MediaType = found.MediaType,
            Size = found.Size,
            Annotations = found.Annotations ?? new Dictionary<string, string>(),
            Subject = subject.Digest,
        };
}
