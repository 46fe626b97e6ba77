using System.Management.Automation;
using System.Runtime.CompilerServices;
using ZLayer.Core.Errors;
using ZLayer.Core.Foundation.Files;
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
/// <para>
/// The command and its arguments reach the program as they are: no shell, no quoting. Write -- before them, so that PowerShell does not
/// take their options for its own; put an argument such as '-p:A=B' in quotes. -ShellCommand runs a text with sh -c instead.
/// </para>
/// <para>
/// What is piped in becomes the command's input: texts as lines, byte arrays and log lines as their bytes. The containers are therefore
/// named, not piped.
/// </para>
/// <para>
/// A line of the standard output is a string, which can be compared, searched and converted, with the properties Time, Stream, Text, Bytes,
/// Terminator, ContainerName and Runtime. The standard error goes to the error stream, as that of a program does: 2&gt;$null drops it,
/// 2&gt;&amp;1 joins it, and neither $ErrorActionPreference nor $? nor $Error take it for a failure. Such an error has the id StandardError
/// and the line as its TargetObject. -Stream returns the lines of the streams that it names as output instead.
/// </para>
/// <para>
/// Bytes go from one of these cmdlets into another as they were. A redirection to a file is PowerShell's and writes lines of UTF-8 text,
/// each with a line end; -OutputPath writes a file byte for byte.
/// </para>
/// <para>
/// An exit code other than 0 is an error, which does not end the script, with the last lines of the standard error. With -AllowNonZeroExit
/// it is none. With -AsResult the exit code comes in the result, with both outputs as text and as bytes.
/// </para>
/// <para>
/// A command that is given up (Ctrl+C, Select-Object -First, -TimeoutSeconds) loses its input and output; whether it ends then is its own
/// affair, as engines cannot stop it.
/// </para>
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
/// <code>Invoke-ZLayerCommand db -OutputPath ./dump.bin -- pg_dump --format custom app</code>
/// </example>
/// <example>
/// <summary>Copy files from one container into another</summary>
/// <code>Invoke-ZLayerCommand a -- tar c -C /srv . | Invoke-ZLayerCommand b -- tar x -C /srv</code>
/// </example>
/// <example>
/// <summary>Ignore what a command says on its standard error, or keep it apart</summary>
/// <code>Invoke-ZLayerCommand web -- app status 2&gt;$null | ConvertFrom-Json
/// Invoke-ZLayerCommand web -Stream StdOut, StdErr -- app status | Group-Object Stream</code>
/// </example>
/// <seealso href="https://docs.docker.com/reference/cli/docker/container/exec/">docker container exec</seealso>
/// <seealso cref="GetZLayerContainerLogCommand"/>
[Cmdlet(VerbsLifecycle.Invoke, "ZLayerCommand", SupportsShouldProcess = true, DefaultParameterSetName = ArgumentSet)]
[OutputType(typeof(string), typeof(ExecResult))]
public sealed class InvokeZLayerCommandCommand : ContainerCmdlet
{
    private const string ArgumentSet = "Argument";
    private const string ShellSet = "Shell";

    private readonly ProcessInput _input = new();
    private ContainerTarget? _target;
    private PipedRun<ExecEvent>? _run;
    private ExitReport _report = new();
    private string? _inputFile;
    private string? _outputFile;
    private ProcessOutput? _output;

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

    /// <summary>
    /// Variables on top of the container's: a hashtable, or 'NAME=value' texts. A name without value takes the variable of this process.
    /// </summary>
    [Parameter(HelpMessage = "Variables on top of the container's: a hashtable, or 'NAME=value' texts.")]
    [Alias("Env")]
    [NameValue]
    public NameValueTable? Environment { get; set; }

