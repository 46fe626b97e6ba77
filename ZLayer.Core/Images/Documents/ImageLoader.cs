using ZLayer.Core.Errors;
using ZLayer.Core.Oci;
using ZLayer.Core.Storage;

namespace ZLayer.Core.Images.Documents;

/// <summary>Reads images out of the content store.</summary>
internal sealed class ImageLoader(ContentStore content)
{
    /// <summary>
    /// The manifests of images below a target, in order: itself, or an index's, nested ones too. Attestations are no images.
    /// </summary>
    public IReadOnlyList<PlatformManifest> Images(Descriptor target, string subject)
    {
        if (MediaTypes.IsIndex(target.MediaType) && !content.Contains(target.Digest))
        {
            content.ReadDocument(target.Digest, subject); // Says what is missing.
        }

        return new DocumentWalk(new StoreDocuments(content, subject), subject).ImagesAsync(target, CancellationToken.None)
            .GetAwaiter()
            .GetResult();
    }

    /// <summary>Those of <see cref="Images"/> that are in the store.</summary>
    public IReadOnlyList<PlatformManifest> PresentImages(Descriptor target, string subject)
        => [.. Images(target, subject).Where(image => content.Contains(image.Manifest.Digest))];

    /// <summary>Reads one platform's documents.</summary>
    /// <exception cref="ZLayerException">StorageReadFailed, InvalidManifest or DigestMismatch, naming the subject.</exception>
    public StoredImage Read(Descriptor target, Descriptor manifest, string subject)
    {
        var bytes = content.ReadDocument(manifest.Digest, subject);
        var config = content.ReadDocument(OciJson.ParseManifest(bytes, subject).Config.Digest, subject);
        return StoredImage.Of(target, manifest, bytes, config, subject);
    }
}
