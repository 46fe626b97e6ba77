using ZLayer.Core.Errors;
using ZLayer.Core.Images;
using ZLayer.Core.Images.Documents;
using ZLayer.Core.Images.ManifestLists;
using ZLayer.Core.Oci;
using ZLayer.Core.Storage;

namespace ZLayer.Core.Registries.Manifests;

/// <summary>
/// Turns the images that people name into entries of a manifest list: from the store where it has them, else from their registry, of which
/// only manifests and configs are fetched. Nested indexes are flattened.
/// </summary>
internal sealed class ManifestSources(Func<RegistryClient> registries, ContentStore content, ImageCatalog images)
{
    /// <summary>The entries that an image gives a list.</summary>
    /// <param name="image">A name or id.</param>
    /// <param name="options">Which platforms, and what they say.</param>
    /// <param name="localOnly">True when registries are not to be asked.</param>
    /// <param name="lease">Protects the documents that are fetched.</param>
    /// <param name="cancellationToken">Cancels the requests.</param>
    /// <exception cref="ZLayerException">
    /// ImageNotFound; PlatformNotAvailable; InvalidManifest; InvalidArgument; and what registries throw.
    /// </exception>
    public async Task<IReadOnlyList<ManifestAddition>> ReadAsync(
        string image, ManifestEntryOptions options, bool localOnly, Lease lease, CancellationToken cancellationToken)
    {
        var reading = await OpenAsync(image, localOnly, lease, cancellationToken).ConfigureAwait(false);
        var chosen = await ChooseAsync(reading, options, cancellationToken).ConfigureAwait(false);
        var additions = new List<ManifestAddition>();
        foreach (var leaf in chosen)
        {
            additions.Add(await ToAdditionAsync(reading, leaf, options, cancellationToken).ConfigureAwait(false));
        }

        reading.Documents?.Store();
        foreach (var digest in additions.Select(a => a.Entry.Digest))
        {
            lease.Protect(digest);
        }

        return additions;
    }

    /// <summary>The manifests of an image: its own, or one for each platform. Nothing is kept.</summary>
    /// <exception cref="ZLayerException">ImageNotFound; InvalidManifest; and what registries throw.</exception>
    public async Task<IReadOnlyList<Digest>> FindAsync(string image, CancellationToken cancellationToken)
    {
        var reading = await OpenAsync(image, localOnly: false, lease: null, cancellationToken).ConfigureAwait(false);
        return [.. (await reading.Walk.ImagesAsync(reading.Target, cancellationToken).ConfigureAwait(false)).Select(
            found => found.Manifest.Digest)];
    }

    private async Task<Reading> OpenAsync(string image, bool localOnly, Lease? lease, CancellationToken cancellationToken)
    {
        var reference = ImageReference.TryParse(image, out var parsed) ? parsed : null;
        var documents = reference is null || localOnly ? null : new RegistryDocuments(registries(), reference, content);
        if ((lease is null ? images.Resolve(image) : images.Resolve(image, lease)) is { } stored && content.Contains(stored.Digest))
        {
            return new Reading(image, reference, stored with { Annotations = null }, documents, content);
        }

        if (documents is null)
        {
            throw Incomplete(image, images.GetTarget(image));
        }

        try
        {
            var top = await registries().GetManifestAsync(reference!, cancellationToken).ConfigureAwait(false);
            documents!.Add(top);
            return new Reading(image, reference, top.Descriptor, documents, content);
        }
        catch (ZLayerException e)
        {
            throw new ZLayerException(e.Kind, $"{image} is not in the store, and the registry did not give it: {e.Message}", e)
            {
                Subject = e.Subject ?? image,
                AdviceWords = e.AdviceWords,
                Details = e.Details,
            };
        }
    }

