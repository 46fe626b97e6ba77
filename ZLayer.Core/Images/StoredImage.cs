using ZLayer.Core.Errors;
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

    /// <summary>An image of its documents, wherever they were read.</summary>
    /// <param name="target">What the name points to.</param>
    /// <param name="manifest">The manifest.</param>
    /// <param name="bytes">Its bytes.</param>
    /// <param name="config">The bytes of its config.</param>
    /// <param name="subject">The image, for errors.</param>
    /// <exception cref="ZLayerException">InvalidManifest: no image, or manifest and config do not go together.</exception>
    internal static StoredImage Of(
        Descriptor target, Descriptor manifest, ReadOnlyMemory<byte> bytes, ReadOnlyMemory<byte> config, string subject)
    {
        var parsed = OciJson.ParseManifest(bytes.Span, subject);
        var image = OciJson.ParseConfig(config.Span, subject);
        if (image.RootFs?.DiffIds is null || image.RootFs.DiffIds.Count != parsed.Layers.Count)
        {
            throw new ZLayerException(
                ZLayerErrorKind.InvalidManifest,
                $"The image {subject} cannot be used: its manifest has {parsed.Layers.Count} layers, its config names {image.RootFs?.DiffIds?.Count ?? 0}.")
            { Subject = subject };
        }

        return new StoredImage
        {
            Target = target,
            ManifestDescriptor = manifest,
            Manifest = parsed,
            ManifestBytes = bytes,
            ConfigDigest = parsed.Config.Digest,
            Config = image,
            ConfigBytes = config,
        };
    }
}
