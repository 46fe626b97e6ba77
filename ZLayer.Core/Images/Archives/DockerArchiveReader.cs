using ZLayer.Core.Foundation.Text;
using ZLayer.Core.Oci;

namespace ZLayer.Core.Images.Archives;

/// <summary>
/// Reads what <c>docker save</c> of any age, podman and skopeo write: <c>manifest.json</c> with the paths of configs and layers. Such
/// archives have no manifests of images; one is made. The config keeps its bytes, and so the image its id.
/// </summary>
internal sealed class DockerArchiveReader(ArchiveIngest ingest)
{
    private readonly Dictionary<string, Descriptor> _read = new(StringComparer.Ordinal);
    private readonly Dictionary<(string File, Digest DiffId), Descriptor> _layers = [];

    /// <summary>Whether an archive is a docker archive.</summary>
    public static bool IsDockerArchive(IArchiveFiles files) => files.GetSize("manifest.json") is not null;

    /// <summary>The entries of <c>manifest.json</c>.</summary>
    public IReadOnlyList<DockerArchiveEntry> ReadEntries()
        => CheckedJson.Read(
            ingest.ReadDocument("manifest.json"),
            ArchiveJson.Documents.ListDockerArchiveEntry,
            (why, _) => ingest.Invalid($"its manifest.json is not valid: {why}"));

    /// <summary>Reads all images.</summary>
    public IReadOnlyList<ArchivedImage> Read()
    {
        var entries = ReadEntries();
        return entries.Count > 0 ? [.. entries.SelectMany(ReadImage)] : throw ingest.Invalid("it holds no images");
    }

    // Images share layers, and docker save of old links one file to the names of all: it is unpacked and verified once.
    private Descriptor CopyLayer(string path, Digest diffId)
    {
        var key = (ingest.Files.Identify(PathOf(path)), diffId);
        return _layers.TryGetValue(key, out var known) ? known : _layers[key] = ingest.CopyLayer(path, diffId);
    }

    private IEnumerable<ArchivedImage> ReadImage(DockerArchiveEntry entry)
    {
        var target = ReadContent(entry);
        var names = entry.RepoTags ?? [];
        return names.Count == 0
            ? [new ArchivedImage(null, target, null)]
            : names.Select(name => ArchivedImage.Named(name, target));
    }

    // What is no path is no file of any archive either.
    private string PathOf(string path)
        => path.Length > 0 && !path.Any(char.IsControl) ? path : throw ingest.Invalid("a path in its manifest.json is none");

    // Entries of one image under several names are read once.
    private Descriptor ReadContent(DockerArchiveEntry entry)
    {
        var key = string.Join('\n', [entry.Config ?? "", .. entry.Layers ?? []]);
        return _read.TryGetValue(key, out var known) ? known : _read[key] = ReadNewContent(entry);
    }

    private Descriptor ReadNewContent(DockerArchiveEntry entry)
    {
        var path = PathOf(entry.Config ?? throw ingest.Invalid("an image of its manifest.json has no config"));
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

        var blobs = layers.Zip(diffIds, CopyLayer).ToList();
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
