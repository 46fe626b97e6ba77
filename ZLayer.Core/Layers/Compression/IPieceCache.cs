using ZLayer.Core.Oci;

namespace ZLayer.Core.Layers;

/// <summary>
/// Keeps compressed pieces of layers by the digest of their uncompressed content, so that unchanged pieces are compressed once.
/// </summary>
/// <remarks>
/// Implementations are called from several threads at once. What they keep is opaque to them, sealed with a hash of its own:
/// it need neither be verified nor flushed to disk. Errors are taken for a piece that is not there.
/// </remarks>
internal interface IPieceCache
{
    /// <summary>Opens the compressed form of a piece; null when it is not kept.</summary>
    /// <param name="piece">The digest of the piece's uncompressed content.</param>
    /// <param name="variant">Compression, level and encoder version: <c>gzip-6</c>.</param>
    Stream? TryOpen(Digest piece, string variant);

    /// <summary>Keeps the compressed form of a piece; losing it later is allowed.</summary>
    void Put(Digest piece, string variant, ReadOnlySpan<byte> compressed);
}
