using ZLayer.Core.Runtimes.Observation;

namespace ZLayer.Core.Runtimes.Docker;

/// <content>What containers use.</content>
public sealed partial class DockerRuntime
{
    /// <inheritdoc/>
    public Task<ContainerStats> GetContainerStatsAsync(string container, CancellationToken cancellationToken = default)
        => throw new NotImplementedException();

    /// <inheritdoc/>
    public IAsyncEnumerable<StatsSample> StreamStatsAsync(string container, CancellationToken cancellationToken = default)
        => throw new NotImplementedException();
}
