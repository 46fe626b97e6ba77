using System.CommandLine;
using ZLayer.Cli.Arguments;
using ZLayer.Cli.Display;
using ZLayer.Core.Runtimes;
using ZLayer.Core.Runtimes.Execution;

namespace ZLayer.Cli.Commands.Containers;

/// <summary><c>zlayer start CONTAINER…</c></summary>
internal sealed class StartCommand : RuntimeCommand
{
    private readonly Argument<string[]> _containers = Containers();
    private readonly Option<bool> _attach = OptionOf.Flag("--attach", "Show what it writes, and exit with its exit code", "-a");
    private readonly Option<bool> _interactive = OptionOf.Flag("--interactive", "Hand standard input on", "-i");
    private readonly SessionOptions _session = new();

    public StartCommand()
        : base("start", "Start containers that were made or have ended.")
        => Add([_containers, _attach, _interactive, .. _session.All]);

    protected override Task ExecuteAsync(ParseResult parsed, IContainerRuntime runtime, CancellationToken cancellationToken)
    {
        var containers = parsed.GetValue(_containers)!;
        if (!parsed.GetValue(_attach) && !parsed.GetValue(_interactive))
        {
            return ForEachAsync(parsed, containers, async container =>
            {
                await runtime.StartContainerAsync(container, cancellationToken);
                Screen.Line(container);
            });
        }

        return containers is [var single]
            ? StartAttachedAsync(parsed, runtime, single, cancellationToken)
            : throw new UsageException("Only one container at once can be started in the foreground.");
    }

    private async Task StartAttachedAsync(ParseResult parsed, IContainerRuntime runtime, string name, CancellationToken cancellationToken)
    {
        var container = await runtime.InspectContainerAsync(name, cancellationToken);
        var withInput = parsed.GetValue(_interactive) && container.OpenStdin;
        var foreground = new Foreground(runtime, _session.Read(parsed), withInput, container.Tty);
        foreground.RequireTerminal(Name);
        var options = new AttachOptions { StdIn = withInput, Tty = container.Tty, DetachKeys = foreground.Options.DetachKeys.Text };
        await using var session = await runtime.AttachAsync(container.Id, options, cancellationToken);
        using var signals = foreground.ForwardSignals(parsed, container.Id);
        var end = await runtime.BeginWaitAsync(
            container.Id, container.AutoRemove ? WaitCondition.Removed : WaitCondition.NextExit, cancellationToken);
        await runtime.StartContainerAsync(container.Id, cancellationToken);
        Outcome = await foreground.RelayAsync(session, container.Name, async _ => (await end).ExitCode, cancellationToken);
    }
}
