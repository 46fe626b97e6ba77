using System.Buffers;
using System.Security.Cryptography;
using ZLayer.Core.Layers;
using ZLayer.Core.Oci;

namespace ZLayer.Core.Storage;

/// <summary>
/// Compressed pieces of layers: <c>cache/pieces/&lt;variant&gt;/&lt;2 hex&gt;/&lt;hex&gt;</c>. Each file begins with the sha256 of what
/// follows, because pieces are not flushed: one that a power cut left damaged must never get into a layer. Failing to keep a piece is no
/// error.
/// </summary>
/// <param name="layout">The data root.</param>
internal sealed class PieceStore(StoreLayout layout) : IPieceCache
{
    private const int HeaderSize = SHA256.HashSizeInBytes;
    private const long SizeLimit = 4L << 30;

    private static readonly TimeSpan TrimInterval = TimeSpan.FromDays(1);

    // Marking a piece as used once an hour is enough to tell old ones from new ones.
    private static readonly TimeSpan TouchInterval = TimeSpan.FromHours(1);

    /// <inheritdoc/>
    public Stream? TryOpen(Digest piece, string variant)
    {
        var path = PathOf(piece, variant);
        try
        {
            using var file = File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.Read | FileShare.Delete);
            var length = RandomAccess.GetLength(file);
            if (length is < HeaderSize or > int.MaxValue)
            {
                return null;
            }

            return ReadVerified(path, file, (int)length);
        }
        catch (Exception e) when (StorageErrors.IsFileError(e))
        {
            return null;
        }
    }

    /// <inheritdoc/>
    public void Put(Digest piece, string variant, ReadOnlySpan<byte> compressed)
    {
        var path = PathOf(piece, variant);
        var buffer = ArrayPool<byte>.Shared.Rent(HeaderSize + compressed.Length);
        try
        {
            layout.EnsureCreated();
            SHA256.HashData(compressed, buffer);
            compressed.CopyTo(buffer.AsSpan(HeaderSize));
            StagedFile.Write(layout, path, buffer.AsSpan(0, HeaderSize + compressed.Length), flush: false);
        }
        catch (Exception e) when (StorageErrors.IsFileError(e))
        {
            // The cache is for speed: on a full disk the layer itself will say so.
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    /// <summary>All pieces.</summary>
    public IEnumerable<FileInfo> Enumerate()
        => Directory.Exists(layout.Pieces)
            ? new DirectoryInfo(layout.Pieces).EnumerateFiles("*", SearchOption.AllDirectories)
            : [];

    /// <summary>The least recently used pieces beyond the limit.</summary>
    public IReadOnlyList<FileInfo> FindExcess()
    {
        var pieces = Enumerate().ToList();
        var excess = pieces.Sum(piece => piece.Length) - SizeLimit;
        return excess <= 0
            ? []
            : [.. pieces.OrderBy(piece => piece.LastWriteTimeUtc).TakeWhile(piece => (excess -= piece.Length) > -piece.Length)];
    }

    /// <summary>Deletes the pieces beyond the limit, at most once a day.</summary>
    public void Trim()
    {
        var stamp = Path.Combine(layout.Cache, "pieces-trimmed");
        try
        {
            if ((layout.UtcNow - File.GetLastWriteTimeUtc(stamp)).Duration() > TrimInterval)
            {
                File.WriteAllBytes(stamp, []);
                foreach (var piece in FindExcess())
                {
                    piece.Delete();
                }
            }
        }
        catch (Exception e) when (StorageErrors.IsFileError(e))
        {
            // Another process trims, or the disk says no: the next day will do.
        }
    }

    private RentedStream? ReadVerified(string path, Microsoft.Win32.SafeHandles.SafeFileHandle file, int length)
    {
        var buffer = ArrayPool<byte>.Shared.Rent(length);
        var read = 0;
        for (int count; read < length && (count = RandomAccess.Read(file, buffer.AsSpan(read, length - read), read)) > 0; read += count)
        {
        }

        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(buffer.AsSpan(HeaderSize, length - HeaderSize), hash);
        if (read == length && hash.SequenceEqual(buffer.AsSpan(0, HeaderSize)))
        {
            Touch(path);
            return new RentedStream(buffer, HeaderSize, length - HeaderSize);
        }

        ArrayPool<byte>.Shared.Return(buffer);
        File.Delete(path);
        return null;
    }

    private void Touch(string path)
    {
        if ((layout.UtcNow - File.GetLastWriteTimeUtc(path)).Duration() > TouchInterval)
        {
            File.SetLastWriteTimeUtc(path, layout.UtcNow);
        }
    }

    private string PathOf(Digest piece, string variant) => Path.Combine(layout.Pieces, variant, piece.Hex[..2], piece.Hex);

    private sealed class RentedStream(byte[] buffer, int offset, int count)
        : MemoryStream(buffer, offset, count, writable: false, publiclyVisible: true)
    {
        private byte[]? _rented = buffer;

        protected override void Dispose(bool disposing)
        {
            if (Interlocked.Exchange(ref _rented, null) is { } rented)
            {
                ArrayPool<byte>.Shared.Return(rented);
            }

            base.Dispose(disposing);
        }
    }
}
