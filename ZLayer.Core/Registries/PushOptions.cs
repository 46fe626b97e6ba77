using ZLayer.Core.Layers;
using ZLayer.Core.Oci;

namespace ZLayer.Core.Registries;

/// <summary>How an image is pushed.</summary>
public sealed record PushOptions
{
    /// <summary>How layers that the store holds uncompressed are compressed; <see cref="LayerCompression.None"/> sends them as they are.</summary>
    public LayerCompression Compression { get; init; } = LayerCompression.Gzip;

    /// <summary>The level of the compression; null is its default.</summary>
    public int? Level { get; init; }

    /// <summary>Also converts layers that have another compression already. Without it they are sent as they are.</summary>
    public bool ForceCompression { get; init; }

    /// <summary>Pushes only this platform of an index; null pushes every platform that the store holds.</summary>
    public Platform? Platform { get; init; }
}
