using System.Management.Automation;
using System.Threading.Channels;
using ZLayer.Core.Errors;
using ZLayer.Core.Runtimes;
using ZLayer.Core.Runtimes.Execution;
using ZLayer.Core.Runtimes.Observation;
using ZLayer.Core.Runtimes.Operations;
using ZLayer.PowerShell.Completion;
using ZLayer.PowerShell.Pipeline;
using ZLayer.PowerShell.Transformation;

namespace ZLayer.PowerShell.Commands;

/// <summary>Runs a command in running containers (exec) and returns its output line by line, or all at once with its exit code.</summary>
/// <remarks>
/// <para>The command and its arguments reach the program as they are: no shell, no quoting. Write -- before them, so that PowerShell does not take their options for its own; put an argument such as '-p:A=B' in quotes. -ShellCommand runs a text with sh -c instead.</para>
/// <para>What is piped in becomes the command's input: texts as lines, byte arrays and log lines as their bytes. The containers are therefore named, not piped.</para>
/// <para>An exit code other than 0 is an error, which does not end the script, with the last lines of the standard error. With -AllowNonZeroExit it is none. With -AsResult the exit code comes in the result, with both outputs as text and as bytes.</para>
/// <para>A command that is given up (Ctrl+C, Select-Object -First, -TimeoutSeconds) loses its input and output; whether it ends then is its own affair, as engines cannot stop it.</para>
/// </remarks>
/// <example>
/// <summary>Run a command and use its output</summary>
/// <code>(Invoke-ZLayerCommand web -AsResult -- id -u).StdOut.Trim()</code>
/// </example>
/// <example>
/// <summary>Run a line of shell in every running container</summary>
/// <code>Invoke-ZLayerCommand * -ShellCommand 'df -h / | tail -n 1' | Format-Table ContainerName, Text</code>
/// </example>
/// <example>
/// <summary>Pipe text through a command</summary>
/// <code>'b', 'a' | Invoke-ZLayerCommand web -- sort</code>
/// </example>
/// <example>
/// <summary>Restore a dump from a file, byte for byte</summary>
/// <code>Invoke-ZLayerCommand db -InputPath ./dump.bin -User postgres -- pg_restore --dbname app</code>
/// </example>
/// <example>
/// <summary>Keep the bytes of a command's output</summary>
/// <code>$result = Invoke-ZLayerCommand db -AsResult -- pg_dump --format custom app
/// [System.IO.File]::WriteAllBytes("$PWD/dump.bin", $result.RawStdOut.ToArray())</code>
/// </example>
/// <seealso href="https://docs.docker.com/reference/cli/docker/container/exec/">docker container exec</seealso>
/// <seealso cref="GetZLayerContainerLogCommand"/>
[Cmdlet(VerbsLifecycle.Invoke, "ZLayerCommand", SupportsShouldProcess = true, DefaultParameterSetName = ArgumentSet)]
[OutputType(typeof(LogRecord), typeof(ExecResult))]
public sealed class InvokeZLayerCommandCommand : ContainerCmdlet
{
    private const string ArgumentSet = "Argument";
    private const string ShellSet = "Shell";

    private readonly ProcessInput _input = new();
    private ContainerTarget? _target;
    private PipedRun<ExecEvent>? _running;
    private ExitReport _report = new();
    private bool _declined;
    private string? _inputFile;

    /// <summary>The containers: names, ids or the beginnings of ids, wildcards, or container objects. With input, exactly one.</summary>
    [Parameter(Mandatory = true, Position = 0, HelpMessage = "The containers: names, ids or the beginnings of ids, wildcards, or container objects.")]
    [Alias("Id", "Container")]
    [ValidateNotNullOrEmpty]
    [SupportsWildcards]
    [ContainerIdentity]
    [ArgumentCompleter(typeof(ContainerNameCompleter))]
    public ContainerIdentity[] Name { get; set; } = [];

    /// <summary>The program and its arguments. Write -- before them, so that PowerShell does not take their options for its own.</summary>
    [Parameter(Mandatory = true, Position = 1, ValueFromRemainingArguments = true, ParameterSetName = ArgumentSet, HelpMessage = "The program and its arguments; write -- before them.")]
    [AllowEmptyString]
    [ValidateNotNull]
    public string[] Command { get; set; } = [];

    /// <summary>A text to run with sh -c.</summary>
    [Parameter(Mandatory = true, ParameterSetName = ShellSet, HelpMessage = "A text to run with sh -c.")]
    [ValidateNotNullOrEmpty]
    public string ShellCommand { get; set; } = "";

