using ZLayer.Core.Oci;

namespace ZLayer.Core.Images;

/// <summary>One platform of an image in the store: its documents, with their exact bytes.</summary>
public sealed record StoredImage
{
    /// <summary>What the name points to: an index, or the manifest itself.</summary>
    public required Descriptor Target { get; init; }

    /// <summary>The manifest of this platform.</summary>
    public required Descriptor ManifestDescriptor { get; init; }

    /// <summary>The manifest.</summary>
    public required ImageManifest Manifest { get; init; }

    /// <summary>The manifest's bytes.</summary>
    public required ReadOnlyMemory<byte> ManifestBytes { get; init; }

    /// <summary>The digest of the config: the image id.</summary>
    public required Digest ConfigDigest { get; init; }

    /// <summary>The config.</summary>
    public required ImageConfig Config { get; init; }

    /// <summary>The config's bytes.</summary>
    public required ReadOnlyMemory<byte> ConfigBytes { get; init; }

    /// <summary>The platform that the config names.</summary>
    public Platform Platform => Config.Platform;

    /// <summary>The DiffIDs of the layers, base first, one for each layer of the manifest.</summary>
    public IReadOnlyList<Digest> DiffIds => Config.RootFs.DiffIds;
}
