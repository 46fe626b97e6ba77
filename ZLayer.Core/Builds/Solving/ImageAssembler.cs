using System.Collections.Immutable;
using ZLayer.Core.Errors;
using ZLayer.Core.Oci;
using ZLayer.Core.Storage;

namespace ZLayer.Core.Builds.Solving;

/// <summary>
/// Writes the documents of an image: config, manifest, and an index when there are several platforms. Each is serialised once.
/// </summary>
internal sealed class ImageAssembler(ContentStore content, BuildOptions options)
{
    /// <summary>Writes the config and manifest of a solved stage.</summary>
    /// <param name="state">The stage.</param>
    /// <param name="platform">The platform that was asked for; null where none was, which leaves that of the base.</param>
    /// <param name="blobOf">Finds the blob of a layer.</param>
    /// <returns>The descriptor of the manifest, with its platform, and the digest of the config.</returns>
    public AssembledImage Assemble(StageState state, Platform? platform, Func<Digest, Descriptor> blobOf)
    {
        state = platform is null ? state : state with { Image = For(platform, state.Image) };
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
        var index = OciJson.Serialize(
            new ImageIndex { MediaType = Type(MediaTypes.OciIndex), Manifests = [.. images.Select(i => i.Manifest)] });
        return new Descriptor { MediaType = Type(MediaTypes.OciIndex), Digest = content.Write(index), Size = index.Length };
    }

    // The last stage may stand on an image for another platform, such as FROM --platform=$BUILDPLATFORM: the image is for the one
    // that was asked for. What the base says beyond that stays where it is a base for that platform.
    private static ImageConfig For(Platform platform, ImageConfig image)
    {
        var isSame = image.Os == platform.Os && image.Architecture == platform.Architecture;
        var full = new Platform
        {
            Os = platform.Os,
            Architecture = platform.Architecture,
            Variant = isSame && string.IsNullOrEmpty(platform.Variant) ? image.Variant : platform.Variant,
            OsVersion = isSame && !string.IsNullOrEmpty(image.OsVersion) ? image.OsVersion : platform.OsVersion,
            OsFeatures = isSame && platform.OsFeatures is null ? image.OsFeatures : platform.OsFeatures,
        }.Normalize();
        return image with
        {
            Os = full.Os, Architecture = full.Architecture, Variant = full.Variant, OsVersion = full.OsVersion, OsFeatures = full.OsFeatures,
        };
    }

    // A Windows host runs images of its own build only, and chooses by this member.
    private string? ResolveOsVersion(ImageConfig image)
        => image.Os != "windows" ? image.OsVersion
            : options.OsVersion ?? (string.IsNullOrEmpty(image.OsVersion) ? null : image.OsVersion)
            ?? throw new ZLayerException(
                ZLayerErrorKind.OsVersionUnresolved, "The version of Windows that the image is for is not known: its base image does not say it.")
            {
                Advice = $"Give it with {DoorWords.Of("--os-version", "-OSVersion")}, such as 10.0.20348.2340, or build on a base image that has one.",
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
            Created = options.SourceDateEpoch ?? state.Created.ToUniversalTime(),
            RootFs = new RootFs { DiffIds = [.. state.DiffIds] },
            History = [.. state.History.Select((h, i) => h with { Created = CreatedOf(h, isOwn: i >= state.BaseHistoryCount) })],
        };
    }

    // As in BuildKit, SOURCE_DATE_EPOCH is the time of all that the build made, and what the base says of its own times stays.
    private DateTimeOffset? CreatedOf(HistoryEntry entry, bool isOwn)
        => isOwn && options.SourceDateEpoch is { } epoch ? epoch : entry.Created?.ToUniversalTime();

    private Descriptor Layer(StageLayer layer, Func<Digest, Descriptor> blobOf)
    {
        var blob = layer.BaseBlob ?? blobOf(layer.DiffId);
        if (blob.IsForeign)
        {
            return blob; // A foreign layer is the publisher's: its entry goes on as it came, whatever the format.
        }

        // An image gets no name while a part of it is missing.
        return content.GetSize(blob.Digest) is null
            ? throw Missing(blob)
            : blob with { MediaType = Type(MediaTypes.ToOci(blob.MediaType)) };
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
