using ZLayer.Core.Runtimes;

namespace ZLayer.Cli.Commands.Containers;

/// <summary><c>zlayer restart CONTAINER…</c></summary>
internal sealed class RestartCommand() : StopCommand("restart", "Stop containers and start them again.")
{
    protected override Task ApplyAsync(
        IContainerRuntime runtime, string container, ContainerStopOptions options, CancellationToken cancellationToken)
        => runtime.RestartContainerAsync(container, options, cancellationToken);
}
