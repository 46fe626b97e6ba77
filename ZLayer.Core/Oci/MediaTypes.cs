namespace ZLayer.Core.Oci;

/// <summary>
/// The media types of the OCI image specification and their Docker counterparts, and what they say about content.
/// </summary>
internal static class MediaTypes
{
    /// <summary>OCI image manifest.</summary>
    public const string OciManifest = "application/vnd.oci.image.manifest.v1+json";
    /// <summary>OCI image index.</summary>
    public const string OciIndex = "application/vnd.oci.image.index.v1+json";
    /// <summary>OCI image config.</summary>
    public const string OciConfig = "application/vnd.oci.image.config.v1+json";
    /// <summary>OCI layer, not compressed.</summary>
    public const string OciLayer = "application/vnd.oci.image.layer.v1.tar";
    /// <summary>OCI layer, gzip.</summary>
    public const string OciLayerGzip = "application/vnd.oci.image.layer.v1.tar+gzip";
    /// <summary>OCI layer, zstd.</summary>
    public const string OciLayerZstd = "application/vnd.oci.image.layer.v1.tar+zstd";
    /// <summary>The empty JSON object, <c>{}</c> (OCI 1.1).</summary>
    public const string OciEmpty = "application/vnd.oci.empty.v1+json";

    /// <summary>Docker image manifest, schema 2.</summary>
    public const string DockerManifest = "application/vnd.docker.distribution.manifest.v2+json";
    /// <summary>Docker manifest list.</summary>
    public const string DockerManifestList = "application/vnd.docker.distribution.manifest.list.v2+json";
    /// <summary>Docker image config.</summary>
    public const string DockerConfig = "application/vnd.docker.container.image.v1+json";
    /// <summary>Docker layer, not compressed.</summary>
    public const string DockerLayer = "application/vnd.docker.image.rootfs.diff.tar";
    /// <summary>Docker layer, gzip.</summary>
    public const string DockerLayerGzip = "application/vnd.docker.image.rootfs.diff.tar.gzip";
    /// <summary>Docker layer, zstd.</summary>
    public const string DockerLayerZstd = "application/vnd.docker.image.rootfs.diff.tar.zstd";
    /// <summary>Docker foreign layer, gzip: not pushed to registries.</summary>
    public const string DockerForeignLayerGzip = "application/vnd.docker.image.rootfs.foreign.diff.tar.gzip";
    /// <summary>Docker foreign layer, not compressed.</summary>
    public const string DockerForeignLayer = "application/vnd.docker.image.rootfs.foreign.diff.tar";

    private const string OciForeignPrefix = "application/vnd.oci.image.layer.nondistributable.v1.tar";

    private static readonly (string Oci, string Docker)[] Pairs =
    [
        (OciManifest, DockerManifest),
        (OciIndex, DockerManifestList),
        (OciConfig, DockerConfig),
        (OciLayer, DockerLayer),
        (OciLayerGzip, DockerLayerGzip),
        (OciLayerZstd, DockerLayerZstd),
        (OciForeignPrefix, DockerForeignLayer),
        (OciForeignPrefix + "+gzip", DockerForeignLayerGzip),
    ];

    /// <summary>The manifest types that a registry client accepts, most wanted first.</summary>
    public static IReadOnlyList<string> Accepted { get; } = [OciIndex, DockerManifestList, OciManifest, DockerManifest];

    /// <summary>True for an image manifest, OCI or Docker.</summary>
    public static bool IsManifest(string? mediaType) => mediaType is OciManifest or DockerManifest;

    /// <summary>True for an image index or manifest list.</summary>
    public static bool IsIndex(string? mediaType) => mediaType is OciIndex or DockerManifestList;

    /// <summary>True for an image config, OCI or Docker.</summary>
    public static bool IsConfig(string? mediaType) => mediaType is OciConfig or DockerConfig;

    /// <summary>True for a file system layer of any compression.</summary>
    public static bool IsLayer(string? mediaType)
        => mediaType is not null
            && (mediaType.StartsWith("application/vnd.oci.image.layer.", StringComparison.Ordinal)
                || (mediaType.StartsWith("application/vnd.docker.image.rootfs.", StringComparison.Ordinal)
                    && mediaType.Contains("diff.tar", StringComparison.Ordinal)));

    /// <summary>True for a layer that registries may not redistribute (Windows base layers).</summary>
    public static bool IsForeign(string? mediaType)
        => mediaType is DockerForeignLayer or DockerForeignLayerGzip
            || mediaType?.StartsWith(OciForeignPrefix, StringComparison.Ordinal) == true;

    /// <summary>The OCI counterpart of a Docker type; any other type is returned as it is.</summary>
    public static string ToOci(string mediaType)
    {
        foreach (var (oci, docker) in Pairs)
        {
            if (docker == mediaType)
            {
                return oci;
            }
        }

        return mediaType;
    }

    /// <summary>The Docker counterpart of an OCI type; any other type is returned as it is.</summary>
    public static string ToDocker(string mediaType)
    {
        foreach (var (oci, docker) in Pairs)
        {
            if (oci == mediaType)
            {
                return docker;
            }
        }

        return mediaType;
    }
}
