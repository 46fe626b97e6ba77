using System.Buffers;
using System.Security.Cryptography;
using ZLayer.Core.Oci;

namespace ZLayer.Core.Storage;

/// <summary>Hashes content with the algorithm of a digest.</summary>
internal sealed class ContentHash : IDisposable
{
    private const int BlockSize = 256 * 1024;

    private readonly IncrementalHash _hash;
    private readonly Digest _model;

    private ContentHash(IncrementalHash hash, Digest model)
    {
        _hash = hash;
        _model = model;
    }

    /// <summary>A hash of the algorithm of <paramref name="model"/>; sha256 for <c>default</c>.</summary>
    public static ContentHash Create(Digest model) => new(IncrementalHash.CreateHash(model.HashAlgorithm), model);

    /// <summary>Adds a block.</summary>
    public void Append(ReadOnlySpan<byte> block) => _hash.AppendData(block);

    /// <summary>Adds everything that a stream has left, and returns how many bytes that was.</summary>
    public long Append(Stream stream)
    {
        var buffer = ArrayPool<byte>.Shared.Rent(BlockSize);
        try
        {
            long total = 0;
            for (int count; (count = stream.Read(buffer)) > 0; total += count)
            {
                _hash.AppendData(buffer, 0, count);
            }

            return total;
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    /// <summary>The digest of everything added; the hash starts over.</summary>
    public Digest Finish()
    {
        Span<byte> hash = stackalloc byte[SHA512.HashSizeInBytes];
        return _model.WithHash(hash[.._hash.GetHashAndReset(hash)]);
    }

    public void Dispose() => _hash.Dispose();
}
