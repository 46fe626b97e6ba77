using System.Management.Automation;
using System.Threading.Channels;
using ZLayer.Core.Errors;
using ZLayer.Core.Runtimes;
using ZLayer.Core.Runtimes.Execution;
using ZLayer.Core.Runtimes.Observation;
using ZLayer.Core.Runtimes.Operations;
using ZLayer.Core.Runtimes.Specifications;
using ZLayer.PowerShell.Pipeline;
using ZLayer.PowerShell.Transformation;

namespace ZLayer.PowerShell.Commands;

/// <summary>Runs a container to its end (run) and returns its output line by line, or all at once with its exit code.</summary>
/// <remarks>
/// <para>
/// The lines come as the container writes them. An image that the runtime does not hold is pulled, as -PullPolicy says. With -Remove
/// nothing is left of the container at its end.
/// </para>
/// <para>
/// What is piped in becomes the input of its process: texts as lines, byte arrays and log lines as their bytes. Write -- before the
/// command, so that PowerShell does not take its options for parameters: everything behind it goes to the process as it is, without a
/// shell. Quote '-p:Name=Value', which PowerShell would split.
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
/// it is none; with -AsResult it is in the result.
/// </para>
/// <para>A run that is given up (Ctrl+C, Select-Object -First, -TimeoutSeconds) kills the container, and with -Remove removes it.</para>
/// </remarks>
/// <example>
/// <summary>Build in a container</summary>
/// <code>Invoke-ZLayerContainer mcr.microsoft.com/dotnet/sdk:10.0 -Remove -Mount .:/src -WorkingDirectory /src -- dotnet build '-p:Configuration=Release'</code>
/// </example>
/// <example>
/// <summary>Use the output of a command</summary>
/// <code>(Invoke-ZLayerContainer busybox -Remove -AsResult -- uname -r).StdOut.Trim()</code>
/// </example>
/// <example>
/// <summary>Pipe text through a container</summary>
/// <code>'b', 'a' | Invoke-ZLayerContainer busybox -Remove -- sort</code>
/// </example>
/// <example>
/// <summary>Test what was just built</summary>
/// <code>Invoke-ZLayerBuild ./web -Target test | Invoke-ZLayerContainer -Remove -- make test</code>
/// </example>
/// <seealso href="https://github.com/opencontainers/runtime-spec/blob/main/runtime.md">OCI runtime specification</seealso>
/// <seealso cref="StartZLayerContainerCommand"/>
/// <seealso cref="InvokeZLayerCommandCommand"/>
[Cmdlet(VerbsLifecycle.Invoke, "ZLayerContainer", SupportsShouldProcess = true, DefaultParameterSetName = ImageSet)]
[OutputType(typeof(string), typeof(ContainerRunResult))]
public sealed class InvokeZLayerContainerCommand : ContainerCreationCmdlet
{
    private static readonly TimeSpan CleaningTime = TimeSpan.FromSeconds(5);

    private readonly ProcessInput _input = new();
    private ExitReport _report = new();
    private PipedRun<RunEvent>? _run;
    private string? _outputFile;
    private ProcessOutput? _output;
    private bool _declined;
    private bool _ranImages;
    private bool _isCommandAlone;

    /// <summary>The name of the container; without it the runtime chooses one.</summary>
    [Parameter(HelpMessage = "The name of the container; without it the runtime chooses one.")]
    [ValidateNotNullOrEmpty]
    public string? Name { get; set; }

    /// <summary>
    /// From the pipeline, the input of its process: texts become lines, byte arrays and log lines are sent as their bytes. An image object,
    /// or the result of a build or a push, is the image instead, where -Image does not name another.
    /// </summary>
    [Parameter(ValueFromPipeline = true, HelpMessage = "The input of its process: texts become lines, byte arrays are sent as they are. An image object is the image instead.")]
    [AllowNull]
    [AllowEmptyString]
    public object? InputObject { get; set; }

