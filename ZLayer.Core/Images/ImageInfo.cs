using ZLayer.Core.Oci;

namespace ZLayer.Core.Images;

/// <summary>An image of the store, as lists show it: one for each name, and one for each image without a name.</summary>
public record ImageInfo
{
    /// <summary>What repository and tag show where there is no name.</summary>
    public const string NoName = "<none>";

    /// <summary>The name; null for an image without one.</summary>
    public ImageReference? Reference { get; init; }

    /// <summary>
    /// The repository as people write it, <c>nginx</c>, <c>localhost:5000/team/app</c>; <see cref="NoName"/> without a name.
    /// </summary>
    public string Repository { get; init; } = NoName;

    /// <summary>The tag; <see cref="NoName"/> without one.</summary>
    public string Tag { get; init; } = NoName;

    /// <summary>The image id: the digest of the config of <see cref="Platform"/>.</summary>
    public required Digest Id { get; init; }

    /// <summary>The digest of the manifest or index that the name points to: what a registry knows the image by.</summary>
    public required Digest Digest { get; init; }

    /// <summary>
    /// The names by digest that registries gave it, as pulls and pushes got to know them: <c>localhost:5000/app@sha256:…</c>. Such a name
    /// can be pinned.
    /// </summary>
    public IReadOnlyList<string> RepoDigests { get; init => field = value.ToArray(); } = [];

    /// <summary>The platform shown: this machine's where the image has it.</summary>
    public required Platform Platform { get; init; }

    /// <summary>All platforms of the image that are in the store.</summary>
    public IReadOnlyList<Platform> Platforms { get; init => field = value.ToArray(); } = [];

    /// <summary>When the image was made, as its config says.</summary>
    public DateTimeOffset? Created { get; init; }

    /// <summary>
    /// The bytes of its blobs in the store: layers as they are stored, configs, manifests; all platforms, each blob once.
    /// </summary>
    public long Size { get; init; }

    /// <summary>The media type of what the name points to.</summary>
    public required string MediaType { get; init; }

    /// <summary>The labels of <see cref="Platform"/>.</summary>
    public IReadOnlyDictionary<string, string> Labels { get; init; } = new Dictionary<string, string>();

    /// <summary>The data root that holds the image; empty for an image of a runtime.</summary>
    public string Root { get; init; } = "";

    /// <summary>The runtime that holds the image; empty for an image of ZLayer's own store.</summary>
    public string Runtime { get; init; } = "";

    /// <summary>What lists show of one platform of an image.</summary>
    /// <param name="image">The platform.</param>
    /// <param name="reference">The name to show.</param>
    /// <param name="platforms">All platforms that there are.</param>
    /// <param name="size">The bytes of its blobs.</param>
    internal static ImageInfo Of(StoredImage image, ImageReference? reference, IReadOnlyList<Platform> platforms, long size)
        => new()
        {
            Reference = reference,
            Repository = reference?.FamiliarName ?? NoName,
            Tag = reference?.Tag ?? NoName,
            Id = image.ConfigDigest,
            Digest = image.Target.Digest,
            Platform = image.Platform,
            Platforms = platforms,
            Created = image.Config.Created,
            Size = size,
            MediaType = image.Target.MediaType,
            Labels = image.Config.Config?.Labels ?? new Dictionary<string, string>(),
        };

    /// <summary>The name as people write it; the image id without a name.</summary>
    public sealed override string ToString() => Reference?.ToFamiliarString() ?? Id.ToString();
}
