using System.CommandLine;
using ZLayer.Cli.Arguments;
using ZLayer.Core.Errors;
using ZLayer.Core.Runtimes;
using ZLayer.Core.Runtimes.Execution;

namespace ZLayer.Cli.Commands.Containers;

/// <summary><c>zlayer attach CONTAINER</c></summary>
internal sealed class AttachCommand : RuntimeCommand
{
    private readonly Argument<string> _container = Container();
    private readonly Option<bool> _noInput = OptionOf.Flag("--no-stdin", "Do not hand standard input on");
    private readonly SessionOptions _session = new();

    public AttachCommand()
        : base("attach", "Connect with the program of a running container.")
        => Add([_container, _noInput, .. _session.All]);

    protected override async Task ExecuteAsync(ParseResult parsed, IContainerRuntime runtime, CancellationToken cancellationToken)
    {
        var container = await runtime.InspectContainerAsync(parsed.GetValue(_container)!, cancellationToken);
        if (container.State is not ContainerState.Running)
        {
            throw new ZLayerException(
                ZLayerErrorKind.ContainerNotRunning,
                $"The container '{container.Name}' cannot be attached to: it is {container.State.ToString().ToLowerInvariant()}.")
            {
                Subject = container.Name,
                Advice = container.State == ContainerState.Paused
                    ? $"Run 'zlayer unpause {container.Name}' first."
                    : $"Run 'zlayer start --attach {container.Name}'.",
            };
        }

        var withInput = container.OpenStdin && !parsed.GetValue(_noInput);
        var foreground = new Foreground(runtime, _session.Read(parsed), withInput, container.Tty) { Redraw = container.Tty };
        foreground.RequireTerminal(Name);
        var options = new AttachOptions { StdIn = withInput, Tty = container.Tty, DetachKeys = foreground.Options.DetachKeys.Text };
        await using var session = await runtime.AttachAsync(container.Id, options, cancellationToken);
        using var signals = foreground.ForwardSignals(parsed, container.Id);
        var end = await runtime.BeginWaitAsync(container.Id, WaitCondition.NotRunning, cancellationToken);
        Outcome = await foreground.RelayAsync(session, container.Name, async _ => (await end).ExitCode, cancellationToken);
    }
}
