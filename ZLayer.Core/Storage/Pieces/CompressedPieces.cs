using System.Runtime.ExceptionServices;
using System.Security.Cryptography;
using System.Text;
using ZLayer.Core.Foundation.Streams;
using ZLayer.Core.Layers;
using ZLayer.Core.Oci;
using ZLayer.Core.Storage.Remembered;

namespace ZLayer.Core.Storage.Pieces;

/// <summary>
/// The compressed forms of pieces, which are pieces themselves: named after the piece and how it was compressed, with a seal behind what
/// belongs to the blob. What an earlier blob has is taken over, what is new is staged.
/// </summary>
internal sealed class CompressedPieces(PieceStaging staging) : IPieceCache
{
    private readonly List<(int Length, UInt128 Checksum)> _written = [];
    private volatile ExceptionDispatchInfo? _failure;

    /// <summary>Opens a compressor, which writes no blob: its pieces are the blob.</summary>
    public LayerCompressionStream OpenWriter(LayerCompression compression, int? level, CancellationToken cancellationToken)
        => new LayerCompressor(this).OpenWriter(new Summing(_written), compression, level, cancellationToken);

    /// <inheritdoc/>
    public Stream? TryOpen(Digest piece, string variant)
        => staging.Files.TryOpen(NameOf(piece, variant)) is { } file ? new FileStream(file, FileAccess.Read, bufferSize: 0) : null;

    /// <inheritdoc/>
    public void Put(Digest piece, string variant, ReadOnlySpan<byte> compressed)
    {
        try
        {
            _ = staging.Stage(NameOf(piece, variant), compressed, compressed.Length - PieceCompression.SealLength);
        }
        catch (Exception e)
        {
            // A cache that keeps nothing is no failure to the compressor; here the blob is made of what is kept.
            _failure ??= ExceptionDispatchInfo.Capture(e);
            throw;
        }
    }

    /// <summary>The list of a complete blob.</summary>
    public PieceList ToList(LayerCompressionStream blob)
    {
        var digest = blob.Complete().Digest;
        _failure?.Throw();
        var pieces = blob.PieceKeys.Zip(
            _written, (key, written) => new Piece(NameOf(key, blob.Variant), written.Length, written.Checksum));
        return new PieceList(digest, [new PieceGroup(default, [.. pieces], [])]);
    }

    private static string NameOf(Digest piece, string variant)
        => Convert.ToHexStringLower(SHA256.HashData(Encoding.ASCII.GetBytes($"{variant} {piece}")));

    /// <summary>Notes the length and checksum of each piece, which is written at once.</summary>
    private sealed class Summing(List<(int Length, UInt128 Checksum)> sums) : ForwardStream
    {
        public override bool CanWrite => true;

        public override void Write(ReadOnlySpan<byte> buffer) => sums.Add((buffer.Length, Checksum.Of(buffer)));
    }
}
