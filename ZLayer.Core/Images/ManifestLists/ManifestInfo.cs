using ZLayer.Core.Oci;

namespace ZLayer.Core.Images.ManifestLists;

// Lists are arrays: scripts index them, which PowerShell cannot do with the read-only lists of collection expressions.

/// <summary>A manifest list (image index) of the store or a registry: one name for images of several platforms.</summary>
public sealed record ManifestInfo
{
    /// <summary>The list's name as people write it; its digest where it has none.</summary>
    public required string Name { get; init; }

    /// <summary>The list's name; null for one without.</summary>
    public ImageReference? Reference { get; init; }

    /// <summary>OCI's index or Docker's manifest list.</summary>
    public required string MediaType { get; init; }

    /// <summary>The digest of the document.</summary>
    public required Digest Digest { get; init; }

    /// <summary>The size of the document in bytes.</summary>
    public required long Size { get; init; }

    /// <summary>The images, in the order in which clients look at them.</summary>
    public required IReadOnlyList<ManifestEntry> Entries { get; init => field = value.ToArray(); }

    /// <summary>The platforms of the images, without attestations.</summary>
    public IReadOnlyList<Platform> Platforms => Entries.Where(e => !e.IsAttestation).Select(e => e.Platform).OfType<Platform>().ToArray();

    /// <summary>Annotations of the list itself.</summary>
    public IReadOnlyDictionary<string, string> Annotations { get; init; } = new Dictionary<string, string>();

    /// <summary>The document, byte for byte, as text.</summary>
    public required string RawManifest { get; init; }

    /// <summary>The data root that holds the list; null for one of a registry.</summary>
    public string? Root { get; init; }

    /// <summary>The name.</summary>
    public override string ToString() => Name;
}
