using ZLayer.Core.Oci;
using ZLayer.Core.Storage;

namespace ZLayer.Core.Images.Documents;

/// <summary>Whether the store holds an image whole: manifest, config and layers, in the sizes that they should have.</summary>
/// <param name="content">The store.</param>
/// <param name="skipForeignLayers">Whether foreign layers are not needed, as for a push.</param>
internal sealed class ImageCompleteness(ContentStore content, bool skipForeignLayers)
{
    /// <summary>True when a manifest is here with its config and layers; for an index, any of its images.</summary>
    /// <exception cref="Errors.ZLayerException">InvalidManifest, DigestMismatch: damaged.</exception>
    public bool HasAny(Descriptor target, string subject)
        => Nodes(target, subject).Any(node => MediaTypes.IsManifest(node.Entry.MediaType) && Has(node.Entry, subject));

    /// <summary>True when everything below a target is here, attestations too.</summary>
    /// <exception cref="Errors.ZLayerException">InvalidManifest, DigestMismatch: damaged.</exception>
    public bool HasAll(Descriptor target, string subject)
        => Nodes(target, subject).All(
            node => !node.IsMissing && (!MediaTypes.IsManifest(node.Entry.MediaType) || Has(node.Entry, subject)));

    /// <summary>True when a manifest is here with its config and layers.</summary>
    /// <exception cref="Errors.ZLayerException">InvalidManifest, DigestMismatch: damaged.</exception>
    public bool Has(Descriptor manifest, string subject)
        => new StoreDocuments(content, subject).Find(manifest.Digest) is { } bytes
            && OciJson.ParseManifest(bytes, subject) is var parsed
            && parsed.Layers.Where(layer => !skipForeignLayers || !layer.IsForeign)
                .Append(parsed.Config)
                .All(blob => content.GetSize(blob.Digest) == blob.Size);

    private IReadOnlyList<DocumentNode> Nodes(Descriptor target, string subject)
        => new DocumentWalk(new StoreDocuments(content, subject), subject).NodesAsync(target, CancellationToken.None)
            .GetAwaiter()
            .GetResult();
}
