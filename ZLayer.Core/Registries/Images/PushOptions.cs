using ZLayer.Core.Layers;
using ZLayer.Core.Oci;

namespace ZLayer.Core.Registries;

/// <summary>How an image is pushed.</summary>
public sealed record PushOptions
{
    /// <summary>
    /// How layers that the store holds uncompressed are compressed; <see cref="LayerCompression.None"/> sends them as they are.
    /// </summary>
    public LayerCompression Compression { get; init; } = LayerCompression.Gzip;

    /// <summary>The level of the compression; null is its default.</summary>
    public int? Level { get; init; }

    /// <summary>Also converts layers that have another compression already. Without it they are sent as they are.</summary>
    public bool ForceCompression { get; init; }

    /// <summary>Pushes only this platform of an index; null pushes every platform that the store holds.</summary>
    public Platform? Platform { get; init; }

    /// <summary>
    /// Repositories that hold images of an index that the store does not, by the digests of their manifests: the push takes them from
    /// there, by a mount where source and destination share a registry.
    /// </summary>
    public IReadOnlyDictionary<Digest, ImageReference> Sources { get; init; } = new Dictionary<Digest, ImageReference>();

    /// <summary>
    /// True pushes an index as it is: an image that is neither in the store nor in <see cref="Sources"/> is an error. Otherwise the index
    /// is pushed with what the store holds of it.
    /// </summary>
    public bool IsComplete { get; init; }

    /// <summary>False pushes an index alone, for a repository that has its images.</summary>
    public bool IncludeImages { get; init; } = true;

    /// <summary>
    /// The types that an image or index is written with, for registries that know only Docker's; a Docker manifest list gets its OCI images
    /// converted. Null keeps what it is.
    /// </summary>
    public ImageFormat? Format { get; init; }
}
