using ZLayer.Core.Oci;

namespace ZLayer.Core.Storage;

/// <summary>What is known about a layer: <c>layers/&lt;diff id hex&gt;.json</c>.</summary>
internal sealed record LayerRecord
{
    /// <summary>The digest of the layer's plain tar.</summary>
    public required Digest DiffId { get; init; }

    /// <summary>Blobs that hold the layer, apart from the plain tar, whose digest is the DiffID.</summary>
    public IReadOnlyList<LayerBlob> Blobs { get; init; } = [];

    /// <summary>The bytes that the extracted directory takes; null when it was not measured.</summary>
    public long? DirectorySize { get; init; }
}

/// <summary>One blob of a layer.</summary>
internal sealed record LayerBlob
{
    /// <summary>The blob.</summary>
    public required Descriptor Blob { get; init; }

    /// <summary>The compression level, where this store made the blob for one that was asked for.</summary>
    public int? Level { get; init; }

    /// <summary>
    /// Whether the blob is known to unpack to the DiffID. What an image from outside merely claims may be a lie about a layer of another image.
    /// </summary>
    public bool Verified { get; init; }
}
