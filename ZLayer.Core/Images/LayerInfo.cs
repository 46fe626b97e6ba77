using ZLayer.Core.Oci;

namespace ZLayer.Core.Images;

/// <summary>One layer of an image of the store.</summary>
public sealed record LayerInfo
{
    /// <summary>Its place, 0 for the lowest.</summary>
    public required int Index { get; init; }

    /// <summary>The digest of its blob, as the manifest names it.</summary>
    public required Digest Digest { get; init; }

    /// <summary>The digest of its files as an uncompressed archive, which is the same whatever compresses it.</summary>
    public required Digest DiffId { get; init; }

    /// <summary>What identifies it together with all layers below it (OCI image specification, "Layer ChainID").</summary>
    public required Digest ChainId { get; init; }

    /// <summary>The media type of the blob.</summary>
    public required string MediaType { get; init; }

    /// <summary>The bytes of the blob.</summary>
    public required long Size { get; init; }

    /// <summary>Whether the store holds it, compressed or extracted.</summary>
    public required bool IsLocal { get; init; }

    /// <summary>The instruction that made it, as the history of the image says; empty where it says nothing.</summary>
    public string CreatedBy { get; init; } = "";

    /// <summary>The image, as it was asked for.</summary>
    public required string Image { get; init; }

    /// <summary>The platform of the image.</summary>
    public required Platform Platform { get; init; }

    /// <summary>The data root that holds the image.</summary>
    public required string Root { get; init; }

    /// <summary>The digest of the blob.</summary>
    public override string ToString() => Digest.ToString();

    /// <summary>The chain of a layer upon others.</summary>
    /// <param name="below">The chain of the layers below; null for the lowest.</param>
    /// <param name="diffId">The layer.</param>
    internal static Digest Chain(Digest? below, Digest diffId)
        => below is { } chain ? Digest.Of(System.Text.Encoding.ASCII.GetBytes($"{chain} {diffId}")) : diffId;
}
