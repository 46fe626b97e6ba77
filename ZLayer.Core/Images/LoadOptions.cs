using ZLayer.Core.Oci;

namespace ZLayer.Core.Images;

/// <summary>How an archive is loaded.</summary>
public sealed record LoadOptions
{
    /// <summary>The name for an archive of one image; null takes the names in the archive.</summary>
    public ImageReference? Tag { get; init; }

    /// <summary>Loads this platform of images that have several; null loads all.</summary>
    public Platform? Platform { get; init; }

    /// <summary>Told how many names of the archive were left out because no image can have them.</summary>
    public Action<string>? Warn { get; init; }
}