    /// <summary>Removes the container, with its anonymous volumes, at its end.</summary>
    [Parameter(HelpMessage = "Removes the container, with its anonymous volumes, at its end.")]
    [Alias("AutoRemove")]
    public SwitchParameter Remove { get; set; }

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

    /// <summary>Returns one object with the outputs as text and as bytes, the exit code and how it ended, instead of lines.</summary>
    [Parameter(HelpMessage = "Returns one object with outputs, exit code and duration instead of lines.")]
    public SwitchParameter AsResult { get; set; }

    /// <summary>An exit code other than 0 is not an error.</summary>
    [Parameter(HelpMessage = "An exit code other than 0 is not an error.")]
    public SwitchParameter AllowNonZeroExit { get; set; }

    /// <summary>How long it may run: seconds, '1m' or a TimeSpan. Then it is killed, and the cmdlet fails.</summary>
    [Parameter(HelpMessage = "How long it may run before it is killed: seconds, '1m' or a TimeSpan.")]
    [Alias("Timeout")]
    [Duration]
    public Period? TimeoutSeconds { get; set; }

    private protected override string? NewName => Name;

    private bool HasInput => (MyInvocation.ExpectingInput || InputObject is not null) && !_ranImages;

    // With -Image, and after other input, the text of an image object is input as any other.
    private bool IsImage
        => _run is null
            && Specification is null
            && (Image is null || IsPlaced(nameof(Image)))
            && ImageIdentityAttribute.IsImage(InputObject);

    // The image is left to the pipeline: what stands in its place is the first word of the command.
    private bool IsWithoutImage
        => _run is null && MyInvocation.ExpectingInput && Specification is null && (Image is null || _isCommandAlone);

    /// <inheritdoc/>
    protected override void BeginProcessing()
    {
        base.BeginProcessing();
        PrepareSpecification();
        _isCommandAlone = IsPlaced(nameof(Image)) && CommandWords.AreAllThereIs(this);
        try
        {
            RefuseKeys();
            _outputFile = ProcessOutput.ResolvePath(OutputPath, ResolveNewPath, Stream, AsResult);
        }
        catch (ZLayerException exception)
        {
            ThrowTerminatingError(ErrorMapper.ToErrorRecord(exception, OutputPath));
        }
    }

    /// <inheritdoc/>
    protected override async Task ProcessRecordAsync(IPipelineSink sink, CancellationToken cancellationToken)
    {
        if (IsImage)
        {
            _ranImages = true;
            var image = ImageIdentityAttribute.Read(InputObject!);
            ChooseImage(image);
            await GuardAsync(sink, image, () => RunAsync(sink, cancellationToken));
            _declined = false;
        }
        else if (_ranImages)
        {
            throw ImageIdentityAttribute.Refuse(InputObject);
        }
        else if (IsWithoutImage)
        {
            throw NoImage();
        }
        else if (HasInput && !_declined)
        {
            await StartAsync(sink, cancellationToken);
            await (_run?.WriteAsync(_input.Encode(InputObject), step => PassAsync(step, sink), cancellationToken) ?? Task.CompletedTask);
        }
    }

    /// <inheritdoc/>
    protected override async Task EndProcessingAsync(IPipelineSink sink, CancellationToken cancellationToken)
    {
        // Each image has run, or none was piped in.
        if (!_ranImages && !IsWithoutImage)
        {
            await RunAsync(sink, cancellationToken);
        }
    }

