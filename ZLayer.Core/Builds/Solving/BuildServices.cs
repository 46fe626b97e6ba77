using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using ZLayer.Core.Builds.Run;
using ZLayer.Core.Images;
using ZLayer.Core.Images.Archives;
using ZLayer.Core.Registries;
using ZLayer.Core.Storage;

namespace ZLayer.Core.Builds.Solving;

/// <summary>The parts of the engine that a build uses.</summary>
internal sealed record BuildServices
{
    public required StoreLayout Layout { get; init; }

    public required ContentStore Content { get; init; }

    public required ReferenceStore References { get; init; }

    public required LayerStore Layers { get; init; }

    public required StepCacheStore Steps { get; init; }

    public required LeaseStore Leases { get; init; }

    public required ImageCatalog Images { get; init; }

    public required ArchiveReader Archives { get; init; }

    public required ImagePuller Puller { get; init; }

    /// <summary>Makes the executor of RUN steps, for a build, with the options of that build.</summary>
    public required Func<StepRunnerOptions, IStepRunner> CreateRunner { get; init; }

    public required ICacheMounts CacheMounts { get; init; }

    /// <summary>For ADD of URLs.</summary>
    public required Lazy<HttpClient> Http { get; init; }

    /// <summary>The caller's environment: <c>SSH_AUTH_SOCK</c>, <c>PATH</c>, proxies.</summary>
    public required IReadOnlyDictionary<string, string> Environment { get; init; }

    /// <summary>Told what is decided, and why.</summary>
    public ILogger Log { get; init; } = NullLogger.Instance;
}
