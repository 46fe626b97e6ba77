using System.Collections.Concurrent;
using System.Runtime.ExceptionServices;
using System.Security.Cryptography;
using System.Text;
using ZLayer.Core.Layers;
using ZLayer.Core.Oci;

namespace ZLayer.Core.Storage.Pieces;

/// <summary>
/// The compressed forms of pieces, which are pieces themselves: named after the piece and how it was compressed, with a seal behind what
/// belongs to the blob. What an earlier blob has is taken over, what is new is staged.
/// </summary>
internal sealed class CompressedPieces(PieceStaging staging) : IPieceCache
{
    private readonly ConcurrentDictionary<string, Piece> _pieces = new(StringComparer.Ordinal);
    private volatile ExceptionDispatchInfo? _failure;

    /// <inheritdoc/>
    public Stream? TryOpen(Digest piece, string variant)
    {
        var name = NameOf(piece, variant);
        var file = staging.Files.TryOpen(name);
        if (file is null)
        {
            return null;
        }

        using (file)
        {
            var content = new byte[RandomAccess.GetLength(file)];
            var read = RandomAccess.Read(file, content, 0);
            if (read < content.Length || read <= PieceCompression.SealLength)
            {
                return null;
            }

            // Whether it is good, the seal says; one that is not is made and noted again.
            var length = read - PieceCompression.SealLength;
            _pieces[name] = new Piece(name, length, PieceFiles.ChecksumOf(content.AsSpan(0, length)));
            return new MemoryStream(content, writable: false);
        }
    }

    /// <inheritdoc/>
    public void Put(Digest piece, string variant, ReadOnlySpan<byte> compressed)
    {
        var name = NameOf(piece, variant);
        try
        {
            _pieces[name] = staging.Stage(name, compressed, compressed.Length - PieceCompression.SealLength);
        }
        catch (Exception e)
        {
            // A cache that keeps nothing is no failure to the compressor; here the blob is made of what is kept.
            _failure ??= ExceptionDispatchInfo.Capture(e);
            throw;
        }
    }

    /// <summary>The list of a blob out of the pieces that were opened or put.</summary>
    public PieceList ToList(LayerCompressionStream blob)
    {
        _failure?.Throw();
        return new PieceList(
            blob.Complete().Digest, [new PieceGroup(default, [.. blob.PieceKeys.Select(key => _pieces[NameOf(key, blob.Variant)])], [])]);
    }

    private static string NameOf(Digest piece, string variant)
        => Convert.ToHexStringLower(SHA256.HashData(Encoding.ASCII.GetBytes($"{variant} {piece}")));
}