    private async Task RunAsync(IPipelineSink sink, CancellationToken cancellationToken)
    {
        await StartAsync(sink, cancellationToken);
        if (_run is not { } run)
        {
            return;
        }

        try
        {
            if (HasInput)
            {
                await run.WriteAsync(_input.Flush(), step => PassAsync(step, sink), cancellationToken);
            }

            await run.FinishAsync(step => PassAsync(step, sink), cancellationToken);
            await _output!.CompleteAsync();
        }
        finally
        {
            // The container of a run that is left early is cleared away before the cmdlet ends.
            await run.DisposeAsync();
            await _output!.DisposeAsync();
            _run = null;
        }
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        base.Dispose(disposing);
        if (disposing)
        {
            _run?.DisposeAsync().AsTask().Wait(CleaningTime);
            _output?.DisposeAsync().AsTask().Wait(CleaningTime);
            _run = null;
        }
    }

    // Its input is the pipeline: a program at a terminal would wait for keys that cannot come.
    private void RefuseKeys()
    {
        if (Tty && OpenStdin && !HasInput)
        {
            throw new ZLayerException(
                ZLayerErrorKind.InvalidArgument, "Invoke-ZLayerContainer hands no keys to a container: its input is what is piped in.")
            {
                Subject = Image?.Text,
                Advice = "Use Enter-ZLayerContainer -Image to work at a terminal of a new container, or pipe the input in.",
            };
        }
    }

    private async Task StartAsync(IPipelineSink sink, CancellationToken cancellationToken)
    {
        if (_run is not null || _declined)
        {
            return;
        }

        if (!_ranImages)
        {
            ChooseImage(piped: null);
        }

        _report = new ExitReport();
        var specification = await ReadSpecificationAsync(cancellationToken);
        if (!await sink.ShouldProcessAsync(Describe(specification), Remove ? "Run, and remove at its end" : "Run"))
        {
            _declined = true;
            return;
        }

        var progress = new PullProgressReporter(sink, $"Receive {specification.Image}");
        try
        {
            var runtime = NewRuntime;
            _output = new ProcessOutput(Stream, _outputFile, cancellationToken);
            _run = new PipedRun<RunEvent>(
                (input, events, token) => RunAsync(runtime, specification, input, events, token), HasInput, cancellationToken);
            await _run.UntilAsync<RunCreated>(step => Report(step, progress, sink), cancellationToken);
        }
        finally
        {
            progress.Complete();
        }
    }

    private async Task RunAsync(
        IContainerRuntime runtime, ContainerSpecification specification, Stream? input, ChannelWriter<RunEvent> events, CancellationToken cancellationToken)
    {
        var options = new ContainerRunOptions
        {
            Specification = specification,
            Remove = Remove,
            Input = input,
            Timeout = TimeoutSeconds,
            Images = NewImages,
        };
        if (AsResult)
        {
            var result = await runtime.RunToEndAsync(options, step => events.TryWrite(step), cancellationToken);
            await events.WriteAsync(new Finished(result with { Runtime = runtime.Name }), cancellationToken);
            return;
        }

        await foreach (var step in runtime.RunAsync(options, cancellationToken))
        {
            await events.WriteAsync(step, cancellationToken);
        }
    }

    private async ValueTask PassAsync(RunEvent step, IPipelineSink sink)
    {
        switch (step)
        {
            case RunOutput output:
                _report.Add(output.Record);
                await _output!.WriteAsync(output.Record, sink);
                break;
            case Finished finished:
                await sink.WriteObjectAsync(finished.Result);
                break;
            case RunEnded { Outcome: { ExitCode: not 0 } outcome, Container: var container } when !AllowNonZeroExit:
                var failure = _report.ToException($"The container '{container.Name}'{Reason(outcome)}", container.Name, outcome.ExitCode);
                await sink.WriteErrorAsync(ErrorMapper.ToErrorRecord(failure, container.Name));
                break;
        }
    }

    private static string Reason(WaitOutcome outcome) => outcome switch
    {
        { Reason: WaitReason.OomKilled } => ", killed for its memory,",
        { Signal: { } signal } => $", killed by {signal},",
        { Error: { Length: > 0 } error } => $" ({error})",
        _ => "",
    };

    // The event that ends a run whose output is kept.
    private sealed record Finished(ContainerRunResult Result) : RunEvent;
}
