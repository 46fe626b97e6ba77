using System.Management.Automation;
using ZLayer.Core;
using ZLayer.Core.Errors;
using ZLayer.Core.Runtimes;
using ZLayer.Core.Runtimes.Execution;
using ZLayer.Core.Runtimes.Operations;
using ZLayer.Core.Terminals;
using ZLayer.PowerShell.Completion;
using ZLayer.PowerShell.Pipeline;
using ZLayer.PowerShell.Transformation;

namespace ZLayer.PowerShell.Commands;

/// <summary>Opens an interactive terminal in a container, or with -Image in a new one (run -it --rm).</summary>
/// <remarks>
/// <para>
/// With -Image, or an image piped in, a container is made for the session: its own program has the terminal, and it is removed when that
/// ends. All settings of New-ZLayerContainer can be given. Write -- before the command, so that PowerShell does not take its options for
/// parameters.
/// </para>
/// <para>
/// Without -Command a shell is started: the one that SHELL names in the container, else bash, else sh; cmd in a Windows container. With
/// -Attach no program is started: the terminal is connected with the container's own.
/// </para>
/// <para>
/// Every key goes to the container, Ctrl+C included. Ctrl+P and then Ctrl+Q, or other -DetachKeys, come back and leave everything running.
/// The size of the window is handed on whenever it changes. The console is afterwards as it was before, however the session ends.
/// </para>
/// <para>
/// It needs a person at a console. In remote sessions, jobs and scripts without a console, and where input or output is redirected, it
/// refuses with InteractiveHostRequired: use Invoke-ZLayerCommand there, whose output is objects. Nothing that the container writes goes
/// into the pipeline or a transcript. The exit code of the session is in $LASTEXITCODE, and is told on the verbose stream.
/// </para>
/// </remarks>
/// <example>
/// <summary>Look around in a running container</summary>
/// <code>Enter-ZLayerContainer web</code>
/// </example>
/// <example>
/// <summary>Run a program that needs a terminal, as another user</summary>
/// <code>Enter-ZLayerContainer db -User postgres -Command psql, shop</code>
/// </example>
/// <example>
/// <summary>Connect with the program that the container itself runs, leaving with Ctrl+X</summary>
/// <code>Get-ZLayerContainer repl | Enter-ZLayerContainer -Attach -DetachKeys ctrl-x</code>
/// </example>
/// <example>
/// <summary>Try something in a new container, which is gone afterwards</summary>
/// <code>Enter-ZLayerContainer -Image alpine:3 -Mount ./src:/src -WorkingDirectory /src -- sh -l</code>
/// </example>
/// <seealso href="https://docs.docker.com/reference/cli/docker/container/exec/">docker container exec</seealso>
/// <seealso cref="GetZLayerContainerCommand"/>
[Cmdlet(VerbsCommon.Enter, "ZLayerContainer", DefaultParameterSetName = ExecSet, SupportsShouldProcess = true)]
[OutputType(typeof(void))]
public sealed class EnterZLayerContainerCommand : ContainerCreationCmdlet
{
    private const string ExecSet = "Exec";
    private const string AttachSet = "Attach";

    // The shell that the image's author chose, else the more comfortable of the two that may be there.
    private const string FindShell
        = "[ -n \"$SHELL\" ] && [ -x \"$SHELL\" ] && exec \"$SHELL\"; command -v bash >/dev/null 2>&1 && exec bash; exec sh";

    private ExecOptions _exec = new() { Command = [] };
    private int? _exitCode;
    private DetachKeys _detachKeys = Core.Terminals.DetachKeys.Default;

    /// <summary>
    /// The container: its name, its id or the beginning of it, or a container object. With -Image or -Specification the name of the new
    /// container.
    /// </summary>
    [Parameter(ParameterSetName = ExecSet, Mandatory = true, Position = 0, ValueFromPipeline = true, HelpMessage = "The container: its name, its id or the beginning of it, or a container object.")]
    [Parameter(ParameterSetName = AttachSet, Mandatory = true, Position = 0, ValueFromPipeline = true, HelpMessage = "The container: its name, its id or the beginning of it, or a container object.")]
    [Parameter(ParameterSetName = ImageSet, HelpMessage = "The name of the new container.")]
    [Parameter(ParameterSetName = SpecificationSet, HelpMessage = "The name of the new container.")]
    [Alias("Id")]
    [ValidateNotNull]
    [ContainerIdentity(LeavesImages = true, Otherwise = "an image object, for a new container")]
    [ArgumentCompleter(typeof(ContainerNameCompleter))]
    public ContainerIdentity? Name { get; set; }

    /// <summary>
    /// The image of a new container, from the pipeline: an image object, the result of a build or a push. All arguments belong to the
    /// command then.
    /// </summary>
    [Parameter(ParameterSetName = ImageSet, ValueFromPipeline = true, HelpMessage = "The image of a new container, from the pipeline: an image object, the result of a build or a push.")]
    [ValidateNotNull]
    [ImageIdentity(WholeImages = true, Otherwise = "a container's name or an object of Get-ZLayerContainer, without settings for a new one")]
    public ImageIdentity? InputObject { get; set; }