    /// <summary>The command's input: texts become lines, byte arrays and log lines are sent as their bytes.</summary>
    [Parameter(ValueFromPipeline = true, HelpMessage = "The command's input: texts become lines, byte arrays are sent as they are.")]
    [ValidateNotNull]
    [AllowEmptyString]
    public object? InputObject { get; set; }

    /// <summary>A file that becomes the command's input, byte for byte.</summary>
    [Parameter(HelpMessage = "A file that becomes the command's input, byte for byte.")]
    [ValidateNotNullOrEmpty]
    public string? InputPath { get; set; }

    /// <summary>Variables on top of the container's: a hashtable, or 'NAME=value' texts. A name without value takes the variable of this process.</summary>
    [Parameter(HelpMessage = "Variables on top of the container's: a hashtable, or 'NAME=value' texts.")]
    [Alias("Env")]
    [NameValue]
    public NameValueTable? Environment { get; set; }

    /// <summary>The working directory in the container; without it the container's.</summary>
    [Parameter(HelpMessage = "The working directory in the container.")]
    [Alias("WorkDir")]
    [ValidateNotNullOrEmpty]
    public string? WorkingDirectory { get; set; }

    /// <summary>The user, 'name[:group]' or 'uid[:gid]'; without it the container's.</summary>
    [Parameter(HelpMessage = "The user, 'name[:group]' or 'uid[:gid]'.")]
    [ValidateNotNullOrEmpty]
    public string? User { get; set; }

    /// <summary>Gives the command all capabilities.</summary>
    [Parameter(HelpMessage = "Gives the command all capabilities.")]
    public SwitchParameter Privileged { get; set; }

    /// <summary>Returns one object with the outputs as text and as bytes, the exit code and the duration, instead of lines.</summary>
    [Parameter(HelpMessage = "Returns one object with outputs, exit code and duration instead of lines.")]
    public SwitchParameter AsResult { get; set; }

    /// <summary>An exit code other than 0 is no error.</summary>
    [Parameter(HelpMessage = "An exit code other than 0 is no error.")]
    public SwitchParameter AllowNonZeroExit { get; set; }

    /// <summary>How long the command may take: seconds, '1m' or a TimeSpan. Then it is given up with an error.</summary>
    [Parameter(HelpMessage = "How long the command may take before it is given up: seconds, '1m' or a TimeSpan.")]
    [Alias("Timeout")]
    [Duration]
    public Period? TimeoutSeconds { get; set; }

    private protected override IReadOnlyList<ContainerState> ActsOn => [ContainerState.Running];

    /// <inheritdoc/>
    protected override void BeginProcessing()
    {
        base.BeginProcessing();
        try
        {
            _inputFile = InputPath is null ? null : ResolveExistingPaths(InputPath, isLiteral: true)[0];
        }
        catch (ZLayerException exception)
        {
            ThrowTerminatingError(ErrorMapper.ToErrorRecord(exception, InputPath));
        }
    }

    /// <inheritdoc/>
    protected override async Task ProcessRecordAsync(IPipelineSink sink, CancellationToken cancellationToken)
    {
        if (!HasInput || _declined || (_running is null && !await StartAsync(sink, cancellationToken)))
        {
            return;
        }

        await _running!.WriteAsync(_input.Encode(InputObject), step => PassAsync(step, sink), cancellationToken);
    }

    /// <inheritdoc/>
    protected override async Task EndProcessingAsync(IPipelineSink sink, CancellationToken cancellationToken)
    {
        if (_declined)
        {
            return;
        }

        if (HasInput || _inputFile is not null)
        {
            if (_running is not null || await StartAsync(sink, cancellationToken))
            {
                await GuardAsync(sink, _target!, () => InTimeAsync(_target!, token => FinishAsync(sink, token), cancellationToken));
            }

            return;
        }

        await ForEachContainerAsync(
            Name,
            sink,
            async target =>
            {
                if (await sink.ShouldProcessAsync(target.Description, $"Run '{CommandLine}'"))
                {
                    await InTimeAsync(target, token => RunAsync(target, sink, token), cancellationToken);
                }
            },
            cancellationToken);
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        base.Dispose(disposing);
        if (disposing)
        {
            _running?.DisposeAsync().AsTask().Wait(TimeSpan.FromSeconds(5));
            _running = null;
        }
    }

    private bool HasInput => MyInvocation.ExpectingInput || InputObject is not null;

    private IReadOnlyList<string> Arguments => ParameterSetName == ShellSet ? ["sh", "-c", ShellCommand] : Command;

    private string CommandLine => ParameterSetName == ShellSet ? ShellCommand : string.Join(' ', Command);

    private ExecOptions Options(bool withInput) => new()
    {
        Command = Arguments,
        Environment = NameValueAttribute.ToDictionary(Environment, ZLayer.Core.ZLayerEngineOptions.FromEnvironment().Environment),
        WorkingDirectory = WorkingDirectory,
        User = User,
        Privileged = Privileged,
        AttachStdIn = withInput,
    };

