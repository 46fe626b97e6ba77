using ZLayer.Core.Runtimes.Observation;

namespace ZLayer.Core.Runtimes.Docker;

/// <content>What containers write.</content>
public sealed partial class DockerRuntime
{
    /// <inheritdoc/>
    public Task<IReadOnlyList<LogRecord>> GetContainerLogsAsync(string container, int tail, CancellationToken cancellationToken = default)
        => throw new NotImplementedException();

    /// <inheritdoc/>
    public Task<IReadOnlyList<LogRecord>> GetLogsAsync(string container, CancellationToken cancellationToken = default)
        => throw new NotImplementedException();

    /// <inheritdoc/>
    public IAsyncEnumerable<LogChunk> StreamLogsAsync(string container, LogOptions options, CancellationToken cancellationToken = default)
        => throw new NotImplementedException();
}
