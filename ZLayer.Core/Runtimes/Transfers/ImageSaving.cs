using ZLayer.Core.Foundation.Streams;
using ZLayer.Core.Storage;

namespace ZLayer.Core.Runtimes.Transfers;

/// <summary>Writes images of runtimes to files.</summary>
public static class ImageSaving
{
    /// <summary>
    /// Writes images to one archive, as <c>docker save</c> does. The file gets its name when it is complete; a failure leaves nothing
    /// behind.
    /// </summary>
    /// <param name="images">The runtime.</param>
    /// <param name="names">Names or ids.</param>
    /// <param name="path">The file to write: an absolute path. One that exists is replaced.</param>
    /// <param name="progress">Told how many bytes were written so far.</param>
    /// <param name="cancellationToken">Ends the writing; nothing is left behind.</param>
    /// <exception cref="Errors.ZLayerException">
    /// InvalidArgument for no images, ImageNotFound, RuntimeUnavailable, StorageFull, StorageWriteFailed, AccessDenied.
    /// </exception>
    public static async Task SaveToFileAsync(
        this IRuntimeImages images, IReadOnlyList<string> names, string path, IProgress<long>? progress = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(images);
        ArgumentNullException.ThrowIfNull(path);
        var archive = await images.SaveImagesAsync(names, cancellationToken).ConfigureAwait(false);
        await using var closing = archive.ConfigureAwait(false);
        await StagedOutput.WriteAsync(
            path, $"export images of {images.Name}", file => StreamCopy.CopyAsync(
                archive, file, progress, cancellationToken), cancellationToken).ConfigureAwait(false);
    }
}
