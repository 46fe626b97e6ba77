using ZLayer.Core.Errors;
using ZLayer.Core.Oci;
using ZLayer.Core.Runtimes.Specifications;
using ZLayer.Core.Storage;

namespace ZLayer.Core.Runtimes;

/// <summary>The life of containers.</summary>
public interface IContainerLifecycle : IRuntimePart
{
    /// <summary>
    /// Makes a container without starting it. The image must be there. A specification with an <see cref="ContainerSpecification.Id"/>
    /// replaces the container made for the same id before.
    /// </summary>
    /// <exception cref="ZLayerException">
    /// ImageNotFound, NameInUse, InvalidArgument, OperationNotSupported for what the runtime cannot apply: nothing is dropped silently.
    /// </exception>
    Task<ContainerCreation> CreateContainerAsync(ContainerSpecification specification, CancellationToken cancellationToken = default);

    /// <summary>Starts a container that was created or has exited; one that runs is left alone.</summary>
    /// <exception cref="ZLayerException">ContainerNotFound; ContainerStartFailed when the process cannot be started.</exception>
    Task StartContainerAsync(string container, CancellationToken cancellationToken = default);

    /// <summary>Stops a container: its stop signal, then after the grace period SIGKILL. One that does not run is left alone.</summary>
    /// <exception cref="ZLayerException">ContainerNotFound.</exception>
    Task StopContainerAsync(string container, ContainerStopOptions options, CancellationToken cancellationToken = default);

    /// <summary>Stops and starts a container.</summary>
    /// <exception cref="ZLayerException">ContainerNotFound, ContainerStartFailed.</exception>
    async Task RestartContainerAsync(string container, ContainerStopOptions options, CancellationToken cancellationToken = default)
    {
        await StopContainerAsync(container, options, cancellationToken).ConfigureAwait(false);
        await StartContainerAsync(container, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Removes a container. One that is not there is no error: the operation is idempotent.</summary>
    /// <returns>False when there was none.</returns>
    /// <exception cref="ZLayerException">ContainerRunning without <see cref="ContainerRemoveOptions.Force"/>.</exception>
    Task<bool> RemoveContainerAsync(string container, ContainerRemoveOptions options, CancellationToken cancellationToken = default);

    /// <summary>Waits until a container does not run. There is no time limit but the token's.</summary>
    /// <returns>The exit code; 128 + n for a death by signal n.</returns>
    /// <exception cref="ZLayerException">ContainerNotFound.</exception>
    Task<int> WaitContainerAsync(string container, CancellationToken cancellationToken = default);

    /// <summary>Waits until a container does not run.</summary>
    /// <exception cref="ZLayerException">ContainerNotFound.</exception>
    Task<WaitOutcome> WaitOutcomeAsync(string container, CancellationToken cancellationToken = default)
        => WaitOutcomeAsync(container, WaitCondition.NotRunning, cancellationToken);

    /// <summary>Waits until a container does not run, exits the next time, or is removed.</summary>
    /// <exception cref="ZLayerException">ContainerNotFound.</exception>
    Task<WaitOutcome> WaitOutcomeAsync(string container, WaitCondition condition, CancellationToken cancellationToken = default);

    /// <summary>
    /// Begins to wait: what happens after this has returned is not missed, even when the container is gone a moment later.
    /// </summary>
    /// <param name="container">The container.</param>
    /// <param name="condition">What is waited for.</param>
    /// <param name="cancellationToken">Ends the wait itself too.</param>
    /// <returns>The wait itself.</returns>
    /// <exception cref="ZLayerException">ContainerNotFound.</exception>
    Task<Task<WaitOutcome>> BeginWaitAsync(string container, WaitCondition condition, CancellationToken cancellationToken = default)
        => Task.FromResult(WaitOutcomeAsync(container, condition, cancellationToken));

    /// <summary>Sends a signal; null is SIGKILL.</summary>
    /// <exception cref="ZLayerException">ContainerNotFound, ContainerNotRunning.</exception>
    Task KillContainerAsync(string container, Signal? signal = null, CancellationToken cancellationToken = default)
        => throw Declined(RuntimeOperation.KillContainer);

    /// <summary>Freezes all processes of a container.</summary>
    /// <exception cref="ZLayerException">ContainerNotFound, ContainerNotRunning; InvalidArgument when it is paused already.</exception>
    Task PauseContainerAsync(string container, CancellationToken cancellationToken = default)
        => throw Declined(RuntimeOperation.PauseContainer);

    /// <summary>Thaws a paused container.</summary>
    /// <exception cref="ZLayerException">ContainerNotFound, ContainerNotRunning; InvalidArgument when it is not paused.</exception>
    Task UnpauseContainerAsync(string container, CancellationToken cancellationToken = default)
        => throw Declined(RuntimeOperation.UnpauseContainer);

    /// <summary>Gives a container another name.</summary>
    /// <exception cref="ZLayerException">
    /// ContainerNotFound, NameInUse; InvalidArgument for a name that is not <c>[A-Za-z0-9][A-Za-z0-9_.-]*</c>.
    /// </exception>
    Task RenameContainerAsync(string container, string newName, CancellationToken cancellationToken = default)
        => throw Declined(RuntimeOperation.RenameContainer);

    /// <summary>Changes limits; only what is set is changed, and an empty update does nothing.</summary>
    /// <returns>Warnings of the runtime.</returns>
    /// <exception cref="ZLayerException">ContainerNotFound, InvalidArgument.</exception>
    Task<IReadOnlyList<string>> UpdateContainerAsync(
        string container, ContainerUpdate update, CancellationToken cancellationToken = default)
        => throw Declined(RuntimeOperation.UpdateContainerResources);

    /// <summary>Makes an image of a container.</summary>
    /// <returns>The image id.</returns>
    /// <exception cref="ZLayerException">ContainerNotFound, InvalidArgument.</exception>
    Task<Digest> CommitContainerAsync(string container, CommitOptions options, CancellationToken cancellationToken = default)
        => throw Declined(RuntimeOperation.CommitContainer);

    /// <summary>Removes the containers that do not run.</summary>
    /// <param name="filter">Which of them; null is all.</param>
    /// <param name="cancellationToken">Cancels the question; what was removed stays so.</param>
    Task<PruneResult> PruneContainersAsync(ContainerPruneFilter? filter = null, CancellationToken cancellationToken = default)
        => throw Declined(RuntimeOperation.PruneContainers);

    /// <summary>Brings the named volumes of a container to their remote storage; nothing to do where they have none.</summary>
    /// <exception cref="ZLayerException">ContainerNotFound.</exception>
    Task SyncContainerVolumesAsync(string container, CancellationToken cancellationToken = default) => Task.CompletedTask;
}
