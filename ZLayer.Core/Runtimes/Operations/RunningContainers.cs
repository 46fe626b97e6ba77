using ZLayer.Core.Errors;

namespace ZLayer.Core.Runtimes.Operations;

/// <summary>Works on the containers that run, also on those that start later.</summary>
public static class RunningContainers
{
    /// <summary>How often the containers are listed although no event came: events may be lost, and not every runtime has them.</summary>
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(2);

    private static readonly ContainerFilter Running = new() { States = [ContainerState.Running, ContainerState.Paused], IsBrief = true };

    private static readonly EventFilter Starts = new() { Types = ["container"], Actions = ["start"] };

    /// <summary>
    /// Begins some work on each container that runs and on each that starts later, all at once. It goes on until it is cancelled.
    /// </summary>
    /// <param name="runtime">The runtime.</param>
    /// <param name="isMeant">Which containers.</param>
    /// <param name="work">The work on one; it ends with the container. It begins again when the container starts again.</param>
    /// <param name="cancellationToken">Ends it; the work is cancelled and waited for.</param>
    /// <exception cref="ZLayerException">What listing containers throws, and the work: the other work is cancelled then.</exception>
    public static async Task ForEachRunningAsync(
        this IContainerRuntime runtime, Func<ContainerInfo, bool> isMeant, Func<ContainerInfo, CancellationToken, Task> work, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(runtime);
        ArgumentNullException.ThrowIfNull(isMeant);
        ArgumentNullException.ThrowIfNull(work);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var changes = new ContainerChanges(runtime, Starts);
        await using var closing = changes.ConfigureAwait(false);
        var working = new Dictionary<string, Task>(StringComparer.Ordinal);
        try
        {
            while (true)
            {
                var next = changes.NextAsync(Interval, stop.Token);
                foreach (var container in (await runtime.ListContainersAsync(Running, stop.Token).ConfigureAwait(false)).Where(isMeant))
                {
                    if (!working.TryGetValue(container.Id, out var earlier) || earlier.IsCompletedSuccessfully)
                    {
                        working[container.Id] = work(container, stop.Token);
                    }
                }

                await Task.WhenAny([next, .. working.Values.Where(task => !task.IsCompletedSuccessfully)]).ConfigureAwait(false);
                await ThrowFirstAsync(working.Values).ConfigureAwait(false);
                await next.ConfigureAwait(false);
            }
        }
        finally
        {
            await stop.CancelAsync().ConfigureAwait(false);
            await Task.WhenAll(working.Values).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private static Task ThrowFirstAsync(IEnumerable<Task> tasks) => tasks.FirstOrDefault(task => task.IsFaulted) ?? Task.CompletedTask;
}
