using System.CommandLine;
using ZLayer.Cli.Arguments;
using ZLayer.Core.Runtimes;

namespace ZLayer.Cli.Commands.Containers;

/// <summary><c>zlayer kill CONTAINER…</c></summary>
internal sealed class KillCommand : EachContainerCommand
{
    private readonly Option<string?> _signal = OptionOf.Text("--signal", "SIGNAL", "The signal, by name or number (default: KILL)", "-s");

    public KillCommand()
        : base("kill", "Send a signal to the processes of containers.")
        => Options.Add(_signal);

    protected override Task ApplyAsync(ParseResult parsed, IContainerRuntime runtime, string container, CancellationToken cancellationToken)
        => runtime.KillContainerAsync(container, parsed.ReadValue(_signal, Signal.Parse), cancellationToken);
}
