using ZLayer.Core.Builds.Planning;
using ZLayer.Core.Exporters;
using ZLayer.Core.Layers;
using ZLayer.Core.Oci;
using ZLayer.Core.Registries;

namespace ZLayer.Core.Builds;

/// <summary>Everything a build is told. Paths are absolute: front doors resolve them.</summary>
public sealed record BuildOptions
{
    /// <summary>The build context directory; null for a Dockerfile that needs none.</summary>
    public string? ContextDirectory { get; init; }

    /// <summary>
    /// The Dockerfile; null looks for <c>Dockerfile</c>, then <c>Containerfile</c>, then <c>ZImagefile</c> in the context, in any case.
    /// </summary>
    public string? DockerfilePath { get; init; }

    /// <summary>The text of a Dockerfile that is not a file; overrides <see cref="DockerfilePath"/>.</summary>
    public string? DockerfileText { get; init; }

    /// <summary>The names that the image gets.</summary>
    public IReadOnlyList<ImageReference> Tags { get; init => field = value.ToArray(); } = [];

    /// <summary>The stage to build, by name or index; null is the last.</summary>
    public string? Target { get; init; }

    /// <summary>Values of ARGs; a null value of a predefined proxy argument takes the caller's environment.</summary>
    public IReadOnlyDictionary<string, string> BuildArguments { get; init; } = new Dictionary<string, string>();

    /// <summary>Labels added to the image.</summary>
    public IReadOnlyDictionary<string, string> Labels { get; init; } = new Dictionary<string, string>();

    /// <summary>Secrets for <c>RUN --mount=type=secret</c>.</summary>
    public IReadOnlyList<BuildSecret> Secrets { get; init => field = value.ToArray(); } = [];

    /// <summary>Agents for <c>RUN --mount=type=ssh</c>.</summary>
    public IReadOnlyList<BuildSsh> Ssh { get; init => field = value.ToArray(); } = [];

    /// <summary>
    /// Named contexts: a directory, <c>docker-image://ref</c>, <c>oci-layout://path[:tag|@digest]</c>, <c>docker-archive://path</c>,
    /// a git or http(s) URL. They also replace images of that name in FROM and --from.
    /// </summary>
    public IReadOnlyDictionary<string, string> NamedContexts { get; init; } = new Dictionary<string, string>();

    /// <summary>The platforms to build for; empty is the host's. Several make an index.</summary>
    public IReadOnlyList<Platform> Platforms { get; init => field = value.ToArray(); } = [];

    /// <summary>
    /// The <c>os.version</c> of Windows images, <c>10.0.20348.2340</c>; null takes it from the base image. The version of a platform
    /// (<c>windows(10.0.20348)/amd64</c>) chooses among the base images of an index.
    /// </summary>
    public string? OsVersion { get; init; }

    /// <summary>True runs every step again.</summary>
    public bool NoCache { get; init; }

    /// <summary>When base images are looked up in their registry.</summary>
    public PullPolicy Pull { get; init; } = PullPolicy.Missing;

    /// <summary>The network of RUN steps.</summary>
    public BuildNetwork Network { get; init; }

    /// <summary>
    /// The privileges that RUN steps may have when they ask for them, of the Dockerfile and of triggers of base images alike; none by
    /// default. <see cref="BuildNetwork.Host"/> is consent to <see cref="BuildPrivilege.NetworkHost"/>.
    /// </summary>
    public IReadOnlyList<BuildEntitlement> Allow { get; init => field = value.ToArray(); } = [];

    /// <summary>Where the result goes besides the store.</summary>
    public IReadOnlyList<ExporterSpecification> Outputs { get; init => field = value.ToArray(); } = [];

    /// <summary>True pushes every tag after the build.</summary>
    public bool Push { get; init; }

    /// <summary>True merges the layers that the build made into one, above the base image.</summary>
    public bool Squash { get; init; }

    /// <summary>The media types of the image.</summary>
    public ImageFormat Format { get; init; }

    /// <summary>How layers are compressed when the image is pushed.</summary>
    public LayerCompression Compression { get; init; } = LayerCompression.Gzip;

    /// <summary>The compression level; null is the default of the compression.</summary>
    public int? CompressionLevel { get; init; }

    /// <summary>
    /// Cache mounts that every RUN gets, as the text of a <c>--mount</c> flag; a step's own mount of the same target wins. <c>from</c>
    /// names an image or a named context, no stage.
    /// </summary>
    public IReadOnlyList<string> DefaultCacheMounts { get; init => field = value.ToArray(); } = [];

    /// <summary>How often a RUN that failed is tried again, 3 seconds apart; 0 to 10.</summary>
    public int Retries { get; init; }

    /// <summary>The registry that short image names are looked up in before Docker Hub.</summary>
    public string? DefaultRegistry { get; init; }

    /// <summary>The OCI runtime for RUN (<c>crun</c>, <c>runc</c>, <c>youki</c> or a path); null is the first that works.</summary>
    public string? OciRuntime { get; init; }

    /// <summary>Times later than this are set to it, in layers, history and config, so that the result is reproducible.</summary>
    public DateTimeOffset? SourceDateEpoch { get; init; }

    /// <summary>The backend to build with; null is <c>native</c>.</summary>
    public string? Builder { get; init; }

    /// <summary>Entries for <c>/etc/hosts</c> of RUN steps: host and address.</summary>
    public IReadOnlyList<(string Host, string Address)> ExtraHosts { get; init => field = value.ToArray(); } = [];

    /// <summary>The size of <c>/dev/shm</c> of RUN steps in bytes; null is 64 MiB.</summary>
    public long? SharedMemorySize { get; init; }

    /// <summary>
    /// The build with what the caller's environment says of it, as BuildKit's client takes it: SOURCE_DATE_EPOCH, where no build argument
    /// has that name.
    /// </summary>
    /// <param name="environment">The environment.</param>
    public BuildOptions WithEnvironment(IReadOnlyDictionary<string, string> environment)
        => environment.TryGetValue(SourceDate.Name, out var date) && date.Length > 0 && !BuildArguments.ContainsKey(SourceDate.Name)
            ? this with { BuildArguments = new Dictionary<string, string>(BuildArguments, StringComparer.Ordinal)
            {
                [SourceDate.Name] = date,
            } }
            : this;

    /// <summary>The file that the build reads its Dockerfile from; null when it has none, or a text.</summary>
    public string? FindDockerfile()
        => DockerfileText is not null ? null : DockerfilePath ?? (ContextDirectory is { } context ? DockerfileSource.FindIn(context) : null);

    /// <summary>Reads and parses the Dockerfile that the build would.</summary>
    /// <exception cref="Errors.ZLayerException">
    /// PathNotFound when there is none; AccessDenied; InvalidArgument when it leads out of the context or is no regular file;
    /// DockerfileSyntaxError.
    /// </exception>
    public Dockerfiles.Dockerfile ReadDockerfile() => DockerfileSource.Read(this);
}
