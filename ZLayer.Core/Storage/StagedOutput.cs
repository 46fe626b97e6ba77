namespace ZLayer.Core.Storage;

/// <summary>Writes a file of the user's beside its final name, and gives it the name when it is complete. A failure leaves nothing behind, and a file that was there as it was.</summary>
internal static class StagedOutput
{
    private const int BufferSize = 1 << 17;

    /// <summary>Writes a file.</summary>
    /// <param name="path">The file: an absolute path. One that exists is replaced.</param>
    /// <param name="action">What is done, for the error: <c>export the container 'web'</c>.</param>
    /// <param name="write">Writes the content.</param>
    /// <param name="cancellationToken">Ends the writing.</param>
    /// <exception cref="Errors.ZLayerException">StorageFull, StorageWriteFailed, AccessDenied; what <paramref name="write"/> throws.</exception>
    public static async Task WriteAsync(string path, string action, Func<Stream, Task> write, CancellationToken cancellationToken)
    {
        var staged = Path.Combine(Path.GetDirectoryName(path) ?? "", $".{Path.GetFileName(path)}.{Guid.NewGuid():N}.tmp");
        try
        {
            var file = new FileStream(staged, FileMode.CreateNew, FileAccess.Write, FileShare.None, bufferSize: 0);
            await using (file.ConfigureAwait(false))
            {
                await write(file).ConfigureAwait(false);
            }

            File.Move(staged, path, overwrite: true);
        }
        catch (Exception e)
        {
            StorageErrors.TryDelete(staged);
            if (StorageErrors.IsFileError(e))
            {
                cancellationToken.ThrowIfCancellationRequested();
                throw StorageErrors.Writing(action, path, e);
            }

            throw;
        }
    }

    /// <summary>Copies a stream and tells how many bytes went by.</summary>
    public static async Task CopyAsync(Stream source, Stream target, IProgress<long>? progress, CancellationToken cancellationToken)
    {
        var buffer = new byte[BufferSize];
        for (long copied = 0; await source.ReadAsync(buffer, cancellationToken).ConfigureAwait(false) is > 0 and var count; progress?.Report(copied += count))
        {
            await target.WriteAsync(buffer.AsMemory(0, count), cancellationToken).ConfigureAwait(false);
        }
    }
}
