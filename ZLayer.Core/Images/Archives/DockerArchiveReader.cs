using System.Text.Json;
using ZLayer.Core.Oci;

namespace ZLayer.Core.Images.Archives;

/// <summary>
/// Reads what <c>docker save</c> of any age, podman and skopeo write: <c>manifest.json</c> with the paths of configs and layers. Such archives have
/// no manifests of images; one is made. The config keeps its bytes, and so the image its id.
/// </summary>
internal sealed class DockerArchiveReader(ArchiveIngest ingest)
{
    /// <summary>Whether an archive is a docker archive.</summary>
    public static bool IsDockerArchive(IArchiveFiles files) => files.GetSize("manifest.json") is not null;

    /// <summary>The entries of <c>manifest.json</c>.</summary>
    public IReadOnlyList<DockerArchiveEntry> ReadEntries()
    {
        try
        {
            return JsonSerializer.Deserialize(ingest.ReadDocument("manifest.json"), ArchiveJson.Documents.ListDockerArchiveEntry)
                ?? throw ingest.Invalid("its manifest.json is empty");
        }
        catch (JsonException e)
        {
            throw ingest.Invalid($"its manifest.json is not valid: {e.Message}");
        }
    }

    /// <summary>Reads all images.</summary>
    public IReadOnlyList<ArchivedImage> Read()
    {
        var entries = ReadEntries();
        return entries.Count > 0 ? [.. entries.SelectMany(ReadImage)] : throw ingest.Invalid("it holds no images");
    }

    private IEnumerable<ArchivedImage> ReadImage(DockerArchiveEntry entry)
    {
        var target = ReadContent(entry);
        var names = entry.RepoTags ?? [];
        return names.Count == 0
            ? [new ArchivedImage(null, target, null)]
            : names.Select(name => new ArchivedImage(ImageReference.TryParse(name, out var reference) ? reference : null, target, name));
    }

    private Descriptor ReadContent(DockerArchiveEntry entry)
    {
        var path = entry.Config ?? throw ingest.Invalid("an image of its manifest.json has no config");
        var bytes = ingest.ReadDocument(path);
        var digest = Digest.Of(bytes);
        var promised = Path.GetFileNameWithoutExtension(path);
        if (Digest.TryParse("sha256:" + promised, out var name) && name != digest)
        {
            throw ingest.Mismatch(path, $"its digest is {digest}");
        }

        var config = OciJson.ParseConfig(bytes, ingest.Files.Subject);
        var layers = entry.Layers ?? [];
        var diffIds = config.RootFs.DiffIds ?? [];
        if (layers.Count != diffIds.Count)
        {
            throw ingest.Invalid($"its manifest.json lists {layers.Count} layers of an image whose config names {diffIds.Count}");
        }

        var blobs = layers.Zip(diffIds, ingest.CopyLayer).ToList();
        ingest.Write(bytes, digest);
        var manifest = OciJson.Serialize(new ImageManifest
        {
            MediaType = MediaTypes.OciManifest,
            Config = new Descriptor { MediaType = MediaTypes.OciConfig, Digest = digest, Size = bytes.Length },
            Layers = blobs,
        });
        return new Descriptor { MediaType = MediaTypes.OciManifest, Digest = ingest.Write(manifest), Size = manifest.Length };
    }
}
