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
