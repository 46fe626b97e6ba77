using System.Globalization;

namespace ZLayer.Core.Foundation.Files;

/// <summary>Reads a file of which nobody has promised how long it is, or that it ends: it may be a device.</summary>
internal static class BoundedFile
{
    private const int FirstBuffer = 16 * 1024;

    // How long a pipe is waited for where nobody can end the waiting.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    /// <summary>The bytes of a file.</summary>
    /// <param name="path">The file: also a pipe, which is read to its end.</param>
    /// <param name="maximumSize">How many bytes are allowed.</param>
    /// <param name="cancellationToken">Ends the wait for whoever writes to a pipe. Without one the wait ends after thirty seconds.</param>
    /// <exception cref="FileTooLongException">It is longer than <paramref name="maximumSize"/>.</exception>
    /// <exception cref="IOException">It cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">It may not be read, or is a directory.</exception>
    public static byte[] Read(string path, int maximumSize, CancellationToken cancellationToken = default)
    {
        if (cancellationToken.CanBeCanceled)
        {
            return ReadToEnd(path, maximumSize, cancellationToken);
        }

        using var patience = new CancellationTokenSource(Patience);
        try
        {
            return ReadToEnd(path, maximumSize, patience.Token);
        }
        catch (OperationCanceledException)
        {
            throw new IOException(
                string.Create(CultureInfo.InvariantCulture, $"'{path}' is a pipe whose end did not come within {Patience.TotalSeconds} s"));
        }
    }

    /// <inheritdoc cref="Read(string, int, CancellationToken)"/>
    public static Task<byte[]> ReadAsync(string path, int maximumSize, CancellationToken cancellationToken)
        => Task.Run(() => Read(path, maximumSize, cancellationToken), cancellationToken);

    /// <summary>What is left of an open file.</summary>
    /// <inheritdoc cref="Read(string, int, CancellationToken)"/>
    public static byte[] Read(Stream file, string path, int maximumSize)
    {
        var buffer = new byte[FirstBuffer];
        var length = 0;
        while (file.Read(buffer.AsSpan(length)) is > 0 and var count)
        {
            Grow(ref buffer, length += count, path, maximumSize);
        }

        return buffer[..length];
    }

    private static byte[] ReadToEnd(string path, int maximumSize, CancellationToken cancellationToken)
    {
        using var file = UserFile.OpenRead(path, cancellationToken);
        return Read(file, path, maximumSize);
    }

    private static void Grow(ref byte[] buffer, int length, string path, int maximumSize)
    {
        if (length > maximumSize)
        {
            throw new FileTooLongException(path, maximumSize);
        }

        if (length == buffer.Length)
        {
            Array.Resize(ref buffer, (int)Math.Min(buffer.Length * 2L, maximumSize + 1L));
        }
    }
}

/// <summary>A file is longer than its reader allows.</summary>
internal sealed class FileTooLongException(string path, int maximumSize)
    : IOException(string.Create(CultureInfo.InvariantCulture, $"'{path}' is longer than {maximumSize / 1024} KiB"));
