using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using ZLayer.Core.Errors;
using ZLayer.Core.Images.Documents;
using ZLayer.Core.Oci;
using ZLayer.Core.Storage;

namespace ZLayer.Core.Registries;

/// <summary>
/// Brings images from registries into the store. Blobs are fetched in parallel and verified while they stream; one that breaks off is
/// continued, even by a later process. The name is set last, so that an interrupted pull changes no image.
/// </summary>
/// <param name="client">The registries.</param>
/// <param name="options">How many blobs are fetched at once.</param>
/// <param name="store">Where blobs and names go.</param>
/// <param name="origins">Told where blobs came from.</param>
/// <param name="logger">Told what was decided.</param>
internal sealed class ImagePuller(
    RegistryClient client,
    RegistryOptions options,
    StoreParts store,
    BlobOrigins origins,
    ILogger? logger = null)
{
    private readonly ILogger _logger = logger ?? NullLogger.Instance;

    /// <summary>Makes sure that an image is in the store, as the policy says.</summary>
    /// <param name="reference">The image.</param>
    /// <param name="pull">Platform and policy.</param>
    /// <param name="progress">Told how each blob goes; the first reports name what is to be fetched.</param>
    /// <param name="cancellationToken">Cancels; what has arrived is kept and continued by the next pull.</param>
    /// <returns>What the name points to: a manifest, or an index of which only the platform asked for need be here.</returns>
    /// <exception cref="ZLayerException">
    /// ImageNotFound; PlatformNotAvailable, naming those that there are; DigestMismatch; InvalidManifest; StorageFull; and what
    /// <see cref="RegistryClient"/> throws.
    /// </exception>
    public async Task<Descriptor> PullAsync(
        ImageReference reference, PullOptions pull, IProgress<TransferProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(reference);
        using var lease = store.Leases.Open($"pull {reference}", cancellationToken);
        return await PullAsync(reference, pull, lease, progress, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Makes sure as the other overload does, and leaves the image protected by the caller's lease.</summary>
    internal async Task<Descriptor> PullAsync(
        ImageReference reference, PullOptions pull, Lease lease, IProgress<TransferProgress>? progress, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(pull);
        var subject = reference.ToFamiliarString();
        var stored = lease.Choose(() => store.References.Find(reference));
        var isComplete = stored is not null
            && IsStored(stored, pull, subject);
        if (isComplete && await IsGoodEnoughAsync(reference, stored!, pull.Policy, cancellationToken).ConfigureAwait(false))
        {
            return stored!;
        }

        if (pull.Policy == PullPolicy.Never)
        {
            throw NotStored(subject, stored is not null);
        }

        var pulled = await FetchAsync(
            reference, pull, new BlobFetcher(
                client, options, store.Content, origins, lease), progress, cancellationToken).ConfigureAwait(false);
        lease.Protect(pulled.Digest);
        return pulled;
    }

    /// <summary>Whether the store holds everything that a pull would fetch.</summary>
    internal bool IsStored(Descriptor target, PullOptions pull, string subject)
    {
        var completeness = new ImageCompleteness(store.Content, pull.SkipForeignLayers);
        try
        {
            if (pull.AllPlatforms)
            {
                return completeness.HasAll(target, subject);
            }

            var loader = new ImageLoader(store.Content);
            return MediaTypes.IsIndex(target.MediaType)
                ? completeness.Has(
                    PlatformSelection.Choose(loader.Images(target, subject), pull.Platform ?? Platform.Host, subject), subject)
                : completeness.Has(target, subject)
                    && (pull.Platform is not { } wanted
                        || loader.Images(target, subject)[0].Platform is not { } platform
                        || wanted.Accepts(platform));
        }
        catch (ZLayerException e) when (e.Kind is ZLayerErrorKind.PlatformNotAvailable or ZLayerErrorKind.DigestMismatch or ZLayerErrorKind.InvalidManifest or ZLayerErrorKind.StorageReadFailed)
        {
            return false; // Another platform than the stored one, or damaged: the registry may have what is wanted.
        }
    }

    private async Task<bool> IsGoodEnoughAsync(
        ImageReference reference, Descriptor stored, PullPolicy policy, CancellationToken cancellationToken)
    {
        if (policy != PullPolicy.Newer)
        {
            return policy is PullPolicy.Missing or PullPolicy.Never;
        }

        if (reference.Digest is not null)
        {
            return true; // A digest never gets a newer store.Content.
        }

        try
        {
            return await client.HeadManifestAsync(reference, cancellationToken).ConfigureAwait(false) is { } theirs
                && theirs.Digest == stored.Digest;
        }
        catch (ZLayerException e)
        {
            _logger.LogWarning("Cannot see whether {Reference} has changed; the stored image is used. {Problem}", reference, e.Message);
            return true;
        }
    }

    private async Task<Descriptor> FetchAsync(
        ImageReference reference, PullOptions pull, BlobFetcher fetcher, IProgress<TransferProgress>? progress, CancellationToken cancellationToken)
    {
        var top = await client.GetManifestAsync(reference, cancellationToken).ConfigureAwait(false);
        var documents = new RegistryDocuments(client, reference, store.Content);
        documents.Add(top);
        var manifests = await ChooseAsync(reference, pull, top, documents, cancellationToken).ConfigureAwait(false);
        var blobs = manifests.SelectMany(m => m.Layers.Where(l => !pull.SkipForeignLayers || !l.IsForeign).Append(m.Config))
            .DistinctBy(b => b.Digest)
            .ToList();
        await fetcher.FetchAsync(reference, blobs, progress, cancellationToken).ConfigureAwait(false);
        foreach (var manifest in manifests)
        {
            RememberLayers(manifest, reference.ToFamiliarString());
        }

        // Documents after what they name, the reference after the documents: whatever is found is complete.
        documents.Store();
        store.References.Set(reference, top.Descriptor, [RegistryDigests.TextOf(reference, top.Descriptor.Digest)]);
        return top.Descriptor;
    }

    private async Task<IReadOnlyList<ImageManifest>> ChooseAsync(
        ImageReference reference, PullOptions pull, ManifestResponse top, RegistryDocuments documents, CancellationToken cancellationToken)
    {
        var subject = reference.ToFamiliarString();
        if (!MediaTypes.IsIndex(top.MediaType))
        {
            var only = MediaTypes.IsManifest(top.MediaType)
                ? RequireImage(OciJson.ParseManifest(top.Bytes.Span, subject), subject)
                : throw NoImage(subject, top.MediaType);
            await CheckPlatformAsync(only, pull, documents, subject, cancellationToken).ConfigureAwait(false);
            return [only];
        }

        if (pull.AllPlatforms)
        {
            var all = new List<ImageManifest>();
            foreach (var entry in (await documents.Walk.ManifestsAsync(
                top.Descriptor, cancellationToken).ConfigureAwait(false)).DistinctBy(entry => entry.Digest))
            {
                all.Add(OciJson.ParseManifest(await documents.ReadAsync(entry, cancellationToken).ConfigureAwait(false), subject));
            }

            return all;
        }

        var images = await documents.Walk.ImagesAsync(top.Descriptor, cancellationToken).ConfigureAwait(false);
        var chosen = PlatformSelection.Choose(images, pull.Platform ?? Platform.Host, subject);
        _logger.LogInformation("{Reference}: {Digest} is for {Platform}", reference, chosen.Digest, chosen.Platform);
        return [RequireImage(
            OciJson.ParseManifest(await documents.ReadAsync(chosen, cancellationToken).ConfigureAwait(false), subject), subject)];
    }

    private static async Task CheckPlatformAsync(
        ImageManifest only, PullOptions pull, RegistryDocuments documents, string subject, CancellationToken cancellationToken)
    {
        if (pull is { RequirePlatform: true, Platform: { } wanted } && MediaTypes.IsConfig(only.Config.MediaType)
            && OciJson.ParseConfig(await documents.ReadAsync(
                only.Config, cancellationToken).ConfigureAwait(false), subject).Platform is var platform
            && !wanted.Accepts(platform))
        {
            throw PlatformSelection.NotAvailable(subject, wanted, [platform]);
        }
    }

    // The config says which DiffID each layer has. That is a claim of whoever published the image: the store verifies it before it relies
    // on it.
    private void RememberLayers(ImageManifest manifest, string subject)
    {
        if (!MediaTypes.IsConfig(manifest.Config.MediaType) || !manifest.Layers.All(l => MediaTypes.IsLayer(l.MediaType)))
        {
            return; // An artifact, not an image.
        }

        var diffIds = OciJson.ParseConfig(store.Content.ReadDocument(manifest.Config.Digest, subject), subject).RootFs.DiffIds;
        if (diffIds.Count != manifest.Layers.Count)
        {
            throw new ZLayerException(
                ZLayerErrorKind.InvalidManifest, $"The config of {subject} names {diffIds.Count} store.Layers, its manifest {manifest.Layers.Count}.")
            {
                Subject = subject,
                Advice = "The image was published damaged.",
            };
        }

        for (var i = 0; i < diffIds.Count; i++)
        {
            store.Layers.AddBlob(diffIds[i], manifest.Layers[i]);
        }
    }

    private static ImageManifest RequireImage(ImageManifest manifest, string subject)
        => MediaTypes.IsConfig(manifest.Config.MediaType)
            ? manifest
            : throw new ZLayerException(
                ZLayerErrorKind.OperationNotSupported, $"{subject} is not an image, but an artifact of type '{manifest.ArtifactType ?? manifest.Config.MediaType}'.")
            {
                Subject = subject,
                Advice = $"Fetch its files with {DoorWords.Of($"'zlayer artifact pull {subject}'", $"'Receive-ZLayerArtifact {subject}'")}.",
            };

    private static ZLayerException NotStored(string subject, bool isNamed)
        => new(ZLayerErrorKind.ImageNotFound,
            isNamed
                ? $"The store does not hold all of {subject} for this platform, and the pull policy is 'never'."
                : $"{subject} is not in the store, and the pull policy is 'never'.")
        {
            Subject = subject,
            Advice = $"Run {DoorWords.Of($"'zlayer pull {subject}'", $"'Receive-ZLayerImage {subject}'")} first, or choose the policy 'missing'.",
        };

    private static ZLayerException NoImage(string subject, string mediaType)
        => new(ZLayerErrorKind.OperationNotSupported, $"{subject} is not an image, but a document of type '{mediaType}'.")
        {
            Subject = subject,
            Advice = "Check the name; only image manifests and indexes can be pulled.",
        };
}
