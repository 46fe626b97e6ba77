using System.Runtime.CompilerServices;
using ZLayer.Core.Errors;

namespace ZLayer.Core.Runtimes.Observation;

/// <summary>Samples as people read them: with rates, which need two samples.</summary>
public static class ContainerMeasurement
{
    // Samples come a second apart, give or take.
    private static readonly TimeSpan Tolerance = TimeSpan.FromMilliseconds(100);

    /// <summary>What a container uses: a statistic for each interval, until it ends. The first comes after the second sample.</summary>
    /// <param name="runtime">The runtime.</param>
    /// <param name="container">The container, by its id.</param>
    /// <param name="name">Its name.</param>
    /// <param name="interval">The least time between two statistics; the rates are those of this time.</param>
    /// <param name="cancellationToken">Ends the stream.</param>
    /// <exception cref="ZLayerException">ContainerNotFound, ContainerNotRunning.</exception>
    public static async IAsyncEnumerable<ContainerStatistic> MeasureAsync(
        this IContainerObservation runtime, string container, string name, TimeSpan interval, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(runtime);
        StatsSample? earlier = null;
        await foreach (var sample in runtime.StreamStatsAsync(container, cancellationToken).ConfigureAwait(false))
        {
            if (earlier is null)
            {
                earlier = sample;
            }
            else if (sample.Timestamp - earlier.Timestamp + Tolerance >= interval)
            {
                yield return ContainerStatistic.From(name, container, earlier, sample) with { Runtime = runtime.Name };
                earlier = sample;
            }
        }
    }
}