    // The input belongs to one command, so there is one container; that it cannot be used ends the statement.
    private async Task<bool> StartAsync(IPipelineSink sink, CancellationToken cancellationToken)
    {
        if (Name is not [var identity])
        {
            throw new ZLayerException(ZLayerErrorKind.InvalidArgument, "Input goes to one container; several are named.") { Advice = "Run the command once for each container." };
        }

        if (HasInput && InputPath is not null)
        {
            throw new ZLayerException(ZLayerErrorKind.InvalidArgument, "The input is piped and in a file; only one can be meant.") { Subject = InputPath };
        }

        _target = await ContainerSelection.FindOneAsync(Runtimes, identity, cancellationToken);
        if (!await sink.ShouldProcessAsync(_target.Description, $"Run '{CommandLine}'"))
        {
            _declined = true;
            return false;
        }

        var command = await RunningCommand.StartAsync(_target.Runtime, _target.Id, Options(withInput: true), _target.Name, cancellationToken);
        _running = new PipedRun<ExecEvent>((input, events, token) => RunAsync(command, input, events, token), HasInput, cancellationToken);
        return true;
    }

    private async Task RunAsync(RunningCommand command, Stream? input, ChannelWriter<ExecEvent> events, CancellationToken cancellationToken)
    {
        await using var closing = command;
        await using var file = _inputFile is null ? null : File.OpenRead(_inputFile);
        if (AsResult)
        {
            await events.WriteAsync(new Finished(await command.ReadToEndAsync(input ?? file, cancellationToken)), cancellationToken);
            return;
        }

        await foreach (var step in command.ReadAsync(input ?? file, cancellationToken))
        {
            await events.WriteAsync(step, cancellationToken);
        }
    }

    private async Task FinishAsync(IPipelineSink sink, CancellationToken cancellationToken)
    {
        if (HasInput)
        {
            await _running!.WriteAsync(_input.Flush(), step => PassAsync(step, sink), cancellationToken);
        }

        await _running!.FinishAsync(step => PassAsync(step, sink), cancellationToken);
    }

    private async Task RunAsync(ContainerTarget target, IPipelineSink sink, CancellationToken cancellationToken)
    {
        _report = new ExitReport();
        var options = Options(withInput: false);
        if (AsResult)
        {
            await ReportAsync(target, await target.Runtime.ExecAsync(target.Id, options, cancellationToken), sink);
            return;
        }

        await foreach (var step in target.Runtime.StreamExecAsync(target.Id, options, cancellationToken))
        {
            await PassAsync(target, step is ExecOutput output ? new ExecOutput(output.Record with { ContainerName = target.Name }) : step, sink);
        }
    }

    private ValueTask PassAsync(ExecEvent step, IPipelineSink sink) => PassAsync(_target!, step, sink);

    private async ValueTask PassAsync(ContainerTarget target, ExecEvent step, IPipelineSink sink)
    {
        switch (step)
        {
            case ExecOutput { Record: var line }:
                _report.Add(line);
                await sink.WriteObjectAsync(line);
                break;
            case ExecExit exit:
                await ReportAsync(target, new ExecResult { ExitCode = exit.ExitCode }, sink);
                break;
            case Finished finished:
                await ReportAsync(target, finished.Result, sink);
                break;
        }
    }

    private async Task ReportAsync(ContainerTarget target, ExecResult result, IPipelineSink sink)
    {
        if (AsResult)
        {
            await sink.WriteObjectAsync(result with { ContainerName = target.Name });
        }
        else if (result.ExitCode != 0 && !AllowNonZeroExit)
        {
            throw _report.ToException($"'{CommandLine}' in the {target.Description}", target.Name, result.ExitCode);
        }
    }

    private async Task InTimeAsync(ContainerTarget target, Func<CancellationToken, Task> work, CancellationToken cancellationToken)
    {
        if (TimeoutSeconds is not { } limit)
        {
            await work(cancellationToken);
            return;
        }

        using var timeout = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        timeout.CancelAfter(limit);
        try
        {
            await work(timeout.Token);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            throw new ZLayerException(ZLayerErrorKind.OperationTimedOut, $"'{CommandLine}' in the {target.Description} did not end within {Quantity.Duration(limit)}.")
            {
                Subject = target.Name,
                Advice = "It may go on in the container: Get-ZLayerContainerProcess shows it. Give it more time with -TimeoutSeconds.",
            };
        }
    }

    // The event that ends a command whose output is kept.
    private sealed record Finished(ExecResult Result) : ExecEvent;
}
