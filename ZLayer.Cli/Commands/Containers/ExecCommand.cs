using System.CommandLine;
using ZLayer.Cli.Arguments;
using ZLayer.Core.Errors;
using ZLayer.Core.Runtimes;
using ZLayer.Core.Runtimes.Execution;
using ZLayer.Core.Terminals;

namespace ZLayer.Cli.Commands.Containers;

/// <summary><c>zlayer exec CONTAINER COMMAND…</c>: exits with the command's exit code.</summary>
internal sealed class ExecCommand : RuntimeCommand, IVerbatimTail
{
    private readonly Argument<string> _container = Container();
    private readonly Argument<string[]> _command
        = new("COMMAND") { Description = "The program and its arguments, handed over as they are", Arity = ArgumentArity.OneOrMore };
    private readonly Option<bool> _detach = OptionOf.Flag("--detach", "Leave it running", "-d");
    private readonly Option<bool> _interactive = OptionOf.Flag("--interactive", "Hand standard input on", "-i");
    private readonly Option<bool> _tty = OptionOf.Flag("--tty", "Give it a terminal", "-t");
    private readonly VariableOptions _variables = new();
    private readonly Option<string?> _user = OptionOf.Text("--user", "USER[:GROUP]", "The user, by name or number", "-u");
    private readonly Option<string?> _workdir = OptionOf.Text("--workdir", "DIR", "The working directory", "-w");
    private readonly Option<bool> _privileged = OptionOf.Flag("--privileged", "Give it all capabilities");
    private readonly Option<string?> _detachKeys
        = OptionOf.Text("--detach-keys", "KEYS", "Keys that leave it running (default: ctrl-p,ctrl-q)");

    public ExecCommand()
        : base("exec", "Run a program in a running container. Options stand before CONTAINER.")
        => Add([_container, _command, _detach, _interactive, _tty, .. _variables.All, _user, _workdir, _privileged, _detachKeys]);

    protected override async Task ExecuteAsync(ParseResult parsed, IContainerRuntime runtime, CancellationToken cancellationToken)
    {
        var container = parsed.GetValue(_container)!;
        var keys = parsed.Read(_detachKeys, DetachKeys.Parse) ?? DetachKeys.Default;
        var options = (await ReadAsync(parsed, cancellationToken)) with { DetachKeys = keys.Text };
        if (parsed.GetValue(_detach))
        {
            await runtime.StartExecAsync(container, options, cancellationToken);
            return;
        }

        var foreground = new Foreground(runtime, new SessionOptions.Values(keys, ForwardSignals: false), options.AttachStdIn, options.Tty);
        foreground.RequireTerminal(Name);
        await using var session = await runtime.OpenExecAsync(container, options, cancellationToken);
        Outcome = await foreground.RelayAsync(session, container, session.WaitAsync, cancellationToken);
    }

    protected override int ExitCodeOf(ZLayerException failure)
        => failure.Kind == ZLayerErrorKind.CommandStartFailed ? failure.ExitCode ?? ExitCode.NotExecutable : ExitCode.Failed;

    private async Task<ExecOptions> ReadAsync(ParseResult parsed, CancellationToken cancellationToken)
    {
        var tty = parsed.GetValue(_tty);
        return new ExecOptions
        {
            Command = parsed.GetValue(_command)!,
            Environment = await _variables.ReadAsync(parsed, Environment, cancellationToken),
            User = parsed.GetValue(_user),
            WorkingDirectory = parsed.GetValue(_workdir),
            Privileged = parsed.GetValue(_privileged),
            Tty = tty,
            TerminalSize = tty ? LocalTerminal.OfProcess.Size : null,
            AttachStdIn = parsed.GetValue(_interactive),
        };
    }
}
