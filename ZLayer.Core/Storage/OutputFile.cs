using ZLayer.Core.Foundation.Files;

namespace ZLayer.Core.Storage;

/// <summary>
/// A file of the user's that is written beside its final name and gets the name when it is complete: a failure leaves nothing behind, and a
/// file that was there as it was. A pipe is written into as it is; a device or a socket is refused.
/// </summary>
public sealed class OutputFile : IAsyncDisposable
{
    private readonly string _path;
    private readonly string _place;
    private readonly string _action;
    private readonly CancellationToken _cancellationToken;
    private string? _staged;

    private OutputFile(string path, string action, OutputPlace place, CancellationToken cancellationToken)
    {
        (_path, _action, _place, _cancellationToken) = (path, action, place.Path, cancellationToken);
        if (place.IsStream)
        {
            Stream = place.OpenStream(cancellationToken);
            return;
        }

        _staged = AtomicFile.NameBeside(place.Path);
        Stream = new FileStream(_staged, FileMode.CreateNew, FileAccess.Write, FileShare.Read, bufferSize: 0);
    }

    /// <summary>What is written.</summary>
    internal Stream Stream { get; }

    /// <summary>Opens a file to be written.</summary>
    /// <param name="path">The file: an absolute path. One that exists is replaced at the end.</param>
    /// <param name="action">What is done, for errors: <c>write the output</c>.</param>
    /// <param name="cancellationToken">Ends the writing, and the wait for somebody to read a pipe.</param>
    /// <exception cref="Errors.ZLayerException">
    /// InvalidArgument for a device, socket or directory; StorageFull, StorageWriteFailed, AccessDenied.
    /// </exception>
    public static OutputFile Open(string path, string action, CancellationToken cancellationToken)
    {
        try
        {
            return new OutputFile(path, action, OutputPlace.Of(path, action), cancellationToken);
        }
        catch (Exception e) when (StorageErrors.IsFileError(e))
        {
            cancellationToken.ThrowIfCancellationRequested();
            throw StorageErrors.Writing($"{action} to '{path}'", path, e);
        }
    }

    /// <summary>Writes bytes.</summary>
    /// <exception cref="Errors.ZLayerException">StorageFull or StorageWriteFailed.</exception>
    public async ValueTask WriteAsync(ReadOnlyMemory<byte> bytes)
    {
        try
        {
            await Stream.WriteAsync(bytes, _cancellationToken).ConfigureAwait(false);
        }
        catch (Exception e) when (StorageErrors.IsFileError(e))
        {
            throw Failure(e);
        }
    }

    /// <summary>Closes the file, and gives it its name.</summary>
    /// <exception cref="Errors.ZLayerException">StorageFull or StorageWriteFailed.</exception>
    public async ValueTask CompleteAsync()
    {
        try
        {
            await Stream.DisposeAsync().ConfigureAwait(false);
            if (_staged is not null)
            {
                AtomicFile.Rename(_staged, _place);
                _staged = null;
            }
        }
        catch (Exception e) when (StorageErrors.IsFileError(e))
        {
            throw Failure(e);
        }
    }

    /// <summary>Closes the file; one that is not complete is removed.</summary>
    public async ValueTask DisposeAsync()
    {
        try
        {
            await Stream.DisposeAsync().ConfigureAwait(false);
        }
        catch (Exception e) when (_staged is not null && StorageErrors.IsFileError(e))
        {
            // What could not be written is removed.
        }

        if (_staged is { } staged)
        {
            _staged = null;
            AtomicFile.TryDelete(staged);
        }
    }

    /// <summary>What happened while the file was written, as an error that names it.</summary>
    internal Exception Failure(Exception cause)
    {
        _cancellationToken.ThrowIfCancellationRequested();
        return StorageErrors.Writing($"{_action} to '{_path}'", _path, cause);
    }
}
