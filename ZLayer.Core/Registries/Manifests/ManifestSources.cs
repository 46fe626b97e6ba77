using ZLayer.Core.Errors;
using ZLayer.Core.Images;
using ZLayer.Core.Images.ManifestLists;
using ZLayer.Core.Oci;
using ZLayer.Core.Storage;

namespace ZLayer.Core.Registries.Manifests;

/// <summary>
/// Turns the images that people name into entries of a manifest list: from the store where it has them, else from their registry, of which only
/// manifests and configs are fetched. Nested indexes are flattened.
/// </summary>
internal sealed class ManifestSources(Func<RegistryClient> registries, ContentStore content, ImageCatalog images)
{
    private const int MaximumDepth = 4;
    private const int MaximumImages = 1000;

    /// <summary>The entries that an image gives a list.</summary>
    /// <param name="image">A name or id.</param>
    /// <param name="options">Which platforms, and what they say.</param>
    /// <param name="localOnly">True when registries are not to be asked.</param>
    /// <param name="lease">Protects the documents that are fetched.</param>
    /// <param name="cancellationToken">Cancels the requests.</param>
    /// <exception cref="ZLayerException">ImageNotFound; PlatformNotAvailable; InvalidManifest; InvalidArgument; and what registries throw.</exception>
    public async Task<IReadOnlyList<ManifestAddition>> ReadAsync(
        string image, ManifestEntryOptions options, bool localOnly, Lease lease, CancellationToken cancellationToken)
    {
        var (reading, leaves) = await FlattenAsync(image, localOnly, lease, cancellationToken).ConfigureAwait(false);
        var chosen = Choose(reading, leaves, options);
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
        => [.. (await FlattenAsync(image, localOnly: false, lease: null, cancellationToken).ConfigureAwait(false)).Leaves.Where(l => !PlatformChoice.IsAttestation(l)).Select(l => l.Digest)];

    private async Task<(Reading Reading, List<Descriptor> Leaves)> FlattenAsync(string image, bool localOnly, Lease? lease, CancellationToken cancellationToken)
    {
        var reading = await OpenAsync(image, localOnly, lease, cancellationToken).ConfigureAwait(false);
        var leaves = new List<Descriptor>();
        await FlattenAsync(reading, reading.Target, leaves, [], 0, cancellationToken).ConfigureAwait(false);
        return (reading, leaves);
    }

    private async Task<Reading> OpenAsync(string image, bool localOnly, Lease? lease, CancellationToken cancellationToken)
    {
        var reference = ImageReference.TryParse(image, out var parsed) ? parsed : null;
        var documents = reference is null || localOnly ? null : new DocumentFetcher(registries(), content, reference);
        if ((lease is null ? images.Resolve(image) : images.Resolve(image, lease)) is { } stored && content.Contains(stored.Digest))
        {
            return new Reading(image, reference, stored with { Annotations = null }, documents);
        }

        if (documents is null)
        {
            throw Incomplete(image, images.GetTarget(image));
        }

        try
        {
            var top = await registries().GetManifestAsync(reference!, cancellationToken).ConfigureAwait(false);
            documents!.Add(top);
            return new Reading(image, reference, top.Descriptor, documents);
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

    private async Task FlattenAsync(
        Reading reading, Descriptor target, List<Descriptor> leaves, HashSet<Digest> indexes, int depth, CancellationToken cancellationToken)
    {
        if (depth > MaximumDepth || leaves.Count > MaximumImages)
        {
            throw new ZLayerException(
                ZLayerErrorKind.InvalidManifest,
                $"The index of {reading.Name} cannot be read: it is nested more than {MaximumDepth} deep, or has more than {MaximumImages} images.")
            {
                Subject = reading.Name,
                Advice = "The image was published damaged.",
            };
        }

        if (MediaTypes.IsIndex(target.MediaType))
        {
            if (!indexes.Add(target.Digest))
            {
                return; // Its images are among the leaves already.
            }

            var bytes = await ReadAsync(reading, target, cancellationToken).ConfigureAwait(false);
            foreach (var entry in OciJson.ParseIndex(bytes, reading.Name).Manifests)
            {
                await FlattenAsync(reading, entry, leaves, indexes, depth + 1, cancellationToken).ConfigureAwait(false);
            }
        }
        else if (MediaTypes.IsManifest(target.MediaType))
        {
            leaves.Add(target);
        }
        else
        {
            throw new ZLayerException(ZLayerErrorKind.OperationNotSupported, $"{reading.Name} cannot be part of a manifest list: it has the type '{target.MediaType}'.")
            {
                Subject = reading.Name,
                Advice = "Image manifests and indexes of OCI's and Docker's types can.",
            };
        }
    }

    private static IReadOnlyList<Descriptor> Choose(Reading reading, List<Descriptor> leaves, ManifestEntryOptions options)
    {
        var found = leaves.Where(l => !PlatformChoice.IsAttestation(l)).ToList();
        if (options.AllPlatforms && found.Count > 1 && options.Change.ChangesPlatform)
        {
            throw new ZLayerException(ZLayerErrorKind.InvalidArgument, $"{reading.Name} has {found.Count} platforms: one platform cannot stand for all of them.")
            {
                Subject = reading.Name,
                Advice = "Add each platform by itself, or do not override the platform.",
            };
        }

        if (options.AllPlatforms)
        {
            return leaves;
        }

        if (!MediaTypes.IsIndex(reading.Target.MediaType) || (found.Count == 1 && options.Platform is null))
        {
            return found.Count > 0 ? found : leaves;
        }

        var wanted = options.Platform ?? Platform.Host;
        return PlatformMatch.Best(wanted, found, l => l.Platform) is { } best
            ? [best]
            : throw new ZLayerException(
                ZLayerErrorKind.PlatformNotAvailable, $"{reading.Name} has no image for {wanted}. It has: {string.Join(", ", found.Select(l => l.Platform?.ToString() ?? "unknown"))}.")
            {
                Subject = reading.Name,
                Details = [.. found.Select(l => l.Platform?.ToString()).OfType<string>()],
                Advice = "Choose one of its platforms, or add all of them.",
            };
    }

    private async Task<ManifestAddition> ToAdditionAsync(Reading reading, Descriptor leaf, ManifestEntryOptions options, CancellationToken cancellationToken)
    {
        var manifest = OciJson.ParseManifest(await ReadAsync(reading, leaf, cancellationToken).ConfigureAwait(false), reading.Name);
        var isImage = MediaTypes.IsConfig(manifest.Config.MediaType);
        var isAttestation = PlatformChoice.IsAttestation(leaf);
        var config = isImage ? OciJson.ParseConfig(await ReadAsync(reading, manifest.Config, cancellationToken).ConfigureAwait(false), reading.Name) : null;
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

        var isHere = new ImageCompleteness(content).IsComplete(leaf);
        return isHere || reading.Documents is not null
            ? new ManifestAddition(entry, isHere ? null : reading.Reference!.Name)
            : throw Incomplete(reading.Name, leaf);
    }

    private async Task<byte[]> ReadAsync(Reading reading, Descriptor document, CancellationToken cancellationToken)
        => reading.Documents is { } documents
            ? (await documents.ReadAsync(document, cancellationToken).ConfigureAwait(false))!
            : content.Contains(document.Digest) ? content.ReadDocument(document.Digest, reading.Name) : throw Incomplete(reading.Name, document);

    private static ZLayerException Incomplete(string image, Descriptor part)
        => new(ZLayerErrorKind.StorageReadFailed, $"{image} cannot be added to a manifest list: {part.Platform?.ToString() ?? part.Digest.ToString()} of it is not whole in the store.")
        {
            Subject = image,
            Advice = "Pull it for all of its platforms, or name it with its registry.",
        };

    private sealed record Reading(string Name, ImageReference? Reference, Descriptor Target, DocumentFetcher? Documents);
}
