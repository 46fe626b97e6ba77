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
    ContentStore content,
    LayerStore layers,
    BlobOrigins origins,
    BlobTurns turns,
    ImageReference destination,
    PushOptions push,
    IProgress<TransferProgress>? progress,
    BlobFetcher? fetcher) : IDisposable
{
    private readonly SemaphoreSlim _compressing = new(1, 1);
    private readonly SemaphoreSlim _uploading = new(options.ParallelUploads, options.ParallelUploads);
    private readonly ConcurrentDictionary<Digest, Lazy<Task>> _sent = new();

    public ImageReference Destination => destination;

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
        if (layer.IsForeign || diffId is not { } layerId || CompressionOf(layer.MediaType) is not { } current || current == push.Compression
            || (current != LayerCompression.None && !push.ForceCompression))
        {
            return layer;
        }

        await _compressing.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            new TransferReport(progress, layer).Report(TransferStatus.Compressing);
            layers.AddBlob(layerId, layer);
            var made = await Task.Run(
                () => layers.EnsureBlob(layerId, push.Compression, push.Level, cancellationToken), cancellationToken).ConfigureAwait(false);
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
            using var turn = await turns.WaitAsync(destination, blob.Digest, cancellationToken).ConfigureAwait(false);
            Tally.Count(await target.UploadBlobAsync(destination, source, progress, cancellationToken).ConfigureAwait(false), blob);
            origins.Add(blob.Digest, destination);
        }
        catch (ZLayerException e)
        {
            throw PushFailure.OfBlob(blob.Digest, destination, e);
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
        var repositories = origins.Find(blob.Digest, destination.Registry).ToList();
        if (origin?.Registry == destination.Registry)
        {
            repositories.Insert(0, origin.Repository);
        }

        return [.. repositories.Where(r => r != destination.Repository).Distinct()];
    }

    // A blob of another registry is fetched only now, when this one has neither it nor a repository to mount it from.
    private async ValueTask<Stream> OpenAsync(Descriptor blob, ImageReference? origin, CancellationToken cancellationToken)
    {
        if (origin is not null && fetcher is not null && !content.Contains(blob.Digest))
        {
            await fetcher.FetchAsync(origin, [blob], progress, cancellationToken).ConfigureAwait(false);
        }

        return Open(blob);
    }

    private FileStream Open(Descriptor blob)
        => content.GetSize(blob.Digest) is { } size && size != blob.Size
            ? throw new ZLayerException(
                ZLayerErrorKind.DigestMismatch, $"Blob {blob.Digest} has {size} bytes in the store, but its manifest says {blob.Size}.")
            {
                Subject = blob.Digest.ToString(),
                Advice = "The store is damaged: remove the image and make or pull it again.",
            }
            : content.OpenRead(blob.Digest);

    // Null for artifacts, whose config is no image config and whose layers are no file systems.
    private IReadOnlyList<Digest>? ReadDiffIds(ImageManifest manifest, string subject)
    {
        if (!MediaTypes.IsConfig(manifest.Config.MediaType))
        {
            return null;
        }

        var diffIds = OciJson.ParseConfig(content.ReadDocument(manifest.Config.Digest, subject), subject).RootFs.DiffIds;
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
