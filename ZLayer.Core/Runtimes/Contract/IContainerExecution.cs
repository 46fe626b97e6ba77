using ZLayer.Core.Errors;
using ZLayer.Core.Runtimes.Execution;

namespace ZLayer.Core.Runtimes;

/// <summary>Commands inside containers, and the container's own input and output.</summary>
public interface IContainerExecution : IRuntimePart
{
    /// <summary>Runs a command to its end and keeps its output. An exit code other than 0 is no error.</summary>
    /// <exception cref="ZLayerException">
    /// InvalidArgument for an empty command, ContainerNotFound, ContainerNotRunning, CommandStartFailed when there is no such program.
    /// </exception>
    Task<ExecResult> ExecAsync(string container, ExecOptions options, CancellationToken cancellationToken = default);

    /// <summary>
    /// Runs a command: its output as it comes, then exactly one <see cref="ExecExit"/>. What fails before the command runs is thrown by the
    /// first step.
    /// </summary>
    IAsyncEnumerable<ExecEvent> StreamExecAsync(string container, ExecOptions options, CancellationToken cancellationToken = default);

    /// <summary>Runs a command with input, a terminal if wanted, resizing, and an exit code.</summary>
    Task<ContainerSession> OpenExecAsync(string container, ExecOptions options, CancellationToken cancellationToken = default)
        => throw Declined(RuntimeOperation.ExecPty);

    /// <summary>
    /// Starts a command that nobody is connected with: it has no input, and its output and exit code are lost. Returns when it runs.
    /// </summary>
    /// <exception cref="ZLayerException">As for <see cref="ExecAsync"/>.</exception>
    Task StartExecAsync(string container, ExecOptions options, CancellationToken cancellationToken = default);

    /// <summary>
    /// Connects to the container's own process: its output from now on, and its input where it was created with one. Attach before the
    /// start to miss nothing.
    /// </summary>
    /// <exception cref="ZLayerException">ContainerNotFound, OperationNotSupported.</exception>
    Task<ContainerSession> AttachAsync(string container, AttachOptions options, CancellationToken cancellationToken = default);
}
