namespace ZLayer.Core.Layers;

/// <summary>How a stream that comes from outside is compressed, by its first bytes.</summary>
internal enum CompressionFormat
{
    /// <summary>Not in a known compressed format: a plain tar stream, or something else.</summary>
    None,
    /// <summary>gzip (RFC 1952).</summary>
    Gzip,
    /// <summary>Zstandard (RFC 8878).</summary>
    Zstd,
    /// <summary>bzip2.</summary>
    Bzip2,
    /// <summary>xz.</summary>
    Xz,
}
