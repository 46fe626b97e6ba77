using ZLayer.Core.Images.ManifestLists;
using ZLayer.Core.Oci;

namespace ZLayer.Core.Registries.Manifests;

/// <summary>Which entries an image gives a manifest list, and what they say.</summary>
public sealed record ManifestEntryOptions
{
    /// <summary>
    /// The platform to take of an image of several; null takes this machine's. An image of one platform is taken whatever it says.
    /// </summary>
    public Platform? Platform { get; init; }

    /// <summary>Takes every platform of an image of several, with the attestations of each.</summary>
    public bool AllPlatforms { get; init; }

    /// <summary>What the entry says otherwise than the image.</summary>
    public ManifestEntryChange Change { get; init; } = new();
}
