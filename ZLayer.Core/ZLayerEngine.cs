using Microsoft.Extensions.Logging;
using ZLayer.Core.Builds;
using ZLayer.Core.Builds.Events;
using ZLayer.Core.Builds.Run;
using ZLayer.Core.Builds.Solving;
using ZLayer.Core.Errors;
using ZLayer.Core.Exporters;
using ZLayer.Core.Images;
using ZLayer.Core.Oci;
using ZLayer.Core.Registries;
using ZLayer.Core.Registries.Copying;
using ZLayer.Core.Registries.Manifests;
using ZLayer.Core.Runtimes;
using ZLayer.Core.Storage;

namespace ZLayer.Core;

/// <summary>
/// One engine over one data root: the store, registries and builders. Making it touches nothing; the first use creates the data root.
/// Safe for concurrent use, and several engines of several processes may share a root.
/// </summary>
public sealed partial class ZLayerEngine : IAsyncDisposable
{
    private readonly ZLayerEngineOptions _options;
    private readonly ILogger _log;
    private readonly DockerConfigCredentials? _dockerConfig;
    private readonly LeaseStore _leases;
    private readonly BlobOrigins _origins;
    private readonly Lazy<RegistryClient> _client;
    private readonly Lazy<HttpClient> _http;
    private readonly Lazy<ImagePuller> _puller;
    private readonly Lazy<ImagePusher> _pusher;
    private readonly Lazy<ImageCopier> _copier;
    private readonly Lazy<NativeBackend> _native;
    private readonly Lazy<RuntimeSet> _runtimes;
    private readonly Lazy<RegistryOptions> _registryOptions;

    /// <summary>Makes an engine.</summary>
    public ZLayerEngine(ZLayerEngineOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        _options = options;
        _log = options.LoggerFactory.CreateLogger("ZLayer");
        Layout = new StoreLayout(options.Root) { Clock = options.Clock };
        Content = new ContentStore(Layout, _log);
        References = new ReferenceStore(Layout);
        Layers = new LayerStore(Layout, Content);
        _leases = new LeaseStore(Layout);
        _origins = new BlobOrigins(Layout);
        Images = new ImageCatalog(Layout, Content, References, Layers, _log);
        _dockerConfig = options.DockerConfigDirectory is { } directory
            ? new DockerConfigCredentials(Path.Combine(directory, "config.json"))
            : null;
        // Only what talks to registries reads, and stumbles over, their configuration.
        _registryOptions = new Lazy<RegistryOptions>(() => RegistrySettings.From(options));
        _client = new Lazy<RegistryClient>(() => new RegistryClient(_registryOptions.Value, CredentialSources(), _log));
        _http = new Lazy<HttpClient>(() => RegistrySettings.CreateHttpClient(_registryOptions.Value));
        _puller = new Lazy<ImagePuller>(
            () => new ImagePuller(_client.Value, _registryOptions.Value, Parts, _origins, _log));
        _pusher = new Lazy<ImagePusher>(() => CreatePusher(_client.Value));
        _copier = new Lazy<ImageCopier>(() => new ImageCopier(_client.Value, _registryOptions.Value));
        Manifests = new ManifestLists(Layout, Parts, Images, () => _client.Value, () => _pusher.Value);
        _native = new Lazy<NativeBackend>(CreateNative);
        _runtimes = new Lazy<RuntimeSet>(CreateRuntimes);
    }

    /// <summary>The paths of the data root.</summary>
    internal StoreLayout Layout { get; }

    /// <summary>
    /// True when the data root, which this engine has seen or made, is gone: somebody deleted it. Only a new engine makes its directories.
    /// </summary>
    public bool HasLostRoot => Layout.IsCreated && !Directory.Exists(Layout.Root);

    /// <summary>Blobs by digest.</summary>
    internal ContentStore Content { get; }

    /// <summary>Names of images.</summary>
    internal ReferenceStore References { get; }

    /// <summary>Layers by DiffID.</summary>
    internal LayerStore Layers { get; }

    /// <summary>The images of the store: list, inspect, history, tag, remove.</summary>
    public ImageCatalog Images { get; }

    /// <summary>Manifest lists: made, changed, looked at and pushed.</summary>
    public ManifestLists Manifests { get; }

    /// <summary>Logins that live as long as this engine.</summary>
    public SessionCredentials Credentials { get; } = new();

    /// <summary>The build backends, the default first.</summary>
    public IReadOnlyList<IBuildBackend> Builders => [_native.Value];

    /// <summary>A backend by name; null is the default.</summary>
    /// <exception cref="ZLayerException">BuilderUnavailable when there is none of that name.</exception>
    public IBuildBackend GetBuilder(string? name = null)
        => Builders.FirstOrDefault(b => name is null || string.Equals(b.Name, name, StringComparison.OrdinalIgnoreCase))
            ?? throw new ZLayerException(ZLayerErrorKind.BuilderUnavailable, $"There is no builder '{name}'.")
            {
                Subject = name,
                Advice = "The builders are: " + string.Join(", ", Builders.Select(b => b.Name)) + ".",
            };

