using ZLayer.Core.Errors;

namespace ZLayer.Core.Runtimes;

/// <summary>
/// What runs containers: a Docker engine, an OCI runtime, a swarm, a WebAssembly host. The 49 operations are grouped by noun. An operation
/// that a runtime cannot offer throws <see cref="ZLayerErrorKind.OperationNotSupported"/> naming runtime and operation; ask
/// <see cref="IRuntimePart.Capabilities"/> beforehand. All members are safe for concurrent use.
/// </summary>
/// <remarks>
/// A container is named by its name, its id, the beginning of its id when no other has it, or the text of the <see cref="ContainerId"/>
/// that it was created for, which stays valid when the container is renamed.
/// </remarks>
public interface IContainerRuntime
    : IRuntimeImages, IContainerLifecycle, IContainerObservation, IContainerExecution, IContainerFiles, IAsyncDisposable
{
    /// <summary>
    /// Whether the runtime can be used now, and what it is. Never throws for a runtime that is absent: the reason is in the answer.
    /// </summary>
    /// <param name="detailed">True also asks for storage driver, kernel and counts.</param>
    /// <param name="cancellationToken">Cancels the question.</param>
    Task<RuntimeInfo> DescribeAsync(bool detailed = false, CancellationToken cancellationToken = default);

    /// <summary>What happens in the runtime, as it happens.</summary>
    /// <param name="filter">Which events, and since when.</param>
    /// <param name="cancellationToken">Ends the stream.</param>
    /// <exception cref="ZLayerException">RuntimeUnavailable, OperationNotSupported.</exception>
    IAsyncEnumerable<ZLayerEvent> GetEventsAsync(EventFilter filter, CancellationToken cancellationToken = default);
}
