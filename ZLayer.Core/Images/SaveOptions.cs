using ZLayer.Core.Layers;
using ZLayer.Core.Oci;

namespace ZLayer.Core.Images;

/// <summary>How images are saved. One of <see cref="Path"/> and <see cref="Destination"/> is given.</summary>
public sealed record SaveOptions
{
    /// <summary>The file or directory, absolute.</summary>
    public string? Path { get; init; }

    /// <summary>A stream for the tar forms; it stays open.</summary>
    public Stream? Destination { get; init; }

    /// <summary>The form.</summary>
    public SaveFormat Format { get; init; }

    /// <summary>How layers that are stored uncompressed are written; null leaves them as they are.</summary>
    public LayerCompression? Compression { get; init; }

    /// <summary>The level of the compression; null is its default.</summary>
    public int? Level { get; init; }

    /// <summary>Saves this platform of images that have several; null saves all.</summary>
    public Platform? Platform { get; init; }
}
