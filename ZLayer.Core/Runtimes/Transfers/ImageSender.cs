using System.IO.Pipelines;
using ZLayer.Core.Errors;
using ZLayer.Core.Images.Archives;
using ZLayer.Core.Oci;
using ZLayer.Core.Registries;

namespace ZLayer.Core.Runtimes.Transfers;

/// <summary>
/// Streams images of the store into a runtime: the archive is made while the runtime reads it, and touches no disk on the way. Layers that
/// the runtime has already are left out where it allows that.
/// </summary>
/// <param name="writer">Makes the archive.</param>
internal sealed class ImageSender(ArchiveWriter writer)
{
    private const int MostUnread = 4 * 1024 * 1024;
    private const int InspectionsAtOnce = 8;

    // Docker's own layer stores find a layer by what is below it and never open its file then. containerd's store and podman want every
    // file.
    private static readonly string[] StoresThatSkip = ["overlay2", "vfs", "aufs", "windowsfilter"];

    /// <summary>Sends images; those of several platforms as one of them.</summary>
    /// <param name="runtime">Where to.</param>
    /// <param name="images">The images with the names that they get there.</param>
    /// <param name="platform">The platform to send; null is this machine's, else the first.</param>
    /// <param name="progress">Told how far it is.</param>
    /// <param name="cancellationToken">Ends the sending; the runtime then has no new image.</param>
    /// <exception cref="ZLayerException">
    /// PlatformNotAvailable, StorageReadFailed, RuntimeUnavailable, RuntimeError, OperationNotSupported.
    /// </exception>
    public async Task<SentImages> SendAsync(
        IContainerRuntime runtime,
        IReadOnlyList<ArchiveImage> images,
        Platform? platform = null,
        IProgress<TransferProgress>? progress = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(runtime);
        var present = await FindPresentAsync(runtime, cancellationToken).ConfigureAwait(false);
        var options = new ArchiveOptions { Format = ArchiveFormat.DockerArchive, Platform = platform, PresentLayers = present };
        try
        {
            return await StreamAsync(runtime, images, options, progress, cancellationToken).ConfigureAwait(false);
        }
        catch (ZLayerException e) when (present.Count > 0
            && e.Kind is ZLayerErrorKind.RuntimeError or ZLayerErrorKind.InvalidArgument or ZLayerErrorKind.PathNotFound)
        {
            // An image that had the layers may have gone meanwhile.
            return await StreamAsync(
                runtime, images, options with { PresentLayers = [] }, progress, cancellationToken).ConfigureAwait(false);
        }
    }

    private static async Task<IReadOnlyList<IReadOnlyList<Digest>>> FindPresentAsync(
        IContainerRuntime runtime, CancellationToken cancellationToken)
    {
        if (!runtime.Capabilities.Supports(RuntimeOperation.ListImages)
            || !runtime.Capabilities.Supports(RuntimeOperation.InspectImageNative))
        {
            return [];
        }

        var info = await runtime.DescribeAsync(detailed: true, cancellationToken).ConfigureAwait(false);
        if (!StoresThatSkip.Contains(info.Host?.StorageDriver))
        {
            return [];
        }

        var ids = (await runtime.ListImagesAsync(cancellationToken).ConfigureAwait(false)).Select(image => image.Id.ToString())
            .Distinct()
            .ToList();
        var stacks = new IReadOnlyList<Digest>[ids.Count];
        await Parallel.ForAsync(
            0,
            ids.Count,
            new ParallelOptions { MaxDegreeOfParallelism = InspectionsAtOnce, CancellationToken = cancellationToken },
            async (i, ct) => stacks[i] = await LayersOfAsync(runtime, ids[i], ct).ConfigureAwait(false)).ConfigureAwait(false);
        return [.. stacks.Where(stack => stack.Count > 0)];
    }

    private static async Task<IReadOnlyList<Digest>> LayersOfAsync(
        IContainerRuntime runtime, string id, CancellationToken cancellationToken)
    {
        try
        {
            return (await runtime.InspectImageAsync(id, cancellationToken).ConfigureAwait(false)).Layers;
        }
        catch (ZLayerException e) when (e.Kind == ZLayerErrorKind.ImageNotFound)
        {
            return []; // Removed since it was listed.
        }
    }

    private async Task<SentImages> StreamAsync(
        IContainerRuntime runtime, IReadOnlyList<ArchiveImage> images, ArchiveOptions options, IProgress<TransferProgress>? progress, CancellationToken cancellationToken)
    {
        var pipe = new Pipe(
            new PipeOptions(pauseWriterThreshold: MostUnread, resumeWriterThreshold: MostUnread / 2, useSynchronizationContext: false));
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var archive = new CountingStream(pipe.Writer.AsStream());
        var writing = WriteAsync(images, options, archive, pipe.Writer, progress, stop.Token);
        try
        {
            var references = await LoadAsync(runtime, pipe.Reader.AsStream(), stop.Token).ConfigureAwait(false);
            return new SentImages(await writing.ConfigureAwait(false), references, archive.Written);
        }
        catch when (writing.IsFaulted)
        {
            // The archive broke off, so the runtime complains: what broke it is the cause.
            await writing.ConfigureAwait(false);
            throw;
        }
        finally
        {
            await stop.CancelAsync().ConfigureAwait(false);
            await pipe.Reader.CompleteAsync().ConfigureAwait(false);
            await ((Task)writing).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private async Task<IReadOnlyList<Descriptor>> WriteAsync(
        IReadOnlyList<ArchiveImage> images, ArchiveOptions options, Stream archive, PipeWriter pipe, IProgress<TransferProgress>? progress, CancellationToken cancellationToken)
    {
        try
        {
            var written = await writer.WriteAsync(
                images, options, archive, ArchiveRelay.To(progress), cancellationToken).ConfigureAwait(false);
            await pipe.CompleteAsync().ConfigureAwait(false);
            return written;
        }
        catch (Exception e)
        {
            await pipe.CompleteAsync(e).ConfigureAwait(false);
            throw;
        }
    }

    private static async Task<IReadOnlyList<string>> LoadAsync(
        IContainerRuntime runtime, Stream archive, CancellationToken cancellationToken)
    {
        IReadOnlyList<string> references = [];
        await foreach (var step in runtime.LoadImagesAsync(archive, quiet: true, cancellationToken).ConfigureAwait(false))
        {
            references = step is LoadDone done ? done.References : references;
        }

        return references;
    }
}
