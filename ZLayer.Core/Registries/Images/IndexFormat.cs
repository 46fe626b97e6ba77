using ZLayer.Core.Layers;
using ZLayer.Core.Oci;

namespace ZLayer.Core.Registries;

/// <summary>
/// What an index may hold in its format. OCI's holds manifests of both families; Docker's manifest list knows Docker's manifests, each with
/// a platform, and no annotations, so that OCI's manifests are converted for it. What would be lost is refused.
/// </summary>
internal static class IndexFormat
{
    /// <summary>The media type of an index in a format; null keeps the type that it has.</summary>
    public static string TypeOf(ImageFormat? format, string mediaType)
        => format switch
        {
            ImageFormat.Docker => MediaTypes.ToDocker(mediaType),
            ImageFormat.Oci => MediaTypes.ToOci(mediaType),
            _ => mediaType,
        };

    /// <summary>Refuses an index that the type cannot hold.</summary>
    public static void Check(ImageIndex index, string mediaType, ImageReference destination)
    {
        if (mediaType != MediaTypes.DockerManifestList)
        {
            return;
        }

        var reason = index.Annotations is { Count: > 0 } || index.Manifests.Any(e => e.Annotations is { Count: > 0 }) ? "it has annotations"
            : index.Subject is not null
                || index.ArtifactType is not null
                || index.Manifests.Any(e => e.ArtifactType is not null) ? "it has artifacts"
            : index.Manifests.Any(e => MediaTypes.IsIndex(e.MediaType)) ? "it holds another index"
            : index.Manifests.Any(e => e.Platform is null) ? "one of its images has no platform"
            : null;
        if (reason is not null)
        {
            throw PushFailure.Because(
                destination, $"a Docker manifest list cannot hold it: {reason}", "Push it in the OCI format, or take that out of the list.");
        }
    }

    /// <summary>Refuses an OCI manifest that has no counterpart among Docker's.</summary>
    public static void CheckConvertible(ImageManifest manifest, LayerCompression compression, ImageReference destination)
    {
        var reason = !MediaTypes.IsConfig(manifest.Config.MediaType) ? "an artifact is not a Docker image"
            : manifest.Annotations is { Count: > 0 }
                || manifest.Layers.Any(l => l.Annotations is { Count: > 0 }) ? "a Docker manifest has no annotations"
            : manifest.Subject is not null ? "a Docker manifest has no subject"
            : manifest.Layers.Any(
                l => l.MediaType == MediaTypes.OciLayerZstd || (l.MediaType == MediaTypes.OciLayer && compression == LayerCompression.Zstd))
                ? "a Docker manifest has no zstd layers"
            : manifest.Layers.Any(l => MediaTypes.ToDocker(l.MediaType) == l.MediaType && MediaTypes.ToOci(l.MediaType) == l.MediaType)
                ? "a layer has a type that Docker does not know"
            : null;
        if (reason is not null)
        {
            throw PushFailure.Because(
                destination, $"an OCI image of it cannot be written for Docker: {reason}", "Push it in the OCI format.");
        }
    }

    /// <summary>The manifest in Docker's types. The config keeps its bytes, so that the image keeps its id.</summary>
    public static ImageManifest ToDocker(ImageManifest manifest)
        => manifest with
        {
            MediaType = MediaTypes.DockerManifest,
            Config = manifest.Config with { MediaType = MediaTypes.DockerConfig },
            Layers = [.. manifest.Layers.Select(l => l with { MediaType = MediaTypes.ToDocker(l.MediaType) })],
        };
}