    /// <summary>The program to run, and its arguments. Without it, a shell; in a new container, what its image runs.</summary>
    [Parameter(ParameterSetName = ExecSet, Position = 1, ValueFromRemainingArguments = true, HelpMessage = "The program to run, and its arguments.")]
    [Parameter(ParameterSetName = ImageSet, Position = 1, ValueFromRemainingArguments = true, HelpMessage = "The program to run, and its arguments.")]
    [ValidateNotNullOrEmpty]
    [AllowEmptyString]
    public override string[]? Command { get; set; }

    /// <summary>Connects with the container's own program instead of starting another.</summary>
    [Parameter(ParameterSetName = AttachSet, HelpMessage = "Connects with the container's own program instead of starting another.")]
    public SwitchParameter Attach { get; set; }

    /// <summary>The user to run it as: a name or number, with ':' and a group if need be.</summary>
    [Parameter(ParameterSetName = ExecSet, HelpMessage = "The user to run it as: a name or number, with ':' and a group if need be.")]
    [Parameter(ParameterSetName = ImageSet, HelpMessage = "The user to run it as: a name or number, with ':' and a group if need be.")]
    [ValidateNotNullOrEmpty]
    public override string? User { get; set; }

    /// <summary>The directory in the container to run it in.</summary>
    [Parameter(ParameterSetName = ExecSet, HelpMessage = "The directory in the container to run it in.")]
    [Parameter(ParameterSetName = ImageSet, HelpMessage = "The directory in the container to run it in.")]
    [Alias("WorkDir")]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(ContainerPathCompleter))]
    public override string? WorkingDirectory { get; set; }

    /// <summary>Variables for it: a hashtable, or 'NAME=value' texts. A name without value takes the variable of this process.</summary>
    [Parameter(ParameterSetName = ExecSet, HelpMessage = "Variables for it: a hashtable, or 'NAME=value' texts.")]
    [Parameter(ParameterSetName = ImageSet, HelpMessage = "Variables for it: a hashtable, or 'NAME=value' texts.")]
    [Alias("Env")]
    [NameValue]
    public override NameValueTable? Environment { get; set; }

    /// <summary>Runs it without a terminal: lines are edited here and handed over whole, and Ctrl+C comes back.</summary>
    [Parameter(ParameterSetName = ExecSet, HelpMessage = "Runs it without a terminal: lines are edited here and handed over whole, and Ctrl+C comes back.")]
    [Parameter(ParameterSetName = ImageSet, HelpMessage = "Runs it without a terminal: lines are edited here and handed over whole, and Ctrl+C comes back.")]
    public SwitchParameter NoTty { get; set; }

    /// <summary>The keys that come back and leave everything running: 'ctrl-p,ctrl-q' unless given otherwise.</summary>
    [Parameter(HelpMessage = "The keys that come back and leave everything running: 'ctrl-p,ctrl-q' unless given otherwise.")]
    [ValidateNotNullOrEmpty]
    public string? DetachKeys { get; set; }

    private protected override string? NewName => Name is null || (InputObject is not null && IsPlaced(nameof(Name))) ? null : Name.Text;

    private protected override string? PlacedName => IsPlaced(nameof(Name)) ? Name!.Text : null;

    private bool IsNew => ParameterSetName is ImageSet or SpecificationSet;

    /// <inheritdoc/>
    protected override void BeginProcessing()
    {
        base.BeginProcessing();
        try
        {
            RequireConsole();
            _detachKeys = DetachKeys is null ? Core.Terminals.DetachKeys.Default : Core.Terminals.DetachKeys.Parse(DetachKeys);
        }
        catch (ZLayerException exception)
        {
            ThrowTerminatingError(ErrorMapper.ToErrorRecord(exception));
        }

        _exec = new ExecOptions
        {
            Command = Command ?? [],
            Environment = NameValueAttribute.ToDictionary(Environment, ZLayerEngineOptions.FromEnvironment().Environment),
            User = User,
            WorkingDirectory = WorkingDirectory,
            Tty = !NoTty,
            TerminalSize = NoTty ? null : LocalTerminal.OfProcess.Size,
            AttachStdIn = true,
            DetachKeys = _detachKeys.Text,
        };
    }

    /// <inheritdoc/>
    protected override void EndProcessing()
    {
        base.EndProcessing();
        if (_exitCode is { } exitCode)
        {
            // As after every program that had the console.
            SessionState.PSVariable.Set("global:LASTEXITCODE", exitCode);
        }
    }

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        if (IsNew)
        {
            PrepareSpecification();
        }

        base.ProcessRecord();
    }

    /// <inheritdoc/>
    protected override Task ProcessRecordAsync(IPipelineSink sink, CancellationToken cancellationToken)
        => IsNew
            ? WithImageAsync(InputObject, sink, () => EnterNewAsync(sink, cancellationToken))
            : EnterExistingAsync(sink, cancellationToken);

    private async Task EnterNewAsync(IPipelineSink sink, CancellationToken cancellationToken)
    {
        var specification = await ReadSpecificationAsync(cancellationToken);
        specification = specification with { Tty = !NoTty, OpenStdin = true, StdinOnce = true, AutoRemove = true };
        if (!await sink.ShouldProcessAsync(Describe(specification), "Open a terminal, and remove at its end"))
        {
            return;
        }

        var target = await CreateAsync(specification, sink, cancellationToken);
        var attach = new AttachOptions { StdIn = true, Tty = specification.Tty, DetachKeys = _detachKeys.Text };
        await using var running = await RunningContainer.StartAsync(
            target.Runtime, new ContainerCreation(target.Id, target.Name, []), specification, attach, cancellationToken);
        if (await RelayAsync(running.Session, target.Name, hasInput: true, redraw: false, sink, cancellationToken) == RelayOutcome.Detached)
        {
            running.Release();
        }
        else
        {
            await EndedAsync((await running.WaitAsync(cancellationToken)).ExitCode, target.Name, sink);
        }
    }

    private Task EnterExistingAsync(IPipelineSink sink, CancellationToken cancellationToken)
        => GuardAsync(sink, Name!, async () =>
        {
            var target = await ContainerSelection.FindOneAsync(Runtimes, Name!, cancellationToken);
            if (!await sink.ShouldProcessAsync(target.Description, Attach ? "Attach the console" : "Open a terminal"))
            {
                return;
            }

            var container = await target.Runtime.InspectContainerAsync(target.Id, cancellationToken);
            await using var session = Attach
                ? await AttachAsync(target.Runtime, container, cancellationToken)
                : await target.Runtime.OpenExecAsync(target.Id, _exec with { Command = CommandFor(container) }, cancellationToken);
            var outcome = await RelayAsync(
                session, container.Name, hasInput: !Attach
                    || container.OpenStdin, redraw: Attach && container.Tty, sink, cancellationToken);
            if (outcome != RelayOutcome.Detached)
            {
                await EndedAsync(await session.WaitAsync(cancellationToken), container.Name, sink);
            }
        });

    private async Task EndedAsync(int exitCode, string container, IPipelineSink sink)
    {
        _exitCode = exitCode;
        await sink.WriteVerboseAsync($"The session in the container '{container}' ended with exit code {exitCode}.");
    }

    // The one cmdlet that talks to the console itself: the streams of PowerShell are lines, and a terminal is not.
    private async Task<RelayOutcome> RelayAsync(
        ContainerSession session, string container, bool hasInput, bool redraw, IPipelineSink sink, CancellationToken cancellationToken)
    {
        await using var output = StandardStream.OpenOutput();
        await using var error = StandardStream.OpenError();
        var relay = new SessionRelay(session, new RelayOptions
        {
            ForwardInput = hasInput,
            Output = output,
            Error = error,
            DetachKeys = _detachKeys,
            Redraw = redraw,
        });
        var outcome = await relay.RunAsync(cancellationToken);
        if (outcome == RelayOutcome.Detached)
        {
            // The prompt begins a line of its own.
            await output.WriteAsync("\r\n"u8.ToArray(), cancellationToken);
            await sink.WriteVerboseAsync($"Detached from the container '{container}'; everything in it goes on.");
        }

        return outcome;
    }

    private async Task<ContainerSession> AttachAsync(
        IContainerRuntime runtime, ContainerDetail container, CancellationToken cancellationToken)
        => container.State == ContainerState.Running
            ? await runtime.AttachAsync(
                container.Id, new AttachOptions { StdIn = container.OpenStdin, DetachKeys = _detachKeys.Text }, cancellationToken)
            : throw new ZLayerException(
                ZLayerErrorKind.ContainerNotRunning,
                $"The container '{container.Name}' cannot be attached to: it is {container.State.ToString().ToLowerInvariant()}.")
            {
                Subject = container.Name,
                Advice = container.State == ContainerState.Paused
                    ? "Use Resume-ZLayerContainer first."
                    : "Use Start-ZLayerContainer first.",
            };

    private string[] CommandFor(ContainerDetail container)
        => Command is { Length: > 0 } ? Command : container.Os == "windows" ? ["cmd"] : ["/bin/sh", "-c", FindShell];

    private void RequireConsole()
    {
        const string Advice = "Use Invoke-ZLayerCommand, whose output is objects, or run this in a console.";
        if (Host.Name == "ServerRemoteHost")
        {
            throw LocalTerminal.Required("Enter-ZLayerContainer", "this is a remote session", Advice);
        }

        if (!IsConsoleHost())
        {
            throw LocalTerminal.Required("Enter-ZLayerContainer", $"the host '{Host.Name}' has no console", Advice);
        }

        if (!LocalTerminal.OfProcess.IsInteractive)
        {
            throw LocalTerminal.Required("Enter-ZLayerContainer", "standard input or output is redirected", Advice);
        }
    }

    // Runspaces of jobs and of programs have a host without a window.
    private bool IsConsoleHost()
    {
        try
        {
            return Host.UI?.RawUI is { } window && window.WindowSize.Width > 0;
        }
        catch (Exception exception) when (exception is System.Management.Automation.Host.HostException or NotImplementedException or InvalidOperationException)
        {
            return false;
        }
    }
}