    /// <summary>The working directory in the container; without it the container's.</summary>
    [Parameter(HelpMessage = "The working directory in the container.")]
    [Alias("WorkDir")]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(ContainerPathCompleter))]
    public string? WorkingDirectory { get; set; }

    /// <summary>The user, 'name[:group]' or 'uid[:gid]'; without it the container's.</summary>
    [Parameter(HelpMessage = "The user, 'name[:group]' or 'uid[:gid]'.")]
    [ValidateNotNullOrEmpty]
    public string? User { get; set; }

    /// <summary>Gives the command all capabilities.</summary>
    [Parameter(HelpMessage = "Gives the command all capabilities.")]
    public SwitchParameter Privileged { get; set; }

    /// <summary>
    /// A file for the standard output, byte for byte, instead of lines; one that is there is replaced when the process has ended. A pipe is
    /// written into.
    /// </summary>
    [Parameter(HelpMessage = "A file for the standard output, byte for byte, instead of lines.")]
    [Alias("OutFile")]
    [ValidateNotNullOrEmpty]
    public string? OutputPath { get; set; }

    /// <summary>
    /// Returns the lines of these streams as output, each with its property Stream: StdOut, StdErr. Without it the standard error goes to
    /// the error stream.
    /// </summary>
    [Parameter(HelpMessage = "Returns the lines of these streams as output: StdOut, StdErr. Without it the standard error goes to the error stream.")]
    [ValidateSet(nameof(LogStream.StdOut), nameof(LogStream.StdErr))]
    public LogStream[] Stream { get; set; } = [];

    /// <summary>Returns one object with the outputs as text and as bytes, the exit code and the duration, instead of lines.</summary>
    [Parameter(HelpMessage = "Returns one object with outputs, exit code and duration instead of lines.")]
    public SwitchParameter AsResult { get; set; }

    /// <summary>An exit code other than 0 is not an error.</summary>
    [Parameter(HelpMessage = "An exit code other than 0 is not an error.")]
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
        CommandWords.Check(this, Command);
        try
        {
            _inputFile = InputPath is null ? null : ResolveExistingPaths(InputPath, isLiteral: true)[0];
            _outputFile = ProcessOutput.ResolvePath(OutputPath, ResolveNewPath, Stream, AsResult);
        }
        catch (ZLayerException exception)
        {
            ThrowTerminatingError(ErrorMapper.ToErrorRecord(exception, OutputPath ?? InputPath));
        }
    }

    /// <inheritdoc/>
    protected override async Task ProcessRecordAsync(IPipelineSink sink, CancellationToken cancellationToken)
    {
        if (HasInput)
        {
            await StartAsync(sink, cancellationToken);
            await (_run?.WriteAsync(_input.Encode(InputObject), step => PassAsync(_target!, step, sink), cancellationToken)
                ?? Task.CompletedTask);
        }
    }

    /// <inheritdoc/>
    protected override async Task EndProcessingAsync(IPipelineSink sink, CancellationToken cancellationToken)
    {
        if (HasInput)
        {
            await FinishAsync(sink, cancellationToken);
        }
        else if (_inputFile is not null)
        {
            await using var file = UserFile.OpenRead(_inputFile, cancellationToken);
            await RunAsync(await FindTargetAsync(cancellationToken), file, sink, cancellationToken);
        }
        else if (_outputFile is not null)
        {
            await RunAsync(await FindTargetAsync(cancellationToken), null, sink, cancellationToken);
        }
        else
        {
            await ForEachContainerAsync(Name, sink, target => RunAsync(target, null, sink, cancellationToken), cancellationToken);
        }
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        base.Dispose(disposing);
        if (disposing)
        {
            _run?.DisposeAsync().AsTask().Wait(TimeSpan.FromSeconds(5));
            _run = null;
            _output?.DisposeAsync().AsTask().Wait(TimeSpan.FromSeconds(5));
        }
    }

    private bool HasInput => MyInvocation.ExpectingInput || InputObject is not null;

    private IReadOnlyList<string> Arguments => ParameterSetName == ShellSet ? ["sh", "-c", ShellCommand] : Command;

    private string CommandLine => ParameterSetName == ShellSet ? ShellCommand : string.Join(' ', Command);

    private async Task StartAsync(IPipelineSink sink, CancellationToken cancellationToken)
    {
        if (_target is not null)
        {
            return;
        }

        if (InputPath is not null)
        {
            throw new ZLayerException(ZLayerErrorKind.InvalidArgument, "The input is piped and in a file; only one can be meant.")
            {
                Subject = InputPath,
            };
        }

        var target = _target = await FindTargetAsync(cancellationToken);
        if (await AgreesAsync(target, sink))
        {
            _output = new ProcessOutput(Stream, _outputFile, cancellationToken);
            _run = new PipedRun<ExecEvent>(
                async (input, events, token) =>
                {
                    await foreach (var step in RunAsync(target, input, token))
                    {
                        await events.WriteAsync(step, token);
                    }
                },
                hasInput: true,
                cancellationToken);
        }
    }

    private async Task FinishAsync(IPipelineSink sink, CancellationToken cancellationToken)
    {
        await StartAsync(sink, cancellationToken);
        if (_run is { } run)
        {
            await run.WriteAsync(_input.Flush(), step => PassAsync(_target!, step, sink), cancellationToken);
            await run.FinishAsync(step => PassAsync(_target!, step, sink), cancellationToken);
            await _output!.CompleteAsync();
        }
    }

    // The input belongs to one command, so there is one container; that it cannot be used ends the statement.
    private async Task<ContainerTarget> FindTargetAsync(CancellationToken cancellationToken)
        => Name is [var identity]
            ? await ContainerSelection.FindOneAsync(Runtimes, identity, cancellationToken)
            : throw new ZLayerException(
                ZLayerErrorKind.InvalidArgument, "Input goes to one container, and a file takes the output of one; several are named.")
            {
                Advice = "Run the command once for each container.",
            };

    private Task<bool> AgreesAsync(ContainerTarget target, IPipelineSink sink)
        => sink.ShouldProcessAsync(target.Description, $"Run '{CommandLine}'");

    private async Task RunAsync(ContainerTarget target, Stream? input, IPipelineSink sink, CancellationToken cancellationToken)
    {
        if (!await AgreesAsync(target, sink))
        {
            return;
        }

        _report = new ExitReport();
        await using var output = new ProcessOutput(Stream, _outputFile, cancellationToken);
        _output = output;
        await foreach (var step in RunAsync(target, input, cancellationToken))
        {
            await PassAsync(target, step, sink);
        }

        await output.CompleteAsync();
    }

    private async IAsyncEnumerable<ExecEvent> RunAsync(
        ContainerTarget target, Stream? input, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var options = new CommandRunOptions
        {
            Command = new ExecOptions
            {
                Command = Arguments,
                Environment = NameValueAttribute.ToDictionary(Environment, ZLayer.Core.ZLayerEngineOptions.FromEnvironment().Environment),
                WorkingDirectory = WorkingDirectory,
                User = User,
                Privileged = Privileged,
            },
            ContainerName = target.Name,
            Input = input,
            Timeout = TimeoutSeconds,
        };
        if (AsResult)
        {
            var result = await target.Runtime.RunCommandToEndAsync(target.Id, options, cancellationToken);
            yield return new Finished(result with { Runtime = target.Runtime.Name });
            yield break;
        }

        await foreach (var step in target.Runtime.RunCommandAsync(target.Id, options, cancellationToken))
        {
            yield return step;
        }
    }

    private async ValueTask PassAsync(ContainerTarget target, ExecEvent step, IPipelineSink sink)
    {
        switch (step)
        {
            case ExecOutput { Record: var line }:
                _report.Add(line);
                await _output!.WriteAsync(line, sink);
                break;
            case Finished finished:
                await sink.WriteObjectAsync(finished.Result);
                break;
            case ExecExit { ExitCode: not 0 and var exitCode } when !AllowNonZeroExit:
                var failure = _report.ToException($"'{CommandLine}' in the {target.Description}", target.Name, exitCode);
                await sink.WriteErrorAsync(ErrorMapper.ToErrorRecord(failure, target.Name));
                break;
        }
    }

    // The event that ends a command whose output is kept.
    private sealed record Finished(ExecResult Result) : ExecEvent;
}