    /// <summary>Builds an image; see <see cref="IBuildBackend.BuildAsync"/>.</summary>
    public async Task<BuildResult> BuildAsync(
        BuildOptions options, IProgress<BuildEvent>? events = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(options);
        var result = await GetBuilder(options.Builder)
            .BuildAsync(
                options with { OciRuntime = options.OciRuntime ?? _options.OciRuntime }, events, cancellationToken).ConfigureAwait(false);
        return result with { Root = Layout.Root };
    }

    /// <summary>
    /// Refuses an output that no build could have: an unknown type, attributes that it does not have, a runtime that is not there. Writes
    /// nothing.
    /// </summary>
    /// <param name="output">The output.</param>
    /// <exception cref="ZLayerException">InvalidArgument, RuntimeNotFound.</exception>
    public void CheckOutput(ExporterSpecification output)
    {
        ArgumentNullException.ThrowIfNull(output);
        _ = CreateExporters(new ImagePublisher(() => _pusher.Value)).Resolve([output]);
    }

    /// <summary>Brings an image into the store.</summary>
    /// <exception cref="ZLayerException">ImageNotFound, PlatformNotAvailable, and what registries throw.</exception>
    public async Task<ImageInfo> PullAsync(
        ImageReference reference, PullOptions options, IProgress<TransferProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(options);
        Layout.EnsureCreated();
        using var lease = _leases.Open($"pull {reference}", cancellationToken);
        var target = await _puller.Value.PullAsync(reference, options, lease, progress, cancellationToken).ConfigureAwait(false);
        return Images.Describe(reference, target, options.Platform);
    }

    /// <summary>Pulls the platforms that somebody named, one after the other: each must be there.</summary>
    /// <param name="reference">The name.</param>
    /// <param name="platforms">The platforms; none means this machine's.</param>
    /// <param name="policy">When the registry is asked.</param>
    /// <param name="progress">Told how each blob goes.</param>
    /// <param name="cancellationToken">Cancels the pull.</param>
    /// <returns>The image, of the last platform.</returns>
    /// <exception cref="ZLayerException">As for one platform.</exception>
    public async Task<ImageInfo> PullAsync(
        ImageReference reference, IReadOnlyList<Platform> platforms, PullPolicy policy, IProgress<TransferProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(platforms);
        ImageInfo? image = null;
        foreach (var platform in platforms.Count == 0 ? [null] : platforms.Distinct().Cast<Platform?>())
        {
            var options = new PullOptions { Platform = platform, RequirePlatform = true, Policy = policy };
            image = await PullAsync(reference, options, progress, cancellationToken).ConfigureAwait(false);
        }

        return image!;
    }

    /// <summary>Pushes an image of the store.</summary>
    /// <param name="source">Its name or id.</param>
    /// <param name="destination">Where to; null is the name itself.</param>
    /// <param name="options">Compression and platform.</param>
    /// <param name="progress">Told how each blob goes.</param>
    /// <param name="cancellationToken">Cancels the push.</param>
    /// <exception cref="ZLayerException">ImageNotFound, PlatformNotAvailable, and what registries throw.</exception>
    public Task<PushResult> PushAsync(
        string source, ImageReference? destination, PushOptions options, IProgress<TransferProgress>? progress = null, CancellationToken cancellationToken = default)
        => PushAsync(source, destination, () => _pusher.Value, options, progress, cancellationToken);

    /// <summary>Pushes an image of the store to a target of the caller's own, such as one that records or copies what it is given.</summary>
    /// <param name="source">Its name or id.</param>
    /// <param name="destination">
    /// What the target is told. Blobs are offered to be mounted from repositories of this registry that are known to have them.
    /// </param>
    /// <param name="target">Where to.</param>
    /// <param name="options">Compression and platform.</param>
    /// <param name="progress">Told how each blob goes.</param>
    /// <param name="cancellationToken">Cancels the push.</param>
    /// <exception cref="ZLayerException">ImageNotFound, PlatformNotAvailable, and what the target throws.</exception>
    public Task<PushResult> PushAsync(
        string source,
        ImageReference destination,
        IPushTarget target,
        PushOptions options,
        IProgress<TransferProgress>? progress = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(destination);
        ArgumentNullException.ThrowIfNull(target);
        return PushAsync(source, destination, () => CreatePusher(target), options, progress, cancellationToken);
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (_runtimes.IsValueCreated)
        {
            await _runtimes.Value.DisposeAsync().ConfigureAwait(false);
        }

        if (_client.IsValueCreated)
        {
            _client.Value.Dispose();
        }

        if (_http.IsValueCreated)
        {
            _http.Value.Dispose();
        }
    }

