using System.Diagnostics.CodeAnalysis;
using System.Text;
using ZLayer.Core.Oci;

namespace ZLayer.Core.Images;

/// <summary>Everything about one platform of an image.</summary>
public sealed record ImageDetail : ImageInfo
{
    /// <summary>An image whose properties are given one by one.</summary>
    public ImageDetail()
    {
    }

    [SetsRequiredMembers]
    internal ImageDetail(ImageInfo summary, StoredImage image, IReadOnlyList<ImageReference> names)
        : base(summary)
    {
        Config = image.Config;
        Manifest = image.Manifest;
        ManifestDigest = image.ManifestDescriptor.Digest;
        RawConfig = Encoding.UTF8.GetString(image.ConfigBytes.Span);
        RawManifest = Encoding.UTF8.GetString(image.ManifestBytes.Span);
        Names = names;
    }

    /// <summary>The config.</summary>
    public required ImageConfig Config { get; init; }

    /// <summary>The manifest.</summary>
    public required ImageManifest Manifest { get; init; }

    /// <summary>The digest of the manifest.</summary>
    public required Digest ManifestDigest { get; init; }

    /// <summary>The config's text as it is stored.</summary>
    public required string RawConfig { get; init; }

    /// <summary>The manifest's text as it is stored.</summary>
    public required string RawManifest { get; init; }

    /// <summary>The layers, base first.</summary>
    public IReadOnlyList<Descriptor> Layers => Manifest.Layers;

    /// <summary>All names of the image.</summary>
    public IReadOnlyList<ImageReference> Names { get; init => field = value.ToArray(); } = [];
}
