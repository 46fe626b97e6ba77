using System.CommandLine;
using ZLayer.Core.Runtimes;

namespace ZLayer.Cli.Commands.Containers;

/// <summary><c>zlayer unpause CONTAINER…</c></summary>
internal sealed class UnpauseCommand() : EachContainerCommand("unpause", "Let the processes of paused containers go on.")
{
    protected override Task ApplyAsync(ParseResult parsed, IContainerRuntime runtime, string container, CancellationToken cancellationToken)
        => runtime.UnpauseContainerAsync(container, cancellationToken);
}
