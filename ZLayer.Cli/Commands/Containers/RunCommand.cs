using System.CommandLine;
using ZLayer.Cli.Arguments;
using ZLayer.Cli.Commands.Containers.Creation;
using ZLayer.Cli.Display;
using ZLayer.Core.Errors;
using ZLayer.Core.Runtimes;
using ZLayer.Core.Runtimes.Execution;
using ZLayer.Core.Runtimes.Operations;

namespace ZLayer.Cli.Commands.Containers;

/// <summary>
/// <c>zlayer run IMAGE [COMMAND…]</c>: exits with the container's exit code, and with docker's 125, 126 and 127 for what is not the
/// container's own failure.
/// </summary>
internal sealed class RunCommand : RuntimeCommand, IVerbatimTail
{
    private readonly CreationOptions _creation = new();
    private readonly SessionOptions _session = new();
    private readonly Option<bool> _detach = OptionOf.Flag("--detach", "Leave it running, and print its id", "-d");

    public RunCommand()
        : base("run", "Run a program in a new container. Options stand before IMAGE: what follows it is the program's.")
        => Add([.. _creation.Arguments, _detach, .. _creation.All, .. _session.All]);

    int IVerbatimTail.BadUsage => ExitCode.NotRun;

    protected override async Task ExecuteAsync(ParseResult parsed, IContainerRuntime runtime, CancellationToken cancellationToken)
        => Outcome = parsed.GetValue(_detach)
            ? await RunDetachedAsync(parsed, runtime, cancellationToken)
            : await RunAttachedAsync(parsed, runtime, cancellationToken);

    // Codes of docker and of shells: the program was not found, cannot be executed, or was not the reason.
    protected override int ExitCodeOf(ZLayerException failure)
        => failure.ExitCode is ExitCode.NotFound or ExitCode.NotExecutable ? failure.ExitCode.Value : ExitCode.NotRun;

    private async Task<int> RunDetachedAsync(ParseResult parsed, IContainerRuntime runtime, CancellationToken cancellationToken)
    {
        if (_creation.ReadAttached(parsed) is not null)
        {
            throw new UsageException("--detach and --attach exclude each other.");
        }

        var specification = await _creation.ReadAsync(parsed, Environment, cancellationToken);
        var creation = await new ContainerCreator(runtime, Engine.ImageSource, _creation.IsQuiet(parsed)).CreateAsync(
            specification, _creation.OpenIdFile(parsed), cancellationToken);
        await RunningContainer.StartDetachedAsync(runtime, creation.Id, creation.Name, specification.AutoRemove, cancellationToken);
        Screen.Line(creation.Id);
        return ExitCode.Done;
    }

    private async Task<int> RunAttachedAsync(ParseResult parsed, IContainerRuntime runtime, CancellationToken cancellationToken)
    {
        var attached = _creation.ReadAttached(parsed);
        var specification = await _creation.ReadAsync(parsed, Environment, cancellationToken);
        var withInput = _creation.AttachesInput(parsed, specification);
        specification = specification with { StdinOnce = withInput };
        // Who started the container is who may end it: there is nobody else whom a signal could be meant for.
        var foreground = new Foreground(runtime, _session.Read(parsed), withInput, specification.Tty) { ForwardsWithTerminal = true };
        foreground.RequireTerminal(Name);

        var creation = await new ContainerCreator(runtime, Engine.ImageSource, _creation.IsQuiet(parsed)).CreateAsync(
            specification, _creation.OpenIdFile(parsed), cancellationToken);
        var options = new AttachOptions
        {
            StdIn = withInput,
            StdOut = attached?.Contains("stdout") != false,
            StdErr = attached?.Contains("stderr") != false,
            Tty = specification.Tty,
            DetachKeys = foreground.Options.DetachKeys.Text,
        };
        using var signals = foreground.ForwardSignals(parsed, creation.Id);
        await using var running = await RunningContainer.StartAsync(runtime, creation, specification, options, cancellationToken);
        running.Release();
        return await foreground.RelayAsync(
            running.Session, creation.Name, async stop => (await running.WaitAsync(stop)).ExitCode, cancellationToken);
    }
}
