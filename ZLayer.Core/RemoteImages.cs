using ZLayer.Core.Errors;
using ZLayer.Core.Images;
using ZLayer.Core.Images.Documents;
using ZLayer.Core.Oci;
using ZLayer.Core.Registries;

namespace ZLayer.Core;

/// <summary>Looks images up in their registries without bringing them into the store.</summary>
internal static class RemoteImages
{
    /// <summary>One platform of an image: its manifest and config are fetched, no layer is.</summary>
    /// <exception cref="ZLayerException">
    /// ImageNotFound, PlatformNotAvailable, InvalidManifest for what is no image, and what registries throw.
    /// </exception>
    public static async Task<ImageDetail> InspectAsync(
        RegistryClient client, ImageReference reference, Platform? platform, CancellationToken cancellationToken)
    {
        var subject = reference.ToFamiliarString();
        var top = await client.GetManifestAsync(reference, cancellationToken).ConfigureAwait(false);
        var documents = new RegistryDocuments(client, reference);
        documents.Add(top);
        var chosen = top.Descriptor;
        IReadOnlyList<Platform> platforms = [];
        if (MediaTypes.IsIndex(top.MediaType))
        {
            var images = await documents.Walk.ImagesAsync(chosen, cancellationToken).ConfigureAwait(false);
            chosen = PlatformSelection.Choose(images, platform ?? Platform.Host, subject);
            platforms = [.. images.Select(image => image.Platform).OfType<Platform>()];
        }

        var bytes = await documents.ReadAsync(chosen, cancellationToken).ConfigureAwait(false);
        var manifest = OciJson.ParseManifest(bytes, subject);
        if (!MediaTypes.IsConfig(manifest.Config.MediaType))
        {
            throw new ZLayerException(
                ZLayerErrorKind.InvalidManifest, $"{subject} is not an image: its config is of the type {manifest.Config.MediaType}.")
            {
                Subject = subject,
            };
        }

        var config = await documents.ReadAsync(manifest.Config, cancellationToken).ConfigureAwait(false);
        var image = StoredImage.Of(top.Descriptor, chosen, bytes, config, subject);
        var size = manifest.Layers.Sum(layer => layer.Size) + manifest.Config.Size + bytes.Length;
        return new ImageDetail(
            ImageInfo.Of(image, reference, platforms.Count > 0 ? platforms : [image.Platform], size), image, [reference]);
    }

    /// <summary>Deletes a tag, or a manifest by digest with all its tags. What the manifest referred to loses it from its list.</summary>
    /// <exception cref="ZLayerException">ImageNotFound; OperationNotSupported.</exception>
    public static async Task DeleteAsync(RegistryClient client, ImageReference reference, CancellationToken cancellationToken)
    {
        var document = await client.GetManifestAsync(reference, cancellationToken).ConfigureAwait(false);
        try
        {
            await client.DeleteManifestAsync(reference, cancellationToken).ConfigureAwait(false);
        }
        catch (ZLayerException e) when (reference.Digest is null
            && e.Kind is ZLayerErrorKind.OperationNotSupported or ZLayerErrorKind.DigestMismatch or ZLayerErrorKind.RegistryError)
        {
            throw new ZLayerException(
                ZLayerErrorKind.OperationNotSupported, $"Cannot delete the tag {reference.ToFamiliarString()}: the registry does not delete single tags. {e.Message}", e)
            {
                Subject = reference.ToString(),
                Advice = $"Delete the image with all its tags: {reference.WithDigest(document.Digest).ToFamiliarString()}.",
            };
        }

        if (reference.Digest is not null && ReferrerTag.FindSubject(document.Bytes.Span) is { } subject)
        {
            await client.RemoveReferrerAsync(reference, document.Digest, subject, cancellationToken).ConfigureAwait(false);
        }
    }
}
