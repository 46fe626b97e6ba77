using System.Globalization;
using System.Text.Json;
using ZLayer.Core.Oci;
using ZLayer.Core.Storage;

namespace ZLayer.Core.Images.Archives;

/// <summary>Makes the documents at the top of an archive.</summary>
internal static class LayoutIndex
{
    /// <summary>The full name, as containerd and Docker read it.</summary>
    public const string ImageName = "io.containerd.image.name";

    /// <summary>The tag, or with other tools any text (OCI image specification, annotations).</summary>
    public const string RefName = "org.opencontainers.image.ref.name";

    private const string CreatedTime = "org.opencontainers.image.created";

    /// <summary>The content of <c>oci-layout</c>.</summary>
    public static byte[] LayoutFile { get; } = "{\"imageLayoutVersion\":\"1.0.0\"}"u8.ToArray();

    /// <summary>The entries of an image in <c>index.json</c>: one for each name, one without a name for an image that has none.</summary>
    public static IEnumerable<Descriptor> Entries(Descriptor target, IReadOnlyList<ImageReference> names, DateTimeOffset? created)
        => (names.Count == 0 ? [null] : (IEnumerable<ImageReference?>)names).Select(
            name => target with { Annotations = Annotations(name, created) });

    /// <summary><c>index.json</c>.</summary>
    public static byte[] Index(IReadOnlyList<Descriptor> entries)
        => OciJson.Serialize(new ImageIndex { MediaType = MediaTypes.OciIndex, Manifests = entries });

    /// <summary><c>manifest.json</c> of a docker archive.</summary>
    public static byte[] DockerManifest(
        ContentStore content, ArchiveContent archive, IEnumerable<(Descriptor Target, IReadOnlyList<ImageReference> Names)> images)
    {
        var documents = archive.Blobs.Where(blob => blob.Document is not null).ToDictionary(blob => blob.Digest, blob => blob.Document!);
        var entries = new List<DockerArchiveEntry>();
        foreach (var (target, names) in images)
        {
            var manifest = OciJson.ParseManifest(
                documents.GetValueOrDefault(target.Digest) ?? content.ReadDocument(target.Digest, "docker archive"), "docker archive");
            entries.Add(new DockerArchiveEntry
            {
                Config = ArchiveContent.PathOf(manifest.Config.Digest),
                RepoTags = [.. names.Where(name => name.Tag is not null).Select(name => $"{name.FamiliarName}:{name.Tag}")],
                Layers = [.. manifest.Layers.Select(layer => ArchiveContent.PathOf(layer.Digest))],
            });
        }

        return JsonSerializer.SerializeToUtf8Bytes(entries, ArchiveJson.Documents.ListDockerArchiveEntry);
    }

    private static SortedDictionary<string, string>? Annotations(ImageReference? name, DateTimeOffset? created)
    {
        var annotations = new SortedDictionary<string, string>(StringComparer.Ordinal);
        if (name is not null)
        {
            annotations[ImageName] = name.ToString();
            annotations[RefName] = name.Tag ?? name.Digest.ToString()!;
        }

        if (created is { } time)
        {
            annotations[CreatedTime] = time.ToUniversalTime().ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);
        }

        return annotations.Count > 0 ? annotations : null;
    }
}
