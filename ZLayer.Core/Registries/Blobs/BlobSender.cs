using System.Collections.Concurrent;
using ZLayer.Core.Errors;
using ZLayer.Core.Layers;
using ZLayer.Core.Oci;
using ZLayer.Core.Storage;

namespace ZLayer.Core.Registries;

/// <summary>
/// Sends the blobs of one push: each once, several at a time, compressing layers one by one (a compression uses all cores) while others are
/// sent.
/// </summary>
internal sealed class BlobSender(
    IPushTarget target,
    RegistryOptions options,
    StoreParts store,
    BlobOrigins origins,
    BlobTurns turns,
    PushJob job) : IDisposable
{
    private readonly SemaphoreSlim _compressing = new(1, 1);
    private readonly SemaphoreSlim _uploading = new(options.ParallelUploads, options.ParallelUploads);
    private readonly ConcurrentDictionary<Digest, Lazy<Task>> _sent = new();

    public ImageReference Destination => job.Destination;

    /// <summary>What became of the blobs.</summary>
    public TransferTally Tally { get; } = new();

    /// <summary>Sends the layers of a manifest, compressed as the options say.</summary>
    /// <returns>The descriptors that the pushed manifest has; the manifest's own where nothing changed.</returns>
    /// <param name="manifest">The manifest.</param>
    /// <param name="source">The repository that holds the image where the store does not; its layers are sent as they are.</param>
    /// <param name="subject">The image, for errors.</param>
    /// <param name="cancellationToken">Cancels.</param>
    public async Task<IReadOnlyList<Descriptor>> SendLayersAsync(
        ImageManifest manifest, ImageReference? source, string subject, CancellationToken cancellationToken)
    {
        var diffIds = source is null ? ReadDiffIds(manifest, subject) : null;
        using var failed = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var tasks = new Task<Descriptor>[manifest.Layers.Count];
        for (var i = 0; i < tasks.Length; i++)
        {
            tasks[i] = SendLayerAsync(manifest, i, source, diffIds, failed);
        }

        try
        {
            return await Task.WhenAll(tasks).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            // The first failure cancelled the others; it is what the user wants to hear about.
            await Array.Find(tasks, t => t.IsFaulted)!.ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>Sends a blob, unless this push has done it or registries may not be given it.</summary>
    /// <param name="blob">The blob.</param>
    /// <param name="source">The repository that holds it where the store does not.</param>
    /// <param name="after">What must have succeeded before; meanwhile the registry is only asked whether it has the blob.</param>
    /// <param name="cancellationToken">Cancels.</param>
    public Task SendAsync(Descriptor blob, ImageReference? source, Task after, CancellationToken cancellationToken)
        => blob.IsForeign
            ? Task.CompletedTask
            : _sent.GetOrAdd(blob.Digest, _ => new Lazy<Task>(() => UploadAsync(blob, source, after, cancellationToken))).Value;

    public void Dispose()
    {
        _compressing.Dispose();
        _uploading.Dispose();
    }

    private async Task<Descriptor> SendLayerAsync(
        ImageManifest manifest, int position, ImageReference? source, IReadOnlyList<Digest>? diffIds, CancellationTokenSource failed)
    {
        try
        {
            var layer = manifest.Layers[position];
            var blob = await ConvertAsync(manifest, layer, diffIds?[position], failed.Token).ConfigureAwait(false);
            await SendAsync(blob, source, Task.CompletedTask, failed.Token).ConfigureAwait(false);
            return blob;
        }
        catch
        {
            await failed.CancelAsync().ConfigureAwait(false);
            throw;
        }
    }

    private async Task<Descriptor> ConvertAsync(
        ImageManifest manifest, Descriptor layer, Digest? diffId, CancellationToken cancellationToken)
    {
        if (layer.IsForeign
            || diffId is not { } layerId
            || CompressionOf(layer.MediaType) is not { } current
            || current == job.Options.Compression
            || (current != LayerCompression.None && !job.Options.ForceCompression))
        {
            return layer;
        }

        await _compressing.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            new TransferReport(job.Progress, layer).Report(TransferStatus.Compressing);
            store.Layers.AddBlob(layerId, layer);
            var made = await Task.Run(
                () => store.Layers.EnsureBlob(
                    layerId, job.Options.Compression, job.Options.Level, cancellationToken), cancellationToken).ConfigureAwait(false);
            return layer with
            {
                MediaType = manifest.MediaType == MediaTypes.DockerManifest ? MediaTypes.ToDocker(made.MediaType) : made.MediaType,
                Digest = made.Digest,
                Size = made.Size,
            };
        }
        finally
        {
            _compressing.Release();
        }
    }

    private async Task UploadAsync(Descriptor blob, ImageReference? origin, Task after, CancellationToken cancellationToken)
    {
        var isUploading = false;
        try
        {
            var source = new BlobSource
            {
                Descriptor = blob,
                OpenAsync = token => OpenAsync(blob, origin, token),
                MountFrom = MountFrom(blob, origin),
                WaitForTurnAsync = WaitAsync,
            };
            using var turn = await turns.WaitAsync(job.Destination, blob.Digest, cancellationToken).ConfigureAwait(false);
            Tally.Count(await target.UploadBlobAsync(job.Destination, source, job.Progress, cancellationToken).ConfigureAwait(false), blob);
            origins.Add(blob.Digest, job.Destination);
        }
        catch (ZLayerException e)
        {
            throw PushFailure.OfBlob(blob.Digest, job.Destination, e);
        }
        finally
        {
            if (isUploading)
            {
                _uploading.Release();
            }
        }

        async ValueTask WaitAsync(CancellationToken token)
        {
            await after.WaitAsync(token).ConfigureAwait(false);
            if (!isUploading)
            {
                await _uploading.WaitAsync(token).ConfigureAwait(false);
                isUploading = true;
            }
        }
    }

    private List<string> MountFrom(Descriptor blob, ImageReference? origin)
    {
        var repositories = origins.Find(blob.Digest, job.Destination.Registry).ToList();
        if (origin?.Registry == job.Destination.Registry)
        {
            repositories.Insert(0, origin.Repository);
        }

        return [.. repositories.Where(r => r != job.Destination.Repository).Distinct()];
    }

    // A blob of another registry is fetched only now, when this one has neither it nor a repository to mount it from.
    private async ValueTask<Stream> OpenAsync(Descriptor blob, ImageReference? origin, CancellationToken cancellationToken)
    {
        if (origin is not null && job.Fetcher is not null && !store.Content.Contains(blob.Digest))
        {
            await job.Fetcher.FetchAsync(origin, [blob], job.Progress, cancellationToken).ConfigureAwait(false);
        }

        return Open(blob);
    }

    private Stream Open(Descriptor blob)
        => store.Content.GetSize(blob.Digest) is { } size && size != blob.Size
            ? throw new ZLayerException(
                ZLayerErrorKind.DigestMismatch, $"Blob {blob.Digest} has {size} bytes in the store, but its manifest says {blob.Size}.")
            {
                Subject = blob.Digest.ToString(),
                Advice = "The store is damaged: remove the image and make or pull it again.",
            }
            : store.Content.OpenRead(blob.Digest);

    // Null for artifacts, whose config is no image config and whose layers are no file systems.
    private IReadOnlyList<Digest>? ReadDiffIds(ImageManifest manifest, string subject)
    {
        if (!MediaTypes.IsConfig(manifest.Config.MediaType))
        {
            return null;
        }

        var diffIds = OciJson.ParseConfig(store.Content.ReadDocument(manifest.Config.Digest, subject), subject).RootFs.DiffIds;
        return diffIds.Count == manifest.Layers.Count ? diffIds : null;
    }

    private static LayerCompression? CompressionOf(string mediaType)
        => MediaTypes.ToOci(mediaType) switch
        {
            MediaTypes.OciLayer => LayerCompression.None,
            MediaTypes.OciLayerGzip => LayerCompression.Gzip,
            MediaTypes.OciLayerZstd => LayerCompression.Zstd,
            _ => null,
        };
}

/// <summary>What one push is told.</summary>
/// <param name="Destination">Where to.</param>
/// <param name="Options">How.</param>
/// <param name="Progress">Told how each blob goes.</param>
/// <param name="Fetcher">Gets from other registries what the store lacks; null where there are none.</param>
internal sealed record PushJob(
    ImageReference Destination, PushOptions Options, IProgress<TransferProgress>? Progress, BlobFetcher? Fetcher);
