using System.Security.Cryptography;
using ZLayer.Core.Errors;
using ZLayer.Core.Oci;

namespace ZLayer.Core.Layers;

/// <summary>Finds the compressed form of a piece in the cache, or makes it and keeps it there. Used from several threads.</summary>
/// <remarks>
/// A kept piece is its compressed form and a seal: the sha256 of the piece's digest and that form. What a damaged disk or
/// another program did to it is noticed, and the piece is compressed again.
/// </remarks>
internal sealed class PieceCompression(IPieceCache? cache, string variant)
{
    /// <summary>The bytes of a seal.</summary>
    public const int SealLength = SHA256.HashSizeInBytes;

    public void Compress(PieceJob job, PieceEncoder encoder)
    {
        if (cache is null)
        {
            job.SetCompressed(Encode(job, encoder, out var length), length, isReused: false);
            return;
        }

        var digest = job.Key;
        if (!TryTake(job, digest, encoder.GetBound(job.Length)))
        {
            var compressed = Encode(job, encoder, out var length);
            WriteSeal(digest, compressed.Span[..length], compressed.Span.Slice(length, SealLength));
            Keep(digest, compressed.Span[..(length + SealLength)]);

            job.SetCompressed(compressed, length, isReused: false);
        }
    }

    private static NativeBuffer Encode(PieceJob job, PieceEncoder encoder, out int length)
    {
        var compressed = new NativeBuffer(encoder.GetBound(job.Length) + SealLength);
        try
        {
            length = encoder.Encode(job.Content, compressed);
            compressed.Shrink(length + SealLength);
            return compressed;
        }
        catch
        {
            compressed.Dispose();
            throw;
        }
    }

    private bool TryTake(PieceJob job, Digest digest, int bound)
    {
        NativeBuffer? kept = null;
        try
        {
            using var stream = cache!.TryOpen(digest, variant);
            if (stream is null)
            {
                return false;
            }

            // One byte more than the longest possible form: a longer file is none of ours.
            kept = new NativeBuffer(bound + SealLength + 1);
            var length = stream.ReadAtLeast(kept.Span, kept.Capacity, throwOnEndOfStream: false) - SealLength;
            if (length <= 0 || length > bound || !IsSealed(digest, kept.Span[..(length + SealLength)]))
            {
                return false;
            }

            kept.Shrink(length);
            job.SetCompressed(kept, length, isReused: true);
            kept = null;
            return true;
        }
        catch (Exception e) when (IsLoss(e))
        {
            return false;
        }
        finally
        {
            kept?.Dispose();
        }
    }

    private void Keep(Digest digest, ReadOnlySpan<byte> @sealed)
    {
        try
        {
            cache!.Put(digest, variant, @sealed);
        }
        catch (Exception e) when (IsLoss(e))
        {
            // The cache saves time; a layer does not fail for want of it.
        }
    }

    private static bool IsLoss(Exception e) => e is IOException or UnauthorizedAccessException or ZLayerException;

    private static bool IsSealed(Digest digest, ReadOnlySpan<byte> @sealed)
    {
        Span<byte> expected = stackalloc byte[SealLength];
        WriteSeal(digest, @sealed[..^SealLength], expected);
        return expected.SequenceEqual(@sealed[^SealLength..]);
    }

    private static void WriteSeal(Digest digest, ReadOnlySpan<byte> compressed, Span<byte> seal)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(Convert.FromHexString(digest.Hex));
        hash.AppendData(compressed);
        hash.GetHashAndReset(seal);
    }
}
