using ZLayer.Core.Foundation.Streams;
using ZLayer.Core.Layers;
using ZLayer.Core.Storage;

namespace ZLayer.Core.Runtimes.Files;

/// <summary>Writes file systems of containers to files.</summary>
public static class ContainerExport
{
    /// <summary>
    /// Writes the whole file system of a container to a tar file. The file gets its name when it is complete; a failure leaves nothing
    /// behind.
    /// </summary>
    /// <param name="files">The runtime.</param>
    /// <param name="container">The container, running or not.</param>
    /// <param name="path">The file to write: an absolute path. One that exists is replaced.</param>
    /// <param name="compression">How it is compressed.</param>
    /// <param name="progress">Told how many bytes of the archive were written so far, before compression.</param>
    /// <param name="cancellationToken">Ends the export; nothing is left behind.</param>
    /// <exception cref="Errors.ZLayerException">ContainerNotFound, StorageFull, StorageWriteFailed, AccessDenied.</exception>
    public static async Task ExportToFileAsync(
        this IContainerFiles files, string container, string path, LayerCompression compression, IProgress<long>? progress = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(files);
        ArgumentNullException.ThrowIfNull(path);
        var archive = await files.ExportContainerAsync(container, cancellationToken).ConfigureAwait(false);
        await using var closing = archive.ConfigureAwait(false);
        await StagedOutput.WriteAsync(
            path, $"export the container '{container}'", file => WriteAsync(
                archive, file, compression, progress, cancellationToken), cancellationToken).ConfigureAwait(false);
    }

    private static async Task WriteAsync(
        Stream archive, Stream file, LayerCompression compression, IProgress<long>? progress, CancellationToken cancellationToken)
    {
        using var writer = new LayerCompressor().OpenWriter(file, compression, cancellationToken: cancellationToken);
        await StreamCopy.CopyAsync(archive, writer, progress, cancellationToken).ConfigureAwait(false);
        writer.Complete();
    }
}
