using ZLayer.Core.Images.Documents;
using ZLayer.Core.Oci;
using ZLayer.Core.Storage;

namespace ZLayer.Core.Images.Archives;

/// <summary>
/// Reads an OCI image layout. Parts come before the whole: a manifest is stored after its layers, an index after its manifests.
/// </summary>
internal sealed class LayoutReader(ArchiveIngest ingest, ImageLoader loader, LayerStore layers, Platform? platform)
{
    private readonly HashSet<Digest> _read = [];
    private readonly Dictionary<Digest, Descriptor> _targets = [];
    private readonly HashSet<Digest> _artifacts = [];

    /// <summary>Whether an archive is an image layout.</summary>
    public static bool IsLayout(IArchiveFiles files) => files.GetSize("index.json") is not null && files.GetSize("oci-layout") is not null;

    /// <summary>Reads all images that the index names.</summary>
    public IReadOnlyList<ArchivedImage> Read()
    {
        var index = OciJson.ParseIndex(ingest.ReadDocument("index.json"), ingest.Files.Subject);
        var images = new List<ArchivedImage>();
        foreach (var entry in index.Manifests)
        {
            if (MediaTypes.IsIndex(entry.MediaType) || MediaTypes.IsManifest(entry.MediaType))
            {
                var image = ReadEntry(entry);
                if (!_artifacts.Contains(entry.Digest))
                {
                    images.Add(image);
                }
            }
        }

        return images.Count > 0
            ? images
            : throw ingest.Invalid(_artifacts.Count > 0 ? "it holds artifacts, not images" : "it holds no images");
    }

    private ArchivedImage ReadEntry(Descriptor entry)
    {
        if (!TryRead(entry, depth: 0))
        {
            throw ingest.Invalid($"the manifest {entry.Digest} is not in it");
        }

        if (!_targets.TryGetValue(entry.Digest, out var target))
        {
            target = _targets[entry.Digest] = ChoosePlatform(
                new Descriptor { MediaType = entry.MediaType, Digest = entry.Digest, Size = entry.Size });
        }

        return NameOf(entry, target);
    }

    // The full name of containerd, or what other tools put beside it: a whole reference or only a tag.
    private static ArchivedImage NameOf(Descriptor entry, Descriptor target)
    {
        var full = entry.Annotations?.GetValueOrDefault(LayoutIndex.ImageName);
        var name = full ?? entry.Annotations?.GetValueOrDefault(LayoutIndex.RefName);
        var isWhole = full is not null || name?.AsSpan().ContainsAny('/', ':') == true;
        return isWhole ? ArchivedImage.Named(name!, target) : new ArchivedImage(null, target, name);
    }

    private Descriptor ChoosePlatform(Descriptor target)
    {
        if (platform is null)
        {
            return target;
        }

        var chosen = PlatformSelection.Choose(loader.PresentImages(target, ingest.Files.Subject), platform, ingest.Files.Subject);
        return new Descriptor { MediaType = chosen.MediaType, Digest = chosen.Digest, Size = chosen.Size };
    }

    // An index may name platforms that the archive does not hold; false says that this is such a one.
    private bool TryRead(Descriptor descriptor, int depth)
    {
        var path = ArchiveContent.PathOf(descriptor.Digest);
        if (ingest.Files.GetSize(path) is null)
        {
            return false;
        }

        if (!_read.Add(descriptor.Digest))
        {
            return true; // Named more than once.
        }

        DocumentWalk.CheckDepth(depth, ingest.Files.Subject);
        var bytes = ingest.ReadDocument(path, descriptor);
        if (MediaTypes.IsIndex(descriptor.MediaType))
        {
            ReadIndex(bytes, depth);
        }
        else if (MediaTypes.IsManifest(descriptor.MediaType))
        {
            ReadManifest(bytes, descriptor.Digest);
        }

        ingest.Write(bytes, descriptor.Digest);
        return true;
    }

    private void ReadIndex(byte[] bytes, int depth)
    {
        var index = OciJson.ParseIndex(bytes, ingest.Files.Subject);
        var found = 0;
        foreach (var entry in index.Manifests)
        {
            found += TryRead(entry, depth + 1) ? 1 : 0;
        }

        if (found == 0 && index.Manifests.Count > 0)
        {
            throw ingest.Invalid("it holds none of the platforms of an image");
        }
    }

    private void ReadManifest(byte[] bytes, Digest digest)
    {
        var subject = ingest.Files.Subject;
        var manifest = OciJson.ParseManifest(bytes, subject);
        if (!MediaTypes.IsConfig(manifest.Config.MediaType))
        {
            _artifacts.Add(digest);
        }

        var config = ingest.ReadDocument(ArchiveContent.PathOf(manifest.Config.Digest), manifest.Config);
        var diffIds = DiffIdsOf(manifest, config);
        for (var i = 0; i < manifest.Layers.Count; i++)
        {
            var layer = manifest.Layers[i];
            var path = ArchiveContent.PathOf(layer.Digest);
            if (layer.IsForeign && ingest.Files.GetSize(path) is null)
            {
                continue;
            }

            ingest.Copy(layer, path);
            if (diffIds is not null)
            {
                layers.AddBlob(diffIds[i], layer);
            }
        }

        ingest.Write(config, manifest.Config.Digest);
    }

    private IReadOnlyList<Digest>? DiffIdsOf(ImageManifest manifest, byte[] config)
    {
        if (!MediaTypes.IsConfig(manifest.Config.MediaType) || !manifest.Layers.All(layer => MediaTypes.IsLayer(layer.MediaType)))
        {
            return null; // An artifact or attestation.
        }

        var diffIds = OciJson.ParseConfig(config, ingest.Files.Subject).RootFs.DiffIds;
        if (diffIds.Count != manifest.Layers.Count)
        {
            throw ingest.Invalid($"the manifest of an image has {manifest.Layers.Count} layers, its config names {diffIds.Count}");
        }

        for (var i = 0; i < diffIds.Count; i++)
        {
            var layer = manifest.Layers[i];
            if (MediaTypes.ToOci(layer.MediaType) == MediaTypes.OciLayer
                && layer.Digest != diffIds[i]
                && layer.Digest.Algorithm == diffIds[i].Algorithm)
            {
                throw ingest.Mismatch(ArchiveContent.PathOf(layer.Digest), $"the config names the layer {diffIds[i]}");
            }
        }

        return diffIds;
    }
}
