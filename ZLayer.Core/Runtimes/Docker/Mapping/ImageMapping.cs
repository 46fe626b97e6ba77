using ZLayer.Core.Images;
using ZLayer.Core.Oci;
using ZLayer.Core.Runtimes.Docker.Documents;

namespace ZLayer.Core.Runtimes.Docker.Mapping;

/// <summary>What an engine tells of images, as records.</summary>
internal static class ImageMapping
{
    private const string Nothing = "<none>";

    /// <summary>The images of a list: one for each name and one for each image without a name; none for an image without an id.</summary>
    /// <param name="summary">The image in the list.</param>
    /// <param name="platform">Its platform, which lists do not have.</param>
    /// <param name="runtime">The runtime.</param>
    public static IEnumerable<ImageInfo> Infos(ImageSummaryDocument summary, Platform platform, string runtime)
    {
        if (!TryId(summary.Id, out var id))
        {
            return [];
        }

        var info = new ImageInfo
        {
            Id = id,
            Digest = id,
            Platform = platform,
            Platforms = [platform],
            Created = ContainerMapping.Time(summary.Created),
            Size = summary.Size,
            MediaType = summary.Descriptor?.MediaType ?? MediaTypes.DockerManifest,
            Labels = summary.Labels ?? new Dictionary<string, string>(),
            RepoDigests = Names(summary.RepoDigests),
            Runtime = runtime,
        };
        var digests = References(summary.RepoDigests);
        var names = References(summary.RepoTags);
        // An image that was pulled by digest has that name alone.
        names = names.Count > 0 ? names : digests;
        return names.Count == 0 ? [info] : names.Select(name => Named(info, name, digests));
    }

    /// <summary>Everything about an image; null when its id or the digest of a layer is none.</summary>
    public static ImageInspection? Inspection(ImageDocument document, string raw, string runtime)
    {
        var layers = (document.RootFS?.Layers ?? []).Select(layer => Digest.TryParse(layer, out var digest) ? digest : default).ToList();
        if (!TryId(document.Id, out var id) || layers.Any(layer => layer.IsEmpty))
        {
            return null;
        }

        var platform = Platform(document);
        var digests = References(document.RepoDigests);
        var names = References(document.RepoTags);
        var inspection = new ImageInspection
        {
            Id = id,
            Digest = digests.FirstOrDefault()?.Digest ?? id,
            Platform = platform,
            Platforms = [platform],
            Created = ContainerMapping.Time(document.Created),
            Size = document.Size,
            MediaType = document.Descriptor?.MediaType ?? MediaTypes.DockerManifest,
            Labels = document.Config?.Labels ?? new Dictionary<string, string>(),
            Runtime = runtime,
            RepoTags = Names(document.RepoTags),
            RepoDigests = Names(document.RepoDigests),
            Parent = OrNull(document.Parent),
            Comment = OrNull(document.Comment),
            Author = OrNull(document.Author),
            Container = OrNull(document.Container),
            DockerVersion = OrNull(document.DockerVersion),
            Layers = layers,
            Config = document.Config ?? new ContainerDefaults(),
            Raw = raw,
        };
        return (ImageInspection)((names.Count > 0 ? names : digests) is [var name, ..] ? Named(inspection, name, digests) : inspection);
    }

    public static IReadOnlyList<ImageHistoryEntry> History(IReadOnlyList<ImageHistoryDocument> steps)
        => [.. steps.Select(step => new ImageHistoryEntry
        {
            Id = Digest.TryParse(step.Id, out var id) ? id : null,
            Created = ContainerMapping.Time(step.Created),
            CreatedBy = step.CreatedBy ?? "",
            Size = step.Size,
            Comment = OrNull(step.Comment),
            // The engine tells sizes alone: a layer without files counts as none.
            EmptyLayer = step.Size == 0,
            Tags = Names(step.Tags),
        })];

    public static Platform Platform(ImageDocument document)
        => new Platform
        {
            Os = OrNull(document.Os) ?? Core.Oci.Platform.Host.Os,
            Architecture = OrNull(document.Architecture) ?? Core.Oci.Platform.Host.Architecture,
            Variant = OrNull(document.Variant),
            OsVersion = OrNull(document.OsVersion),
        }.Normalize();

    /// <summary>The id of an image; false when it is none. Podman's lists have ids without the algorithm.</summary>
    public static bool TryId(string id, out Digest digest)
        => Digest.TryParse(id, out digest) || Digest.TryParse("sha256:" + id, out digest);

    /// <summary>The digests by which registries know an image under a name.</summary>
    public static IEnumerable<Digest> DigestsOf(ImageDocument document, ImageReference name)
        => References(document.RepoDigests).Where(digest => digest.Name == name.Name).Select(digest => digest.Digest!.Value);

    private static ImageInfo Named(ImageInfo info, ImageReference name, IEnumerable<ImageReference> digests) => info with
    {
        Reference = name,
        Repository = name.FamiliarName,
        Tag = name.Tag ?? ImageInfo.NoName,
        Digest = digests.FirstOrDefault(digest => digest.Name == name.Name)?.Digest ?? info.Digest,
    };

    private static List<ImageReference> References(IReadOnlyList<string>? names)
        => [.. (names ?? []).Where(IsName)
            .Select(name => ImageReference.TryParse(name, out var reference) ? reference : null)
            .OfType<ImageReference>()];

    /// <summary>A name as it is usually written: Podman names Docker Hub in full.</summary>
    public static string Familiar(string name) => ImageReference.TryParse(name, out var reference) ? reference.ToFamiliarString() : name;

    /// <summary>The id of something that was deleted, as <see cref="Digest"/> writes it: Podman leaves the algorithm out.</summary>
    public static string DeletedId(string id) => Digest.TryParse("sha256:" + id, out var digest) ? digest.ToString() : id;

    // What no reference can be is nobody's name for the image.
    private static IReadOnlyList<string> Names(IReadOnlyList<string>? names)
        => [.. References(names).Select(name => name.ToFamiliarString())];

    private static bool IsName(string name) => !name.Contains(Nothing, StringComparison.Ordinal);

    private static string? OrNull(string? text) => string.IsNullOrEmpty(text) ? null : text;
}
