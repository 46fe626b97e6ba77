using ZLayer.Core.Oci;

namespace ZLayer.Core.Layers;

/// <summary>How a layer blob is compressed.</summary>
public enum LayerCompression
{
    /// <summary>A plain tar stream; the blob's digest is the DiffID.</summary>
    None,
    /// <summary>gzip (RFC 1952), possibly of several members.</summary>
    Gzip,
    /// <summary>Zstandard (RFC 8878), possibly of several frames.</summary>
    Zstd,
}

/// <summary>What came out of compressing a layer.</summary>
internal sealed record LayerCompressionResult
{
    /// <summary>The digest of the blob that was written.</summary>
    public required Digest Digest { get; init; }

    /// <summary>The length of the blob in bytes.</summary>
    public required long Size { get; init; }

    /// <summary>The digest of the uncompressed tar stream.</summary>
    public required Digest DiffId { get; init; }

    /// <summary>The length of the uncompressed tar stream in bytes.</summary>
    public required long TarSize { get; init; }

    /// <summary>How many pieces (gzip members, zstd frames) the blob has; 0 when it is not compressed.</summary>
    public int Pieces { get; init; }

    /// <summary>How many of the pieces came from the cache.</summary>
    public int ReusedPieces { get; init; }

    /// <summary>How many bytes of the tar stream the pieces from the cache hold.</summary>
    public long ReusedBytes { get; init; }
}
