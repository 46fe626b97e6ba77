using ZLayer.Core.Foundation.Processes;
using ZLayer.Core.Runtimes.Oci;

namespace ZLayer.Core.Builds.Run;

/// <summary>
/// What the steps of one runner share: programs, the user namespace, the network. Each part is made when a step first needs it.
/// </summary>
/// <param name="options">The runner's options.</param>
internal sealed class StepSession(StepRunnerOptions options) : IAsyncDisposable
{
    private readonly SemaphoreSlim _gate = new(1, 1);
    private readonly HashSet<string> _warnings = [];
    private RootlessNamespace? _rootless;
    private ContainerNetwork? _network;

    public StepRunnerOptions Options { get; } = options;

    public ProgramSearch Programs { get; } = new(options.SearchPath);

    /// <summary>True when an ordinary user, or root of a user namespace only, runs the steps.</summary>
    public bool IsRootless { get; } = OperatingSystem.IsLinux() && RootlessNamespace.IsNeeded;

    /// <summary>The user namespace; null as root.</summary>
    public async Task<RootlessNamespace?> GetRootlessAsync(CancellationToken cancellationToken)
    {
        if (!IsRootless || _rootless is not null)
        {
            return _rootless;
        }

        await _gate.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            return await MakeRootlessAsync(cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            _gate.Release();
        }
    }

    /// <summary>The network of <see cref="StepNetwork.Default"/>.</summary>
    public async Task<ContainerNetwork> GetNetworkAsync(CancellationToken cancellationToken)
    {
        if (_network is { } network)
        {
            return network;
        }

        await _gate.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            var rootless = await MakeRootlessAsync(cancellationToken).ConfigureAwait(false);
            return _network ??= await ContainerNetwork.CreateAsync(
                Programs, rootless, Options.AllowHostNetwork, Warn, cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            _gate.Release();
        }
    }

    /// <summary>Passes a warning on, unless it was before.</summary>
    public void Warn(string text)
    {
        lock (_warnings)
        {
            if (!_warnings.Add(text))
            {
                return;
            }
        }

        Options.Warning?.Invoke(text);
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (_network is not null)
        {
            await _network.DisposeAsync().ConfigureAwait(false);
        }

        if (_rootless is not null)
        {
            await _rootless.DisposeAsync().ConfigureAwait(false);
        }

        _gate.Dispose();
    }

    private async Task<RootlessNamespace?> MakeRootlessAsync(CancellationToken cancellationToken)
    {
        if (IsRootless && _rootless is null)
        {
            _rootless = await RootlessNamespace.CreateAsync(Programs, cancellationToken).ConfigureAwait(false);
            if (_rootless.Limitation is { } reason)
            {
                Warn($"RUN steps have one user and group only, because {reason}: files of other owners cannot be made.");
            }
        }

        return _rootless;
    }
}
