namespace ZLayer.Core.Storage;

/// <summary>
/// Writes a file of the user's beside its final name, and gives it the name when it is complete. A failure leaves nothing behind, and a file that was there as it was.
/// What is no regular file is written into or refused: <see cref="OutputPlace"/>.
/// </summary>
internal static class StagedOutput
{
    private const int BufferSize = 1 << 17;

    /// <summary>Writes a file.</summary>
    /// <param name="path">The file: an absolute path. One that exists is replaced.</param>
    /// <param name="action">What is done, for the error: <c>export the container 'web'</c>.</param>
    /// <param name="write">Writes the content.</param>
    /// <param name="cancellationToken">Ends the writing.</param>
    /// <exception cref="Errors.ZLayerException">
    /// InvalidArgument for a device, socket or directory; StorageFull, StorageWriteFailed, AccessDenied; what <paramref name="write"/> throws.
    /// </exception>
    public static async Task WriteAsync(string path, string action, Func<Stream, Task> write, CancellationToken cancellationToken)
    {
        var staged = "";
        try
        {
            var place = OutputPlace.Of(path, action);
            if (place.IsStream)
            {
                var stream = place.OpenStream(cancellationToken);
                await using var closing = stream.ConfigureAwait(false);
                await write(stream).ConfigureAwait(false);
                return;
            }

            staged = Path.Combine(Path.GetDirectoryName(place.Path) ?? "", $".{ShortNameOf(place.Path)}.{Guid.NewGuid():N}.tmp");
            var file = new FileStream(staged, FileMode.CreateNew, FileAccess.Write, FileShare.Read, bufferSize: 0);
            await using (file.ConfigureAwait(false))
            {
                await write(file).ConfigureAwait(false);
            }

            File.Move(staged, place.Path, overwrite: true);
        }
        catch (Exception e)
        {
            if (staged.Length > 0)
            {
                StorageErrors.TryDelete(staged);
            }

            if (StorageErrors.IsFileError(e))
            {
                cancellationToken.ThrowIfCancellationRequested();
                throw StorageErrors.Writing($"{action} to '{path}'", path, e);
            }

            throw;
        }
    }

    /// <inheritdoc cref="WriteAsync"/>
    public static void Write(string path, string action, Action<Stream> write, CancellationToken cancellationToken)
        => WriteAsync(
            path,
            action,
            stream =>
            {
                write(stream);
                return Task.CompletedTask;
            },
            cancellationToken).GetAwaiter().GetResult();

    /// <summary>Copies a stream and tells how many bytes went by.</summary>
    public static async Task CopyAsync(Stream source, Stream target, IProgress<long>? progress, CancellationToken cancellationToken)
    {
        var buffer = new byte[BufferSize];
        for (long copied = 0; await source.ReadAsync(buffer, cancellationToken).ConfigureAwait(false) is > 0 and var count; progress?.Report(copied += count))
        {
            await target.WriteAsync(buffer.AsMemory(0, count), cancellationToken).ConfigureAwait(false);
        }
    }

    // A name that is as long as names may be leaves no room for what is added to it.
    private static string ShortNameOf(string path)
    {
        const int Longest = 40;
        var name = Path.GetFileName(path);
        return name.Length <= Longest ? name : name[..(char.IsHighSurrogate(name[Longest - 1]) ? Longest - 1 : Longest)];
    }
}
