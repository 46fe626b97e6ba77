using ZLayer.Core.Layers;
using ZLayer.Core.Oci;

namespace ZLayer.Core.Images.Archives;

/// <summary>How images are written to an archive.</summary>
internal sealed record ArchiveOptions
{
    /// <summary>The form.</summary>
    public ArchiveFormat Format { get; init; }

    /// <summary>
    /// Writes only this platform of images that have several. Null writes all that are in the store; a docker archive, which cannot, gets
    /// this machine's or else the first.
    /// </summary>
    public Platform? Platform { get; init; }

    /// <summary>How layers that are stored uncompressed are written; null leaves them as they are.</summary>
    public LayerCompression? Compression { get; init; }

    /// <summary>The level of the compression; null is its default.</summary>
    public int? Level { get; init; }

    /// <summary>Converts layers that have another compression, too.</summary>
    public bool ForceCompression { get; init; }

    /// <summary>True for Docker's media types, false for OCI's; null leaves each manifest as it is.</summary>
    public bool? DockerMediaTypes { get; init; }

    /// <summary>
    /// Stacks of layers, by DiffID and base first, that whoever reads the archive has already. Layers that an image shares with one of them
    /// from the base up are named in the archive, but not in it.
    /// </summary>
    public IReadOnlyList<IReadOnlyList<Digest>> PresentLayers { get; init => field = value.ToArray(); } = [];

    /// <summary>
    /// Noted in the index of the layout as the time of creation; null notes none, so that the same images give the same bytes.
    /// </summary>
    public DateTimeOffset? Created { get; init; }
}
