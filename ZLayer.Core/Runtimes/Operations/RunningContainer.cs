using System.Diagnostics;
using ZLayer.Core.Errors;
using ZLayer.Core.Runtimes.Execution;
using ZLayer.Core.Runtimes.Specifications;

namespace ZLayer.Core.Runtimes.Operations;

/// <summary>
/// A container that was started with its input and output connected, so that neither its first byte nor its end was missed. Disposing of it
/// before its end kills the container, and removes it if it removes itself at its end, unless it was released.
/// </summary>
public sealed class RunningContainer : IAsyncDisposable
{
    private static readonly TimeSpan CleaningTime = TimeSpan.FromSeconds(30);

    private readonly IContainerRuntime _runtime;
    private readonly bool _removes;
    private readonly long _started = Stopwatch.GetTimestamp();
    private readonly Task<WaitOutcome> _waiting;
    private readonly CancellationTokenSource _stopWaiting;
    private bool _released;

    private RunningContainer(
        IContainerRuntime runtime, ContainerCreation container, bool removes, ContainerSession session, Task<WaitOutcome> waiting, CancellationTokenSource stopWaiting)
    {
        _runtime = runtime;
        _removes = removes;
        _waiting = waiting;
        _stopWaiting = stopWaiting;
        Container = container;
        Session = session;
    }

    /// <summary>The container, with the runtime's warnings.</summary>
    public ContainerCreation Container { get; }

    /// <summary>Its input and output.</summary>
    public ContainerSession Session { get; }

    /// <summary>The time since the start.</summary>
    public TimeSpan Elapsed => Stopwatch.GetElapsedTime(_started);

    /// <summary>Attaches to a container that was created, and starts it.</summary>
    /// <param name="runtime">The runtime.</param>
    /// <param name="container">The container.</param>
    /// <param name="specification">What it was created of.</param>
    /// <param name="attach">How its input and output are connected; null connects all of them.</param>
    /// <param name="cancellationToken">Stops the start; what was started is killed.</param>
    /// <exception cref="ZLayerException">ContainerStartFailed: a container that removes itself at its end is removed then.</exception>
    public static async Task<RunningContainer> StartAsync(
        IContainerRuntime runtime, ContainerCreation container, ContainerSpecification specification, AttachOptions? attach = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(runtime);
        ArgumentNullException.ThrowIfNull(container);
        ArgumentNullException.ThrowIfNull(specification);
        attach ??= new AttachOptions { StdIn = specification.OpenStdin, Tty = specification.Tty };
        var stopWaiting = new CancellationTokenSource();
        ContainerSession? session = null;
        try
        {
            // Both before the start, at the same time: the container may have ended, and be gone, when the start returns.
            var waiting = runtime.BeginWaitAsync(
                container.Id, specification.AutoRemove ? WaitCondition.Removed : WaitCondition.NextExit, stopWaiting.Token);
            session = await runtime.AttachAsync(container.Id, attach, cancellationToken).ConfigureAwait(false);
            var running = new RunningContainer(
                runtime, container, specification.AutoRemove, session, await waiting.ConfigureAwait(false), stopWaiting);
            await runtime.StartContainerAsync(container.Id, cancellationToken).ConfigureAwait(false);
            return running;
        }
        catch (Exception e)
        {
            await stopWaiting.CancelAsync().ConfigureAwait(false);
            if (session is not null)
            {
                await session.DisposeAsync().ConfigureAwait(false);
            }

            await EndAsync(runtime, container.Id, specification.AutoRemove).ConfigureAwait(false);
            if (e.Named(container.Id, container.Name) is var named && named != e)
            {
                throw named;
            }

            throw;
        }
    }

    /// <summary>Starts a container that was created and that nobody is connected with.</summary>
    /// <param name="runtime">The runtime.</param>
    /// <param name="id">The container.</param>
    /// <param name="name">Its name, which an error tells.</param>
    /// <param name="removesFailed">
    /// Whether it is removed when it cannot be started: where it removes itself at its end, or where nobody got to know of it.
    /// </param>
    /// <param name="cancellationToken">Stops the start.</param>
    /// <exception cref="ZLayerException">ContainerStartFailed.</exception>
    public static async Task StartDetachedAsync(
        IContainerRuntime runtime, string id, string name, bool removesFailed, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(runtime);
        try
        {
            await runtime.StartContainerAsync(id, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception e)
        {
            if (removesFailed)
            {
                await EndAsync(runtime, id, remove: true).ConfigureAwait(false);
            }

            if (e.Named(id, name) is var named && named != e)
            {
                throw named;
            }

            throw;
        }
    }

    /// <summary>Waits for its end; for its removal, if it removes itself.</summary>
    public async Task<WaitOutcome> WaitAsync(CancellationToken cancellationToken = default)
    {
        var outcome = await _waiting.WaitAsync(cancellationToken).ConfigureAwait(false);
        _released = true;
        return outcome;
    }

    /// <summary>Lets the container go on when this is disposed of.</summary>
    public void Release() => _released = true;

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await Session.DisposeAsync().ConfigureAwait(false);
        if (!_released)
        {
            _released = true;
            await EndAsync(_runtime, Container.Id, _removes).ConfigureAwait(false);
        }

        await _stopWaiting.CancelAsync().ConfigureAwait(false);
        await ((Task)_waiting).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _stopWaiting.Dispose();
    }

    /// <summary>Ends a container whatever state it is in. There is nobody who could be told of a failure.</summary>
    internal static async Task EndAsync(IContainerRuntime runtime, string container, bool remove)
    {
        using var limit = new CancellationTokenSource(CleaningTime);
        try
        {
            if (remove)
            {
                await runtime.RemoveContainerAsync(
                    container, new ContainerRemoveOptions { Force = true, RemoveVolumes = true }, limit.Token).ConfigureAwait(false);
            }
            else
            {
                await runtime.KillContainerAsync(container, Signal.Kill, limit.Token).ConfigureAwait(false);
            }
        }
        catch (Exception e) when (e is ZLayerException or OperationCanceledException)
        {
            // It has ended already, or the engine is gone.
        }
    }
}
