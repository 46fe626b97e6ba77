using ZLayer.Core.Errors;
using ZLayer.Core.Layers;
using ZLayer.Core.Oci;
using ZLayer.Core.Storage;

namespace ZLayer.Core.Images.Archives;

/// <summary>
/// Walks through an image, converts its layers and media types as the options say, and collects the blobs that an archive needs. What needs
/// no conversion keeps its bytes and so its digest.
/// </summary>
internal sealed class ImageConversion(ContentStore content, LayerStore layers, ArchiveOptions options, ArchiveContent archive)
{
    private const string AttestationSubject = "vnd.docker.reference.digest";

    private readonly Dictionary<Digest, Descriptor> _added = [];

    /// <summary>Adds an image.</summary>
    /// <returns>The descriptor of what was added: a manifest, or an index of all platforms that are in the store.</returns>
    public Descriptor Add(Descriptor target, string subject, CancellationToken cancellationToken)
    {
        // An index may name another a thousand times, and that one a third: each is added once.
        if (!_added.TryGetValue(target.Digest, out var added))
        {
            _added[target.Digest] = added = MediaTypes.IsIndex(target.MediaType)
                ? AddIndex(target, subject, cancellationToken)
                : AddManifest(target, subject, cancellationToken);
        }

        return added;
    }

    private Descriptor AddIndex(Descriptor target, string subject, CancellationToken cancellationToken)
    {
        var bytes = content.ReadDocument(target.Digest, subject);
        var index = OciJson.ParseIndex(bytes, subject);
        var present = index.Manifests.Where(entry => content.Contains(entry.Digest)).ToList();
        if (present.Count == 0)
        {
            throw Missing(subject);
        }

        var added = new List<Descriptor>();
        foreach (var entry in present)
        {
            var made = Add(entry, subject, cancellationToken);
            added.Add(entry with { MediaType = made.MediaType, Digest = made.Digest, Size = made.Size });
        }

        var type = TypeOf(index.MediaType ?? target.MediaType);
        if (present.Count == index.Manifests.Count && added.SequenceEqual(present) && type == (index.MediaType ?? target.MediaType))
        {
            return Document(bytes, type);
        }

        var changed = present.Zip(added)
            .Where(pair => pair.First.Digest != pair.Second.Digest)
            .Select(pair => pair.First.Digest)
            .ToHashSet();
        return Document(
            OciJson.Serialize(
                index with { MediaType = index.MediaType is null
                    ? null
                    : type, Manifests = [.. added.Where(e => !Describes(e, changed))] }),
            type);
    }

    // An attestation says something about a manifest by its digest; it does not hold for the converted one.
    private static bool Describes(Descriptor entry, HashSet<Digest> changed)
        => entry.Annotations?.GetValueOrDefault(AttestationSubject) is { } text
            && Digest.TryParse(text, out var digest)
            && changed.Contains(digest);

    private Descriptor AddManifest(Descriptor target, string subject, CancellationToken cancellationToken)
    {
        var bytes = content.ReadDocument(target.Digest, subject);
        var manifest = OciJson.ParseManifest(bytes, subject);
        var diffIds = DiffIdsOf(manifest, subject);
        var converted = manifest with
        {
            MediaType = manifest.MediaType is null ? null : TypeOf(manifest.MediaType),
            Config = manifest.Config with { MediaType = TypeOf(manifest.Config.MediaType) },
            Layers = [.. manifest.Layers.Select((layer, i) => Convert(layer, diffIds?[i], cancellationToken))],
        };
        var present = diffIds is null ? 0 : CountPresent(diffIds);
        foreach (var layer in converted.Layers.Skip(present).Where(layer => !layer.IsForeign || content.Contains(layer.Digest)))
        {
            RequireBlob(layer, subject);
            archive.AddBlob(layer);
        }

        archive.AddDocument(content.ReadDocument(manifest.Config.Digest, subject), manifest.Config.Digest);
        var isSame = converted.MediaType == manifest.MediaType
            && converted.Config == manifest.Config
            && converted.Layers.SequenceEqual(manifest.Layers);
        return Document(isSame ? bytes : OciJson.Serialize(converted), TypeOf(manifest.MediaType ?? target.MediaType));
    }

    private int CountPresent(IReadOnlyList<Digest> diffIds)
        => options.PresentLayers.Select(stack => stack.Zip(diffIds).TakeWhile(pair => pair.First == pair.Second).Count())
            .DefaultIfEmpty(0)
            .Max();

    private IReadOnlyList<Digest>? DiffIdsOf(ImageManifest manifest, string subject)
    {
        if (!MediaTypes.IsConfig(manifest.Config.MediaType))
        {
            return null;
        }

        var diffIds = OciJson.ParseConfig(content.ReadDocument(manifest.Config.Digest, subject), subject).RootFs.DiffIds;
        return diffIds.Count == manifest.Layers.Count ? diffIds : null;
    }

    private Descriptor Convert(Descriptor layer, Digest? diffId, CancellationToken cancellationToken)
    {
        var current = CompressionOf(layer.MediaType);
        var isWanted = options.Compression is { } wanted
            && wanted != current
            && (current == LayerCompression.None || options.ForceCompression);
        if (layer.IsForeign)
        {
            return layer;
        }

        if (!isWanted || current is null || diffId is not { } id)
        {
            return layer with { MediaType = TypeOf(layer.MediaType) };
        }

        layers.AddBlob(id, layer);
        var made = layers.EnsureBlob(id, options.Compression!.Value, options.Level, cancellationToken);
        var isDocker = options.DockerMediaTypes ?? layer.MediaType != MediaTypes.ToOci(layer.MediaType);
        return layer with { MediaType = isDocker
            ? MediaTypes.ToDocker(made.MediaType)
            : made.MediaType, Digest = made.Digest, Size = made.Size };
    }

    private static LayerCompression? CompressionOf(string mediaType)
        => MediaTypes.ToOci(mediaType) switch
        {
            MediaTypes.OciLayer => LayerCompression.None,
            MediaTypes.OciLayerGzip => LayerCompression.Gzip,
            MediaTypes.OciLayerZstd => LayerCompression.Zstd,
            _ => null,
        };

    private string TypeOf(string mediaType)
        => options.DockerMediaTypes switch
        {
            true => MediaTypes.ToDocker(mediaType),
            false => MediaTypes.ToOci(mediaType),
            null => mediaType,
        };

    private Descriptor Document(byte[] bytes, string mediaType)
    {
        var digest = Digest.Of(bytes);
        archive.AddDocument(bytes, digest);
        return new Descriptor { MediaType = mediaType, Digest = digest, Size = bytes.Length };
    }

    private void RequireBlob(Descriptor layer, string subject)
    {
        if (!content.Contains(layer.Digest))
        {
            throw Missing(subject);
        }
    }

    private static ZLayerException Missing(string subject)
        => new(ZLayerErrorKind.StorageReadFailed, $"Cannot write {subject}: a part of it is not in the store.")
        {
            Subject = subject,
            Advice = "Pull, load or build it again.",
        };
}
