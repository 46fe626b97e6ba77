using System.Collections.Immutable;
using ZLayer.Core.Errors;
using ZLayer.Core.Oci;
using ZLayer.Core.Storage;

namespace ZLayer.Core.Builds.Solving;

/// <summary>Writes the documents of an image: config, manifest, and an index when there are several platforms. Each is serialised once.</summary>
internal sealed class ImageAssembler(ContentStore content, BuildOptions options)
{
    /// <summary>Writes the config and manifest of a solved stage.</summary>
    /// <returns>The descriptor of the manifest, with its platform, and the digest of the config.</returns>
    public AssembledImage Assemble(StageState state, Func<Digest, Descriptor> blobOf)
    {
        state = state with { Image = state.Image with { OsVersion = ResolveOsVersion(state.Image) } };
        var config = Limit(OciJson.Serialize(Finish(state)), "config");
        var configDigest = content.Write(config);
        var document = new ImageManifest
        {
            MediaType = Type(MediaTypes.OciManifest),
            Config = new Descriptor { MediaType = Type(MediaTypes.OciConfig), Digest = configDigest, Size = config.Length },
            Layers = [.. state.Layers.Select(l => Layer(l, blobOf))],
        };
        var manifest = Limit(OciJson.Serialize(document), "manifest");
        var descriptor = new Descriptor
        {
            MediaType = Type(MediaTypes.OciManifest),
            Digest = content.Write(manifest),
            Size = manifest.Length,
            Platform = state.Image.Platform,
        };
        return new AssembledImage(descriptor, configDigest);
    }

    /// <summary>Writes an index of several platforms.</summary>
    public Descriptor AssembleIndex(IReadOnlyList<AssembledImage> images)
    {
        var index = OciJson.Serialize(new ImageIndex { MediaType = Type(MediaTypes.OciIndex), Manifests = [.. images.Select(i => i.Manifest)] });
        return new Descriptor { MediaType = Type(MediaTypes.OciIndex), Digest = content.Write(index), Size = index.Length };
    }

    // A Windows host runs images of its own build only, and chooses by this member.
    private string? ResolveOsVersion(ImageConfig image)
        => image.Os != "windows" ? image.OsVersion
            : options.OsVersion ?? (string.IsNullOrEmpty(image.OsVersion) ? null : image.OsVersion)
            ?? throw new ZLayerException(ZLayerErrorKind.OsVersionUnresolved, "The version of Windows that the image is for is not known: its base image does not say it.")
            {
                Advice = "Give it with --os-version or -OSVersion, such as 10.0.20348.2340, or build on a base image that has one.",
            };

    // What nobody reads back, this store included, is not written.
    private static byte[] Limit(byte[] document, string kind)
        => document.Length <= OciJson.MaximumDocumentSize
            ? document
            : throw new ZLayerException(
                ZLayerErrorKind.InvalidManifest, $"The {kind} of the image would have {document.Length} bytes; at most {OciJson.MaximumDocumentSize} are read.")
            {
                Advice = "Shorten its labels, environment and history; put large values into files.",
            };

    private ImageConfig Finish(StageState state)
    {
        var config = state.Config;
        if (options.Labels.Count > 0)
        {
            var labels = new SortedDictionary<string, string>(StringComparer.Ordinal);
            foreach (var (key, value) in (config.Labels ?? ImmutableDictionary<string, string>.Empty).Concat(options.Labels))
            {
                labels[key] = value;
            }

            config = config with { Labels = labels };
        }

        return state.Image with
        {
            Config = config,
            Created = Clamp(state.Created),
            RootFs = new RootFs { DiffIds = [.. state.DiffIds] },
            History = [.. state.History.Select((h, i) => h with { Created = h.Created is { } c ? Clamp(c) : null })],
        };
    }

    private DateTimeOffset Clamp(DateTimeOffset time)
        => options.SourceDateEpoch is { } epoch && time > epoch ? epoch : time.ToUniversalTime();

    private Descriptor Layer(StageLayer layer, Func<Digest, Descriptor> blobOf)
    {
        var blob = layer.BaseBlob ?? blobOf(layer.DiffId);
        if (blob.IsForeign)
        {
            return blob; // A foreign layer is the publisher's: its entry goes on as it came, whatever the format.
        }

        // An image gets no name while a part of it is missing.
        return content.GetSize(blob.Digest) is null ? throw Missing(blob) : blob with { MediaType = Type(MediaTypes.ToOci(blob.MediaType)) };
    }

    private static ZLayerException Missing(Descriptor blob)
        => new(ZLayerErrorKind.StorageReadFailed, $"Layer {blob.Digest} of the image is not in the store any more.")
        {
            Subject = blob.Digest.ToString(),
            Advice = "Something outside of ZLayer removed it during the build. Pull the base image and build again.",
        };

    private string Type(string oci) => options.Format == ImageFormat.Docker ? MediaTypes.ToDocker(oci) : oci;
}

/// <summary>The documents of one platform.</summary>
/// <param name="Manifest">The manifest, with its platform.</param>
/// <param name="ConfigDigest">The config: the image id.</param>
internal sealed record AssembledImage(Descriptor Manifest, Digest ConfigDigest);
