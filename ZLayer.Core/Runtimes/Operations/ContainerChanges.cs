using ZLayer.Core.Errors;

namespace ZLayer.Core.Runtimes.Operations;

/// <summary>Tells when something may have changed about a container: by the runtime's events where it has them, and from time to time.</summary>
internal sealed class ContainerChanges : IAsyncDisposable
{
    private readonly CancellationTokenSource _stop = new();
    private readonly SemaphoreSlim _changed = new(0);
    private readonly Task _following;

    public ContainerChanges(IContainerRuntime runtime, string container) => _following = FollowAsync(runtime, container, _stop.Token);

    /// <summary>Waits for the next change, or until a time is over.</summary>
    public Task NextAsync(TimeSpan interval, CancellationToken cancellationToken) => _changed.WaitAsync(interval, cancellationToken);

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync().ConfigureAwait(false);
        await _following.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _stop.Dispose();
        _changed.Dispose();
    }

    private async Task FollowAsync(IContainerRuntime runtime, string container, CancellationToken cancellationToken)
    {
        try
        {
            await foreach (var _ in runtime.GetEventsAsync(new EventFilter { Types = ["container"], Containers = [container] }, cancellationToken).ConfigureAwait(false))
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
