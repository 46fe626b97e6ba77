using System.Text;
using ZLayer.Core.Errors;
using ZLayer.Core.Images;
using ZLayer.Core.Oci;
using ZLayer.Core.Registries;

namespace ZLayer.Core;

/// <summary>Looks images up in their registries without bringing them into the store.</summary>
internal static class RemoteImages
{
    /// <summary>One platform of an image: its manifest and config are fetched, no layer is.</summary>
    /// <exception cref="ZLayerException">ImageNotFound, PlatformNotAvailable, InvalidManifest for what is no image, and what registries throw.</exception>
    public static async Task<ImageDetail> InspectAsync(
        RegistryClient client, ImageReference reference, Platform? platform, CancellationToken cancellationToken)
    {
        var subject = reference.ToFamiliarString();
        var target = await client.GetManifestAsync(reference, cancellationToken).ConfigureAwait(false);
        var (manifestResponse, platforms) = MediaTypes.IsIndex(target.MediaType)
            ? await ChooseAsync(client, reference, target, platform, cancellationToken).ConfigureAwait(false)
            : (target, []);
        var manifest = OciJson.ParseManifest(manifestResponse.Bytes.Span, subject);
        if (!MediaTypes.IsConfig(manifest.Config.MediaType))
        {
            throw new ZLayerException(ZLayerErrorKind.InvalidManifest, $"{subject} is no image: its config is of the type {manifest.Config.MediaType}.") { Subject = subject };
        }

        var configBytes = await client.GetBlobAsync(reference, manifest.Config, cancellationToken).ConfigureAwait(false);
        var config = OciJson.ParseConfig(configBytes, subject);
        return new ImageDetail
        {
            Reference = reference,
            Repository = reference.FamiliarName,
            Tag = reference.Tag ?? ImageInfo.NoName,
            Id = manifest.Config.Digest,
            Digest = target.Digest,
            Platform = config.Platform,
            Platforms = platforms.Count > 0 ? platforms : [config.Platform],
            Created = config.Created,
            Size = manifest.Layers.Sum(layer => layer.Size) + manifest.Config.Size + manifestResponse.Bytes.Length,
            MediaType = target.MediaType,
            Labels = config.Config?.Labels ?? new Dictionary<string, string>(),
            Config = config,
            Manifest = manifest,
            ManifestDigest = manifestResponse.Digest,
            RawConfig = Encoding.UTF8.GetString(configBytes),
            RawManifest = Encoding.UTF8.GetString(manifestResponse.Bytes.Span),
            Names = [reference],
        };
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
            throw new ZLayerException(ZLayerErrorKind.OperationNotSupported, $"Cannot delete the tag {reference.ToFamiliarString()}: the registry does not delete single tags. {e.Message}", e)
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

    private static async Task<(ManifestResponse Manifest, IReadOnlyList<Platform> Platforms)> ChooseAsync(
        RegistryClient client, ImageReference reference, ManifestResponse index, Platform? platform, CancellationToken cancellationToken)
    {
        var subject = reference.ToFamiliarString();
        var images = OciJson.ParseIndex(index.Bytes.Span, subject).Manifests.Where(entry => entry.Platform is { Os: not "unknown" }).ToList();
        var chosen = PlatformMatch.Best(platform ?? Platform.Host, images, entry => entry.Platform)
            ?? (platform is null ? images.FirstOrDefault() : null)
            ?? throw new ZLayerException(ZLayerErrorKind.PlatformNotAvailable, $"{subject} is not there for {platform ?? Platform.Host}.")
            {
                Subject = subject,
                Advice = images.Count == 0 ? null : $"It is there for: {string.Join(", ", images.Select(entry => entry.Platform))}.",
            };
        var manifest = await client.GetManifestAsync(reference.WithDigest(chosen.Digest), cancellationToken).ConfigureAwait(false);
        return (manifest, [.. images.Select(entry => entry.Platform!)]);
    }
}
