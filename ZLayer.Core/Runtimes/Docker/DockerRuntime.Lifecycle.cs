using ZLayer.Core.Oci;
using ZLayer.Core.Runtimes.Specifications;
using ZLayer.Core.Storage;

namespace ZLayer.Core.Runtimes.Docker;

/// <content>The life of containers.</content>
public sealed partial class DockerRuntime
{
    /// <inheritdoc/>
    public Task<ContainerCreation> CreateContainerAsync(ContainerSpecification specification, CancellationToken cancellationToken = default)
        => throw new NotImplementedException();

    /// <inheritdoc/>
    public Task StartContainerAsync(string container, CancellationToken cancellationToken = default)
        => throw new NotImplementedException();

    /// <inheritdoc/>
    public Task StopContainerAsync(string container, ContainerStopOptions options, CancellationToken cancellationToken = default)
        => throw new NotImplementedException();

    /// <inheritdoc/>
    public Task RestartContainerAsync(string container, ContainerStopOptions options, CancellationToken cancellationToken = default)
        => throw new NotImplementedException();

    /// <inheritdoc/>
    public Task<bool> RemoveContainerAsync(string container, ContainerRemoveOptions options, CancellationToken cancellationToken = default)
        => throw new NotImplementedException();

    /// <inheritdoc/>
    public Task<int> WaitContainerAsync(string container, CancellationToken cancellationToken = default)
        => throw new NotImplementedException();

    /// <inheritdoc/>
    public Task<WaitOutcome> WaitOutcomeAsync(string container, WaitCondition condition, CancellationToken cancellationToken = default)
        => throw new NotImplementedException();

    /// <inheritdoc/>
    public Task KillContainerAsync(string container, Signal? signal = null, CancellationToken cancellationToken = default)
        => throw new NotImplementedException();

    /// <inheritdoc/>
    public Task PauseContainerAsync(string container, CancellationToken cancellationToken = default)
        => throw new NotImplementedException();

    /// <inheritdoc/>
    public Task UnpauseContainerAsync(string container, CancellationToken cancellationToken = default)
        => throw new NotImplementedException();

    /// <inheritdoc/>
    public Task RenameContainerAsync(string container, string newName, CancellationToken cancellationToken = default)
        => throw new NotImplementedException();

    /// <inheritdoc/>
    public Task<IReadOnlyList<string>> UpdateContainerAsync(string container, ContainerUpdate update, CancellationToken cancellationToken = default)
        => throw new NotImplementedException();

    /// <inheritdoc/>
    public Task<Digest> CommitContainerAsync(string container, CommitOptions options, CancellationToken cancellationToken = default)
        => throw new NotImplementedException();

    /// <inheritdoc/>
    public Task<PruneResult> PruneContainersAsync(CancellationToken cancellationToken = default)
        => throw new NotImplementedException();
}
