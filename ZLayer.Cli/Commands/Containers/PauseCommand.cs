using System.CommandLine;
using ZLayer.Core.Runtimes;

namespace ZLayer.Cli.Commands.Containers;

/// <summary><c>zlayer pause CONTAINER…</c></summary>
internal sealed class PauseCommand() : EachContainerCommand("pause", "Freeze all processes of containers.")
{
    protected override Task ApplyAsync(ParseResult parsed, IContainerRuntime runtime, string container, CancellationToken cancellationToken)
        => runtime.PauseContainerAsync(container, cancellationToken);
}
