using System.Management.Automation;
using ZLayer.Core.Errors;
using ZLayer.Core.Foundation.Files;
using ZLayer.Core.Runtimes;
using ZLayer.Core.Runtimes.Execution;
using ZLayer.PowerShell.Completion;
using ZLayer.PowerShell.Pipeline;
using ZLayer.PowerShell.Transformation;

namespace ZLayer.PowerShell.Commands;

/// <summary>Writes to the input of a running container's own process.</summary>
/// <remarks>
/// <para>
/// The container must have been made with an open input (-OpenStdin). Texts are sent as lines, byte arrays and log lines as their bytes,
/// files byte for byte.
/// </para>
/// <para>
/// -Close ends the input afterwards. Engines do so only for containers whose input is open for one session; for others it stays open.
/// </para>
/// </remarks>
/// <example>
/// <summary>Type a line</summary>
/// <code>'stop' | Send-ZLayerContainerInput game</code>
/// </example>
/// <example>
/// <summary>Send a file</summary>
/// <code>Send-ZLayerContainerInput game -Path ./commands.txt</code>
/// </example>
/// <seealso href="https://docs.docker.com/reference/cli/docker/container/attach/">docker container attach</seealso>
/// <seealso cref="InvokeZLayerCommandCommand"/>
[Cmdlet(VerbsCommunications.Send, "ZLayerContainerInput", SupportsShouldProcess = true, DefaultParameterSetName = ObjectSet)]
[OutputType(typeof(ContainerInfo))]
public sealed class SendZLayerContainerInputCommand : ContainerCmdlet
{
    private const string ObjectSet = "Object";
    private const string PathSet = "Path";

    private ProcessInput? _input;
    private ContainerTarget? _target;
    private readonly List<string> _files = [];
    private ContainerSession? _session;
    private bool _declined;

    /// <summary>The container: its name, its id or the beginning of it, or a container object.</summary>
    [Parameter(Mandatory = true, Position = 0, HelpMessage = "The container: its name, its id or the beginning of it, or a container object.")]
    [Alias("Id", "Container")]
    [ValidateNotNull]
    [ContainerIdentity]
    [ArgumentCompleter(typeof(ContainerNameCompleter))]
    public ContainerIdentity? Name { get; set; }

    /// <summary>What is sent: texts become lines, byte arrays and log lines are sent as their bytes.</summary>
    [Parameter(Position = 1, ValueFromPipeline = true, ParameterSetName = ObjectSet, HelpMessage = "What is sent: texts become lines, byte arrays are sent as they are.")]
    [ValidateNotNull]
    [AllowEmptyString]
    public object? InputObject { get; set; }

    /// <summary>Files that are sent, byte for byte.</summary>
    [Parameter(Mandatory = true, ParameterSetName = PathSet, HelpMessage = "Files that are sent, byte for byte.")]
    [ValidateNotNullOrEmpty]
    [SupportsWildcards]
    public string[] Path { get; set; } = [];

    /// <summary>Ends the input afterwards.</summary>
    [Parameter(HelpMessage = "Ends the input afterwards.")]
    public SwitchParameter Close { get; set; }

    /// <summary>Sends texts without a line end.</summary>
    [Parameter(ParameterSetName = ObjectSet, HelpMessage = "Sends texts without a line end.")]
    public SwitchParameter NoNewline { get; set; }

    /// <summary>Returns the container as it is afterwards.</summary>
    [Parameter(HelpMessage = "Returns the container as it is afterwards.")]
    public SwitchParameter PassThru { get; set; }

    /// <inheritdoc/>
    protected override void BeginProcessing()
    {
        base.BeginProcessing();
        foreach (var path in Path)
        {
            try
            {
                _files.AddRange(ResolveExistingPaths(path, isLiteral: false));
            }
            catch (ZLayerException exception)
            {
                ThrowTerminatingError(ErrorMapper.ToErrorRecord(exception, path));
            }
        }
    }

    /// <inheritdoc/>
    protected override async Task ProcessRecordAsync(IPipelineSink sink, CancellationToken cancellationToken)
    {
        if (_declined || (_session is null && !await OpenAsync(sink, cancellationToken)))
        {
            return;
        }

        if (ParameterSetName == ObjectSet)
        {
            await SendAsync((_input ??= new ProcessInput(!NoNewline)).Encode(InputObject), cancellationToken);
            return;
        }

        foreach (var path in _files)
        {
            await GuardAsync(sink, path, () => SendFileAsync(path, cancellationToken));
        }
    }

    /// <inheritdoc/>
    protected override async Task EndProcessingAsync(IPipelineSink sink, CancellationToken cancellationToken)
    {
        if (_session is null)
        {
            return;
        }

        await SendAsync(_input?.Flush() ?? [], cancellationToken);
        if (Close)
        {
            await _session.CloseInputAsync(cancellationToken);
        }

        if (PassThru)
        {
            await _target!.WriteAsync(sink, cancellationToken);
        }
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        base.Dispose(disposing);
        if (disposing)
        {
            _session?.DisposeAsync().AsTask().Wait(TimeSpan.FromSeconds(5));
            _session = null;
        }
    }

    private async Task<bool> OpenAsync(IPipelineSink sink, CancellationToken cancellationToken)
    {
        _target = await ContainerSelection.FindOneAsync(Runtimes, Name!, cancellationToken);
        var detail = await _target.Runtime.InspectContainerAsync(_target.Id, cancellationToken);
        if (detail.State != ContainerState.Running)
        {
            throw new ZLayerException(
                ZLayerErrorKind.ContainerNotRunning, $"Sending input to the {_target.Description}: it is {detail.State.ToString().ToLowerInvariant()}.")
            {
                Subject = _target.Name,
            };
        }

        if (!detail.OpenStdin)
        {
            throw new ZLayerException(
                ZLayerErrorKind.InvalidArgument, $"Sending input to the {_target.Description}: it was made without an open input.")
            {
                Subject = _target.Name,
                Advice = "Make the container with -OpenStdin, or run a command in it: Invoke-ZLayerCommand.",
            };
        }

        if (!await sink.ShouldProcessAsync(_target.Description, "Send input"))
        {
            _declined = true;
            return false;
        }

        _session = await _target.Runtime.AttachAsync(
            _target.Id, new AttachOptions { StdIn = true, StdOut = false, StdErr = false }, cancellationToken);
        return true;
    }

    private async Task SendAsync(ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken)
    {
        if (!bytes.IsEmpty)
        {
            await _session!.Input.WriteAsync(bytes, cancellationToken);
            await _session.Input.FlushAsync(cancellationToken);
        }
    }

    private async Task SendFileAsync(string path, CancellationToken cancellationToken)
    {
        await using var file = UserFile.OpenRead(path, cancellationToken);
        await file.CopyToAsync(_session!.Input, cancellationToken);
        await _session.Input.FlushAsync(cancellationToken);
    }
}
