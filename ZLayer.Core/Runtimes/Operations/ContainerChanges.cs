using ZLayer.Core.Errors;

namespace ZLayer.Core.Runtimes.Operations;

/// <summary>
/// Tells when something may have changed about a container, or any: by the runtime's events where it has them, and from time to time.
/// </summary>
internal sealed class ContainerChanges : IAsyncDisposable
{
    private readonly CancellationTokenSource _stop = new();
    private readonly SemaphoreSlim _changed = new(0);
    private readonly Task _following;

    /// <param name="runtime">The runtime.</param>
    /// <param name="container">The container.</param>
    public ContainerChanges(IContainerRuntime runtime, string container)
        : this(runtime, new EventFilter { Types = ["container"], Containers = [container] })
    {
    }

    /// <param name="runtime">The runtime.</param>
    /// <param name="filter">The events that tell of a change.</param>
    public ContainerChanges(IContainerRuntime runtime, EventFilter filter) => _following = FollowAsync(runtime, filter, _stop.Token);

    /// <summary>Waits for the next change, or until a time is over.</summary>
    public Task NextAsync(TimeSpan interval, CancellationToken cancellationToken) => _changed.WaitAsync(interval, cancellationToken);

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync().ConfigureAwait(false);
        await _following.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _stop.Dispose();
        _changed.Dispose();
    }

    private async Task FollowAsync(IContainerRuntime runtime, EventFilter filter, CancellationToken cancellationToken)
    {
        try
        {
            await foreach (var _ in runtime.GetEventsAsync(filter, cancellationToken).ConfigureAwait(false))
            {
                _changed.Release();
            }
        }
        catch (ZLayerException)
        {
            // Looking from time to time is slower, and tells better what is wrong.
        }
    }
}
