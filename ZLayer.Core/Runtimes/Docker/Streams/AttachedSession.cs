using ZLayer.Core.Runtimes.Docker.Operations;
using ZLayer.Core.Runtimes.Docker.Wire;
using ZLayer.Core.Runtimes.Execution;

namespace ZLayer.Core.Runtimes.Docker.Streams;

/// <summary>A connection to a container's own process.</summary>
internal sealed class AttachedSession(ChosenEngine engine, string container, UpgradedStream connection, bool isTerminal, bool hasInput)
    : DockerSession(connection, isTerminal, hasInput)
{
    /// <inheritdoc/>
    public override Task ResizeAsync(TerminalSize size, CancellationToken cancellationToken = default)
        => IsTerminal ? new DockerExecution(engine).ResizeContainerAsync(container, size, cancellationToken) : Task.CompletedTask;

    /// <inheritdoc/>
    public override Task<int> WaitAsync(CancellationToken cancellationToken = default)
        => new DockerWaiting(engine).WaitContainerAsync(container, cancellationToken);
}