    /// <summary>Removes what nothing needs; see <see cref="Collector"/>.</summary>
    /// <param name="options">What to remove besides garbage, or of which kinds alone.</param>
    /// <param name="progress">Hears of each thing removed.</param>
    /// <param name="cancellationToken">Ends the collection between two removals; what was removed is gone.</param>
    public Task<IReadOnlyList<PruneResult>> PruneAsync(
        PruneOptions options, IProgress<PruneProgress>? progress = null, CancellationToken cancellationToken = default)
        => Task.Run(
            () =>
            {
                var results = new Collector(Layout).Collect(options, progress, cancellationToken);
                if (!options.DryRun)
                {
                    _origins.Trim(Content.Contains);
                }

                return results;
            },
            cancellationToken);

    /// <summary>What the build cache holds, the most recently used first; see <see cref="Collector.ListCache"/>.</summary>
    public IReadOnlyList<BuildCacheEntry> GetBuildCache() => new Collector(Layout).ListCache();

    /// <summary>What the data root holds, by kind.</summary>
    public IReadOnlyList<StorageUsage> GetUsage() => new Collector(Layout).GetUsage();

    private DockerConfigCredentials DockerConfig()
        => _dockerConfig ?? throw new ZLayerException(ZLayerErrorKind.InvalidArgument, "There is no home directory to keep credentials in.")
        {
            Advice = "Set DOCKER_CONFIG to a directory.",
        };

    private CredentialChain CredentialSources() => new([Credentials, .. CredentialFiles()], _log);

    private IEnumerable<DockerConfigCredentials> CredentialFiles()
    {
        if (_options.AuthFile is { } file)
        {
            yield return new DockerConfigCredentials(file);
        }

        if (_dockerConfig is not null)
        {
            yield return _dockerConfig;
        }

        foreach (var further in _options.FurtherAuthFiles)
        {
            yield return new DockerConfigCredentials(further);
        }
    }

    private NativeBackend CreateNative()
    {
        var services = new BuildServices
        {
            Layout = Layout,
            Content = Content,
            References = References,
            Layers = Layers,
            Steps = new StepCacheStore(Layout),
            Leases = _leases,
            Images = Images,
            Archives = Reader,
            Puller = _puller.Value,
            CreateRunner = o => new StepRunner(o),
            CacheMounts = new StoredCacheMounts(new CacheMountStore(Layout)),
            Http = _http,
            Environment = _options.Environment,
            Log = _log,
        };
        return new NativeBackend(services, CreatePublishing, Writer, Manifests, DescribeNative);
    }

    // A credential given for one push counts for that push alone.
    private BuildPublishing CreatePublishing(RegistryCredential? credential, ImageReference? destination)
    {
        Func<ImagePusher> pusher = () => _pusher.Value;
        if (credential is not null && destination is not null)
        {
            var session = new SessionCredentials();
            session.Set(destination.Registry, credential);
            pusher = () => CreatePusher(new RegistryClient(_registryOptions.Value, session, _log));
        }

        var publisher = new ImagePublisher(pusher);
        return new BuildPublishing(CreateExporters(publisher), publisher, Images, pusher);
    }

    private ExporterSet CreateExporters(ImagePublisher publisher)
        => new(
        [
            new ImageExporter(References, _leases, publisher),
            ArchiveExporter.Oci(Writer),
            ArchiveExporter.Docker(Writer),
            new RuntimeExporter(() => Runtimes, Writer),
            new LocalExporter(Layers),
            new TarExporter(Layers),
        ]);

    private async Task<PushResult> PushAsync(
        string source,
        ImageReference? destination,
        Func<ImagePusher> pusher,
        PushOptions options,
        IProgress<TransferProgress>? progress,
        CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(options);
        using var lease = _leases.Open($"push {source}", cancellationToken);
        var image = Images.GetTarget(source, lease);
        var sources = ManifestLists.SourcesOf(image);
        return await pusher()
            .PushAsync(
                image,
                destination ?? ImageReference.Parse(source),
                sources.Count == 0 ? options : options with { Sources = sources },
                progress,
                cancellationToken)
            .ConfigureAwait(false);
    }

    private StoreParts Parts => new(Content, References, Layers, _leases);

    private ImagePusher CreatePusher(IPushTarget target)
        => new(target, _registryOptions.Value, Parts, _origins, _log, _client.Value);

    private BuilderInfo DescribeNative()
    {
        var runtime = NativeRuntimes.Find(_options);
        return new BuilderInfo
        {
            Name = "native",
            IsDefault = true,
            IsAvailable = true,
            Reason = runtime is null ? "RUN steps need an OCI runtime: install crun or runc." : null,
            Platforms = [Platform.Host],
            Features = runtime is null
                ? ["copy", "add", "multi-platform", "step-cache"]
                : ["copy", "add", "run:" + runtime, "cache-mounts", "secrets", "ssh", "multi-platform", "step-cache"],
            Version = ZLayerEngineOptions.Version,
        };
    }

    private sealed class ImagePublisher(Func<ImagePusher> pusher) : IImagePublisher
    {
        public Task<PushResult> PublishAsync(
            Descriptor root, ImageReference destination, PushOptions options, IProgress<TransferProgress>? progress = null, CancellationToken cancellationToken = default)
            => pusher().PushAsync(root, destination, options, progress, cancellationToken);
    }
}
