namespace ZLayer.Core.Storage;

/// <summary>
/// Writes a file of the user's beside its final name, and gives it the name when it is complete. A failure leaves nothing behind, and a
/// file that was there as it was. What is no regular file is written into or refused: <see cref="OutputPlace"/>.
/// </summary>
internal static class StagedOutput
{
    /// <summary>Writes a file.</summary>
    /// <param name="path">The file: an absolute path. One that exists is replaced.</param>
    /// <param name="action">What is done, for the error: <c>export the container 'web'</c>.</param>
    /// <param name="write">Writes the content.</param>
    /// <param name="cancellationToken">Ends the writing.</param>
    /// <exception cref="Errors.ZLayerException">
    /// InvalidArgument for a device, socket or directory; StorageFull, StorageWriteFailed, AccessDenied; what <paramref name="write"/>
    /// throws.
    /// </exception>
    public static async Task WriteAsync(string path, string action, Func<Stream, Task> write, CancellationToken cancellationToken)
    {
        var output = OutputFile.Open(path, action, cancellationToken);
        await using var closing = output.ConfigureAwait(false);
        try
        {
            await write(output.Stream).ConfigureAwait(false);
        }
        catch (Exception e) when (StorageErrors.IsFileError(e))
        {
            throw output.Failure(e);
        }

        await output.CompleteAsync().ConfigureAwait(false);
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
}
