using ZLayer.Core.Layers;
using ZLayer.Core.Storage;

namespace ZLayer.Core.Runtimes.Files;

/// <summary>Writes file systems of containers to files.</summary>
public static class ContainerExport
{
    private const int BufferSize = 1 << 17;

    /// <summary>Writes the whole file system of a container to a tar file. The file gets its name when it is complete; a failure leaves nothing behind.</summary>
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
        var staged = Path.Combine(Path.GetDirectoryName(path) ?? "", $".{Path.GetFileName(path)}.{Guid.NewGuid():N}.tmp");
        try
        {
            await WriteAsync(archive, staged, compression, progress, cancellationToken).ConfigureAwait(false);
            File.Move(staged, path, overwrite: true);
        }
        catch (Exception e)
        {
            File.Delete(staged);
            if (StorageErrors.IsFileError(e))
            {
                cancellationToken.ThrowIfCancellationRequested();
                throw StorageErrors.Writing($"export the container '{container}'", path, e);
            }

            throw;
        }
    }

    private static async Task WriteAsync(Stream archive, string path, LayerCompression compression, IProgress<long>? progress, CancellationToken cancellationToken)
    {
        var file = new FileStream(path, System.IO.FileMode.CreateNew, FileAccess.Write, FileShare.None, bufferSize: 0);
        await using var closing = file.ConfigureAwait(false);
        using var compressing = compression == LayerCompression.None ? null : new LayerCompressor().OpenWriter(file, compression, cancellationToken: cancellationToken);
        var target = compressing ?? (Stream)file;
        var buffer = new byte[BufferSize];
        for (long written = 0; await archive.ReadAsync(buffer, cancellationToken).ConfigureAwait(false) is > 0 and var count; progress?.Report(written += count))
        {
            await target.WriteAsync(buffer.AsMemory(0, count), cancellationToken).ConfigureAwait(false);
        }

        compressing?.Complete();
        await file.FlushAsync(cancellationToken).ConfigureAwait(false);
    }
}
