using ZLayer.Core.Layers;
using ZLayer.Core.Oci;

namespace ZLayer.Core.Registries.Manifests;

/// <summary>How a manifest list is pushed.</summary>
public sealed record ManifestPushOptions
{
    /// <summary>Also pushes the images of the list. False pushes the list alone: the destination must have its images.</summary>
    public bool IncludeImages { get; init; } = true;

    /// <summary>
    /// The type of the list: OCI's index, which may hold Docker's manifests, or Docker's manifest list, for which OCI's manifests are
    /// converted. Null keeps what the list is.
    /// </summary>
    public ImageFormat? Format { get; init; }

    /// <summary>How layers are compressed that the store holds uncompressed.</summary>
    public LayerCompression Compression { get; init; } = LayerCompression.Gzip;

    /// <summary>The level of the compression; null is its default.</summary>
    public int? Level { get; init; }

    /// <summary>Removes the list from the store once it is pushed. Its images stay under their own names.</summary>
    public bool RemoveLocal { get; init; }
}
