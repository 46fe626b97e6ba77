using ZLayer.Core.Storage;

namespace ZLayer.Core.Runtimes.Operations;

/// <summary>What pruning would remove: runtimes only tell what they have removed.</summary>
public static class ContainerPruning
{
    /// <summary>
    /// Finds the containers that <see cref="IContainerLifecycle.PruneContainersAsync"/> would remove at this moment, measured.
    /// </summary>
    /// <param name="runtime">The runtime.</param>
    /// <param name="filter">Which of those that do not run.</param>
    /// <param name="cancellationToken">Ends the search.</param>
    public static async Task<IReadOnlyList<ContainerInfo>> FindPrunableAsync(
        this IContainerRuntime runtime, ContainerPruneFilter filter, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(runtime);
        ArgumentNullException.ThrowIfNull(filter);
        var ended = new ContainerFilter
        {
            States = [ContainerState.Created, ContainerState.Exited, ContainerState.Dead],
            Labels = filter.Labels,
            MeasureSize = true,
            IsBrief = true,
        };
        var found = await runtime.ListContainersAsync(ended, cancellationToken).ConfigureAwait(false);
        return [.. found.Where(
            container => !(container.Created >= filter.Until)
                && !filter.WithoutLabels.Any(label => ImageLabels.Match(container.Labels, [label])))];
    }
}
