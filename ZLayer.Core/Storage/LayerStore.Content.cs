using ZLayer.Core.Errors;
using ZLayer.Core.Layers;
using ZLayer.Core.Oci;

namespace ZLayer.Core.Storage;

// The part of the layer store that reads and makes content.
public sealed partial class LayerStore
{
    /// <summary>The blob of a layer in a compression: the one that is here, or one made of another and remembered.</summary>
    /// <param name="diffId">The digest of the plain tar.</param>
    /// <param name="compression">The compression wanted.</param>
    /// <param name="level">The level; null for the default, and then any blob of that compression serves.</param>
    /// <param name="cancellationToken">Ends the work; nothing half-made is left.</param>
    /// <exception cref="ZLayerException">StorageReadFailed when no blob of the layer is here; StorageFull; DigestMismatch.</exception>
    public Descriptor EnsureBlob(
        Digest diffId, LayerCompression compression, int? level = null, CancellationToken cancellationToken = default)
        => FindKnown(diffId).FirstOrDefault(known => known.Blob.MediaType == MediaTypes.OciLayer && compression == LayerCompression.None)?.Blob
            ?? throw NoBlob(diffId);

    /// <summary>The plain tar of a layer, from its plain blob (then seekable) or decompressed.</summary>
    /// <exception cref="ZLayerException">StorageReadFailed when no blob of the layer is here.</exception>
    public Stream OpenTar(Digest diffId)
        => _content.Contains(diffId) ? _content.OpenRead(diffId) : throw NoBlob(diffId);

    /// <summary>The directory of a layer, extracted where it is not yet. What is extracted is verified against the DiffID.</summary>
    /// <exception cref="ZLayerException">StorageReadFailed when no blob is here; InvalidArchive, DigestMismatch, StorageFull.</exception>
    public string EnsureDirectory(Digest diffId, CancellationToken cancellationToken = default)
        => FindDirectory(diffId) ?? throw NoBlob(diffId);

    private static ZLayerException NoBlob(Digest diffId)
        => new(ZLayerErrorKind.StorageReadFailed, $"No blob of layer {diffId} is in the store.")
        {
            Subject = diffId.ToString(),
            Advice = "Pull, load or build the image that needs it again.",
        };
}
