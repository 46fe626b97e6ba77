using System.Globalization;

namespace ZLayer.Core.Foundation;

/// <summary>Reads a file of which nobody has promised how long it is, or that it ends: it may be a device.</summary>
internal static class BoundedFile
{
    private const int FirstBuffer = 16 * 1024;

    /// <summary>The bytes of a file.</summary>
    /// <exception cref="IOException">It cannot be read, or is longer than <paramref name="maximumSize"/>.</exception>
    /// <exception cref="UnauthorizedAccessException">It may not be read, or is a directory.</exception>
    public static byte[] Read(string path, int maximumSize)
    {
        using var file = Open(path);
        var buffer = new byte[FirstBuffer];
        var length = 0;
        while (file.Read(buffer.AsSpan(length)) is > 0 and var count)
        {
            Grow(ref buffer, length += count, path, maximumSize);
        }

        return buffer[..length];
    }

    /// <inheritdoc cref="Read"/>
    public static async Task<byte[]> ReadAsync(string path, int maximumSize, CancellationToken cancellationToken)
    {
        var file = Open(path);
        await using (file.ConfigureAwait(false))
        {
            var buffer = new byte[FirstBuffer];
            var length = 0;
            while (await file.ReadAsync(buffer.AsMemory(length), cancellationToken).ConfigureAwait(false) is > 0 and var count)
            {
                Grow(ref buffer, length += count, path, maximumSize);
            }

            return buffer[..length];
        }
    }

    private static FileStream Open(string path)
        => new(path, new FileStreamOptions { Share = FileShare.ReadWrite | FileShare.Delete, Options = FileOptions.SequentialScan, BufferSize = 0 });

    private static void Grow(ref byte[] buffer, int length, string path, int maximumSize)
    {
        if (length > maximumSize)
        {
            throw new IOException(string.Create(CultureInfo.InvariantCulture, $"'{path}' is longer than {maximumSize / 1024} KiB"));
        }

        if (length == buffer.Length)
        {
            Array.Resize(ref buffer, (int)Math.Min(buffer.Length * 2L, maximumSize + 1L));
        }
    }
}
