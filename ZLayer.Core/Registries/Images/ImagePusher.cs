using System.Diagnostics;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using ZLayer.Core.Errors;
using ZLayer.Core.Images.Documents;
using ZLayer.Core.Oci;
using ZLayer.Core.Storage;

namespace ZLayer.Core.Registries;

/// <summary>
/// Pushes images of the store. Layers go first, in parallel, then the config, the manifest, and at last the index, so that the registry
/// never holds a document whose parts are missing. Layers that the store holds uncompressed are compressed on the way, the next while the
/// last is sent.
/// </summary>
/// <param name="target">Where to.</param>
/// <param name="options">How many blobs are sent at once.</param>
/// <param name="store">Where blobs come from, and where compressed layers and the digests that the registry knows are noted.</param>
/// <param name="origins">Knows where to mount from.</param>
/// <param name="logger">Told what was decided.</param>
/// <param name="registries">Where images of an index come from that the store does not hold; null where there are none.</param>
internal sealed class ImagePusher(
    IPushTarget target,
    RegistryOptions options,
    StoreParts store,
    BlobOrigins origins,
    ILogger? logger = null,
    RegistryClient? registries = null)
{
    private readonly BlobTurns _turns = new();
    private readonly ImageCompleteness _completeness = new(store.Content, skipForeignLayers: true);
    private readonly ILogger _logger = logger ?? NullLogger.Instance;

    /// <summary>Pushes a manifest or index.</summary>
    /// <param name="source">The manifest or index in the store.</param>
    /// <param name="destination">Where to, with a tag.</param>
    /// <param name="push">Compression and platform.</param>
    /// <param name="progress">Told how each blob goes.</param>
    /// <param name="cancellationToken">Cancels; blobs that are complete stay in the registry and are skipped the next time.</param>
    /// <exception cref="ZLayerException">
    /// PlatformNotAvailable; StorageReadFailed or PushFailed when a part of the image is missing in the store, or the format cannot hold
    /// it; BlobUploadFailed and ManifestPutFailed when the registry refuses a part; and what <see cref="RegistryClient"/> throws.
    /// </exception>
    public async Task<PushResult> PushAsync(
        Descriptor source,
        ImageReference destination,
        PushOptions push,
        IProgress<TransferProgress>? progress = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(source);
        ArgumentNullException.ThrowIfNull(destination);
        ArgumentNullException.ThrowIfNull(push);
        var started = Stopwatch.GetTimestamp();
        using var lease = store.Leases.Open($"push {destination}", cancellationToken);
        lease.Protect(source.Digest);
        if (push.Platform is { } wanted && MediaTypes.IsManifest(source.MediaType))
        {
            var subject = destination.ToFamiliarString();
            PlatformSelection.Choose(new ImageLoader(store.Content).Images(source, subject), wanted, subject);
        }

        using var blobs = new BlobSender(
            target, options, store, origins, _turns, new PushJob(destination, push, progress, FetcherOf(push, lease)));
        var sent = MediaTypes.IsIndex(source.MediaType)
            ? await PushIndexAsync(source, destination, push, blobs, [], cancellationToken).ConfigureAwait(false)
            : await PushManifestAsync(source, destination, push, blobs, cancellationToken).ConfigureAwait(false);
        Note(source, destination.WithDigest(sent.Digest));
        return new PushResult
        {
            Destination = destination,
            Digest = sent.Digest,
            MediaType = sent.MediaType,
            Uploaded = blobs.Tally.Uploaded,
            Mounted = blobs.Tally.Mounted,
            Skipped = blobs.Tally.Skipped,
            Bytes = blobs.Tally.Bytes,
            Duration = Stopwatch.GetElapsedTime(started),
        };
    }

    // The push has succeeded, whatever becomes of the note.
    private void Note(Descriptor source, ImageReference pushed)
    {
        try
        {
            store.References.NoteDigest(source.Digest, pushed);
        }
        catch (ZLayerException e)
        {
            _logger.LogWarning("The digest {Digest} is not noted with the image. {Problem}", pushed, e.Message);
        }
    }

    private async Task<Descriptor> PushIndexAsync(
        Descriptor source, ImageReference destination, PushOptions push, BlobSender blobs, Dictionary<Digest, Descriptor> sent, CancellationToken cancellationToken)
    {
        var subject = destination.ToFamiliarString();
        var bytes = store.Content.ReadDocument(source.Digest, subject);
        if (push.Platform is { } platform)
        {
            var chosen = PlatformSelection.Choose(new ImageLoader(store.Content).Images(source, subject), platform, subject);
            return await PushManifestAsync(chosen, destination, push, blobs, cancellationToken).ConfigureAwait(false);
        }

        var index = OciJson.ParseIndex(bytes, subject);
        var present = index.Manifests.Where(entry => push.IsComplete
            || push.Sources.ContainsKey(entry.Digest)
            || _completeness.HasAny(entry, subject))
            .ToList();
        var images = present.Where(entry => !entry.IsAttestation).ToList();
        if (images.Count == 0 && !push.IsComplete)
        {
            throw new ZLayerException(
                ZLayerErrorKind.StorageReadFailed, $"Cannot push {subject}: the store holds none of the platforms of its index.")
            {
                Subject = subject,
                Advice = "Pull the image for the platform that you want to push first.",
            };
        }

        if (images.Count == 1 && present.Count < index.Manifests.Count)
        {
            _logger.LogInformation("The store holds one platform of {Reference}; its manifest is pushed without the index.", destination);
            return await PushManifestAsync(images[0], destination, push, blobs, cancellationToken).ConfigureAwait(false);
        }

        var type = IndexFormat.TypeOf(push.Format, index.MediaType ?? source.MediaType);
        IndexFormat.Check(index, type, destination);
        // What an index names more than once, or another index of this push, is sent once.
        foreach (var entry in present.Where(entry => !sent.ContainsKey(entry.Digest)))
        {
            sent[entry.Digest] = !push.IncludeImages ? entry
                : MediaTypes.IsIndex(entry.MediaType)
                    ? await PushIndexAsync(
                        entry, destination.WithDigest(entry.Digest), push, blobs, sent, cancellationToken).ConfigureAwait(false)
                    : await PushManifestAsync(entry, null, push, blobs, cancellationToken).ConfigureAwait(false);
        }

        var isSameType = type == (index.MediaType ?? source.MediaType);
        var document = Rewrite(isSameType ? index : index with { MediaType = type }, isSameType ? bytes : null, sent);
        return await PutAsync(document, type, destination, cancellationToken).ConfigureAwait(false);
    }

    private BlobFetcher? FetcherOf(PushOptions push, Lease lease)
        => registries is null || push.Sources.Count == 0 ? null : new BlobFetcher(registries, options, store.Content, origins, lease);

    // A null destination pushes by digest, for an index to name.
    private async Task<Descriptor> PushManifestAsync(
        Descriptor source, ImageReference? destination, PushOptions push, BlobSender blobs, CancellationToken cancellationToken)
    {
        var reference = destination ?? blobs.Destination;
        var subject = reference.ToFamiliarString();
        var origin = _completeness.Has(source, subject) ? null : push.Sources.GetValueOrDefault(source.Digest);
        if (origin is null && push.IsComplete && !_completeness.Has(source, subject))
        {
            throw PushFailure.Because(
                reference, $"{source.Platform?.ToString() ?? source.Digest.ToString()} ({source.Digest}) is not whole in the store, and no registry is known that holds it",
                "Pull or build that image, and add it again; or remove the entry.");
        }

        var bytes = store.Content.ReadDocument(source.Digest, subject);
        var manifest = OciJson.ParseManifest(bytes, subject);
        var isDocker = push.Format == ImageFormat.Docker
            && MediaTypes.IsManifest(source.MediaType)
            && source.MediaType != MediaTypes.DockerManifest;
        if (isDocker)
        {
            IndexFormat.CheckConvertible(manifest, push.Compression, reference);
        }

        // The config goes when the layers are there; whether the registry has it already is asked at once.
        var sending = blobs.SendLayersAsync(manifest, origin, subject, cancellationToken);
        await Task.WhenAll(sending, blobs.SendAsync(manifest.Config, origin, sending, cancellationToken)).ConfigureAwait(false);
        var sent = await sending.ConfigureAwait(false);
        if (isDocker || !sent.SequenceEqual(manifest.Layers))
        {
            manifest = manifest with { Layers = sent };
            manifest = isDocker ? IndexFormat.ToDocker(manifest) : manifest;
            bytes = OciJson.Serialize(manifest);
            store.Content.Write(bytes);
        }

        return await PutAsync(
            bytes, manifest.MediaType
                ?? source.MediaType, destination ?? reference.WithDigest(Digest.Of(bytes)), cancellationToken).ConfigureAwait(false);
    }

    private async Task<Descriptor> PutAsync(
        byte[] document, string mediaType, ImageReference destination, CancellationToken cancellationToken)
    {
        var digest = Digest.Of(document);
        if (destination.Digest is { Algorithm: "sha256" } pinned && pinned != digest)
        {
            // A nested index that changed gets its own name; a name that the user pinned must be what is pushed.
            destination = destination.Tag is null
                ? destination.WithDigest(digest)
                : throw new ZLayerException(
                    ZLayerErrorKind.InvalidArgument, $"Cannot push to {destination}: what is pushed has the digest {digest}.")
                {
                    Subject = destination.ToString(),
                    Advice = "Give the destination a tag and no digest.",
                };
        }

        try
        {
            await target.PutManifestAsync(destination, document, mediaType, cancellationToken).ConfigureAwait(false);
        }
        catch (ZLayerException e)
        {
            throw PushFailure.OfManifest(digest, destination, e);
        }

        return new Descriptor { MediaType = mediaType, Digest = digest, Size = document.Length };
    }

    // The original is null where the index changes anyway.
    private byte[] Rewrite(ImageIndex index, byte[]? original, Dictionary<Digest, Descriptor> sent)
    {
        if (original is not null
            && index.Manifests.All(entry => sent.TryGetValue(entry.Digest, out var same) && same.Digest == entry.Digest))
        {
            return original;
        }

        // What is said about an image by its digest does not hold for another digest.
        var kept = index.Manifests.Where(entry => sent.TryGetValue(entry.Digest, out _) && DescribesUnchanged(entry, sent)).ToList();
        var bytes = OciJson.Serialize(index with
        {
            Manifests = [.. kept.Select(entry => entry with
            {
                MediaType = sent[entry.Digest].MediaType, Digest = sent[entry.Digest].Digest, Size = sent[entry.Digest].Size,
            })],
        });
        store.Content.Write(bytes);
        return bytes;
    }

    private static bool DescribesUnchanged(Descriptor entry, Dictionary<Digest, Descriptor> sent)
        => entry.Annotations?.GetValueOrDefault("vnd.docker.reference.digest") is not { } text
            || (Digest.TryParse(text, out var described) && sent.TryGetValue(described, out var now) && now.Digest == described);
}
