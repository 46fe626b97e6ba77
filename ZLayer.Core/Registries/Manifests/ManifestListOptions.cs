using ZLayer.Core.Oci;

namespace ZLayer.Core.Registries.Manifests;

/// <summary>What a new manifest list begins with.</summary>
public sealed record ManifestListOptions
{
    /// <summary>
    /// Its images, by name or id: of the store, else of the registry that the name says. Every platform of each is taken.
    /// </summary>
    public IReadOnlyList<string> Images { get; init => field = value.ToArray(); } = [];

    /// <summary>Annotations of the list.</summary>
    public IReadOnlyDictionary<string, string> Annotations { get; init; } = new Dictionary<string, string>();

    /// <summary>OCI's index or Docker's manifest list.</summary>
    public ImageFormat Format { get; init; } = ImageFormat.Oci;

    /// <summary>Replaces what has the name.</summary>
    public bool Replace { get; init; }

    /// <summary>
    /// Adds to a list that has the name, which keeps its format and its other entries and annotations. Without such a list it is made.
    /// </summary>
    public bool Amend { get; init; }
}
