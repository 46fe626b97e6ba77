using ZLayer.Core.Runtimes.Docker.Wire;
using ZLayer.Core.Runtimes.Execution;

namespace ZLayer.Core.Runtimes.Docker.Streams;

/// <summary>A connection to a container's own process.</summary>
internal sealed class AttachedSession(DockerRuntime runtime, string container, UpgradedStream connection, bool isTerminal, bool hasInput)
    : DockerSession(connection, isTerminal, hasInput)
{
    /// <inheritdoc/>
    public override Task ResizeAsync(TerminalSize size, CancellationToken cancellationToken = default)
        => IsTerminal ? runtime.ResizeContainerAsync(container, size, cancellationToken) : Task.CompletedTask;

    /// <inheritdoc/>
    public override Task<int> WaitAsync(CancellationToken cancellationToken = default)
        => runtime.WaitContainerAsync(container, cancellationToken);
}