    private static async Task<IReadOnlyList<Descriptor>> ChooseAsync(
        Reading reading, ManifestEntryOptions options, CancellationToken cancellationToken)
    {
        var nodes = await reading.Walk.NodesAsync(reading.Target, cancellationToken).ConfigureAwait(false);
        if (nodes.FirstOrDefault(node => node.IsMissing) is { } missing)
        {
            throw Incomplete(reading.Name, missing.Entry);
        }

        if (nodes.FirstOrDefault(
            node => !MediaTypes.IsIndex(node.Entry.MediaType) && !MediaTypes.IsManifest(node.Entry.MediaType)) is { } other)
        {
            throw new ZLayerException(
                ZLayerErrorKind.OperationNotSupported, $"{reading.Name} cannot be part of a manifest list: it has the type '{other.Entry.MediaType}'.")
            {
                Subject = reading.Name,
                Advice = "Image manifests and indexes of OCI's and Docker's types can.",
            };
        }

        var manifests = nodes.Select(node => node.Entry).Where(entry => MediaTypes.IsManifest(entry.MediaType)).ToList();
        var images = manifests.FindAll(entry => !entry.IsAttestation);
        if (options.AllPlatforms && images.Count > 1 && options.Change.ChangesPlatform)
        {
            throw new ZLayerException(
                ZLayerErrorKind.InvalidArgument, $"{reading.Name} has {images.Count} platforms: one platform cannot stand for all of them.")
            {
                Subject = reading.Name,
                Advice = "Add each platform by itself, or do not override the platform.",
            };
        }

        if (options.AllPlatforms)
        {
            return manifests;
        }

        if (!MediaTypes.IsIndex(reading.Target.MediaType) || (images.Count == 1 && options.Platform is null))
        {
            return images.Count > 0 ? images : manifests;
        }

        var offers = await reading.Walk.ImagesAsync(reading.Target, cancellationToken).ConfigureAwait(false);
        return [PlatformSelection.Choose(offers, options.Platform ?? Platform.Host, reading.Name)];
    }

    private async Task<ManifestAddition> ToAdditionAsync(
        Reading reading, Descriptor leaf, ManifestEntryOptions options, CancellationToken cancellationToken)
    {
        var manifest = OciJson.ParseManifest(await ReadAsync(reading, leaf, cancellationToken).ConfigureAwait(false), reading.Name);
        var isImage = MediaTypes.IsConfig(manifest.Config.MediaType);
        var isAttestation = leaf.IsAttestation;
        var config = isImage
            ? OciJson.ParseConfig(await ReadAsync(reading, manifest.Config, cancellationToken).ConfigureAwait(false), reading.Name)
            : null;
        var entry = leaf with
        {
            Platform = leaf.Platform ?? config?.Platform,
            ArtifactType = leaf.ArtifactType ?? manifest.ArtifactType ?? (isImage ? null : manifest.Config.MediaType),
        };
        if (!isAttestation)
        {
            var isSingle = !MediaTypes.IsIndex(reading.Target.MediaType);
            entry = isSingle && options.Platform is { } platform ? ManifestEntryChange.ToPlatform(platform).Apply(entry) : entry;
            entry = options.Change.Apply(entry);
        }

        var isHere = new ImageCompleteness(content, skipForeignLayers: true).Has(leaf, reading.Name);
        return isHere || reading.Documents is not null
            ? new ManifestAddition(entry, isHere ? null : reading.Reference!.Name)
            : throw Incomplete(reading.Name, leaf);
    }

    private static async Task<byte[]> ReadAsync(Reading reading, Descriptor document, CancellationToken cancellationToken)
        => await reading.Source.ReadAsync(document, cancellationToken).ConfigureAwait(false) ?? throw Incomplete(reading.Name, document);

    private static ZLayerException Incomplete(string image, Descriptor part)
        => new(ZLayerErrorKind.StorageReadFailed, $"{image} cannot be added to a manifest list: {part.Platform?.ToString() ?? part.Digest.ToString()} of it is not whole in the store.")
        {
            Subject = image,
            Advice = "Pull it for all of its platforms, or name it with its registry.",
        };

    private sealed record Reading(
        string Name, ImageReference? Reference, Descriptor Target, RegistryDocuments? Documents, ContentStore Content)
    {
        public IDocumentSource Source => Documents as IDocumentSource ?? new StoreDocuments(Content, Name);

        public DocumentWalk Walk => new(Source, Name);
    }
}
