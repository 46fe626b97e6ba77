using ZLayer.Core.Oci;

namespace ZLayer.Core.Images.ManifestLists;

/// <summary>One image of a manifest list.</summary>
public sealed record ManifestEntry
{
    /// <summary>The digest of the image's manifest.</summary>
    public required Digest Digest { get; init; }

    /// <summary>The media type of that manifest; a list may mix OCI's and Docker's.</summary>
    public required string MediaType { get; init; }

    /// <summary>The size of that manifest in bytes.</summary>
    public required long Size { get; init; }

    /// <summary>The platform that the image is for; null where the list does not say.</summary>
    public Platform? Platform { get; init; }

    /// <summary>Annotations of the entry.</summary>
    public IReadOnlyDictionary<string, string> Annotations { get; init; } = new Dictionary<string, string>();

    /// <summary>The type of an artifact that is no image.</summary>
    public string? ArtifactType { get; init; }

    /// <summary>True when the store holds all of the image; foreign layers do not count, since a push does not need them.</summary>
    public bool IsLocal { get; init; }

    /// <summary>The repository that holds the image where the store does not; a push takes it from there.</summary>
    public string? Source { get; init; }

    /// <summary>True for what is no image but says something about one, such as a builder's provenance.</summary>
    public bool IsAttestation => Descriptor.IsAttestationOf(Annotations, Platform);

    /// <summary>The digest's text.</summary>
    public override string ToString() => Digest.ToString();
}
