using ZLayer.Core.Oci;

namespace ZLayer.Core.Storage;

/// <summary>What is known about a layer: <c>layers/&lt;diff id hex&gt;.json</c>.</summary>
internal sealed record LayerRecord
{
    /// <summary>The digest of the layer's plain tar.</summary>
    public required Digest DiffId { get; init; }

    /// <summary>Blobs that hold the layer, apart from the plain tar, whose digest is the DiffID.</summary>
    public IReadOnlyList<LayerBlob> Blobs { get; init => field = value ?? []; } = [];

    /// <summary>
    /// Whether the layer's files depend on the layers below: it has files in directories that it does not mention, whose mode and owner are
    /// those below, or links to files below. Null when that is not known.
    /// </summary>
    public bool? NeedsBelow { get; init; }
}

/// <summary>One blob of a layer.</summary>
internal sealed record LayerBlob
{
    /// <summary>The blob.</summary>
    public required Descriptor Blob { get; init; }

    /// <summary>The compression level, where this store made the blob for one that was asked for.</summary>
    public int? Level { get; init; }

    /// <summary>
    /// Whether the blob is known to unpack to the DiffID. What an image from outside merely claims may be a lie about a layer of another
    /// image.
    /// </summary>
    public bool Verified { get; init; }
}
