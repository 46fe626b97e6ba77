using System.Management.Automation;
using ZLayer.Core.Errors;
using ZLayer.Core.Runtimes;
using ZLayer.PowerShell.Completion;
using ZLayer.PowerShell.Pipeline;
using ZLayer.PowerShell.Transformation;

namespace ZLayer.PowerShell.Commands;

/// <summary>Chooses the container runtime, and with -Root the data root, that cmdlets of this session use where none is named.</summary>
/// <remarks>
/// <para>
/// The runtimes are those that are built in, those that Register-ZLayerRuntime named, and any engine by its address (-Endpoint) or its
/// Docker context (-Context): the session then uses it without a name. Certificates for an address come from the environment as for
/// Docker's command line; others are given to Register-ZLayerRuntime. The choice holds in this runspace alone: not in jobs, and not in the
/// script block of ForEach-Object -Parallel. Give -Runtime there, or set $PSDefaultParameterValues. The runtime of a piped object and
/// -Runtime win over the choice; the choice wins over ZLAYER_RUNTIME. Nothing is connected to.
/// </para>
/// <para>With -Root alone the runtime stays as it was.</para>
/// </remarks>
/// <example>
/// <summary>Test a script without an engine</summary>
/// <code>Use-ZLayerRuntime fake</code>
/// </example>
/// <example>
/// <summary>Keep the images of a project in a directory of its own</summary>
/// <code>Use-ZLayerRuntime -Root ./store</code>
/// </example>
/// <example>
/// <summary>Work with the engine of another machine for the rest of the session</summary>
/// <code>Use-ZLayerRuntime -Endpoint ssh://me@build.example.com</code>
/// </example>
/// <seealso href="https://github.com/opencontainers/runtime-spec/blob/main/runtime.md">OCI runtime specification</seealso>
/// <seealso cref="GetZLayerRuntimeCommand"/>
/// <seealso cref="RegisterZLayerRuntimeCommand"/>
[Cmdlet(VerbsOther.Use, "ZLayerRuntime", DefaultParameterSetName = NameSet)]
[OutputType(typeof(RuntimeInfo))]
public sealed class UseZLayerRuntimeCommand : ZLayerAsyncCmdlet
{
    private const string NameSet = "Name";
    private const string EndpointSet = "Endpoint";
    private const string ContextSet = "Context";

    /// <summary>The name of the runtime, or the address of an engine.</summary>
    [Parameter(Position = 0, ValueFromPipeline = true, ParameterSetName = NameSet, HelpMessage = "The name of the runtime, or the address of an engine.")]
    [ValidateNotNullOrEmpty]
    [TextOf("the name of a runtime such as 'docker', or an object of Get-ZLayerRuntime", typeof(RuntimeInfo))]
    [ArgumentCompleter(typeof(RuntimeNameCompleter))]
    public string? Name { get; set; }

    /// <summary>
    /// The address of the engine: 'unix:///path/to/docker.sock', 'npipe:////./pipe/docker_engine', 'tcp://host:port', 'https://host:port'
    /// or 'ssh://user@host'.
    /// </summary>
    [Parameter(Mandatory = true, ParameterSetName = EndpointSet, HelpMessage = "The address, such as 'ssh://user@host'.")]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(EndpointCompleter))]
    [Alias("Host")]
    public string? Endpoint { get; set; }

    /// <summary>The name of a Docker context; 'docker context ls' lists them.</summary>
    [Parameter(Mandatory = true, ParameterSetName = ContextSet, HelpMessage = "The name of a Docker context.")]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(DockerContextCompleter))]
    public string? Context { get; set; }

    /// <summary>Returns the runtime, and whether it can be used now.</summary>
    [Parameter(HelpMessage = "Returns the runtime, and whether it can be used now.")]
    public SwitchParameter PassThru { get; set; }

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        var name = Endpoint is { } endpoint ? RuntimeAddress.OfEndpoint(endpoint)
            : Context is { } context ? RuntimeAddress.OfContext(context)
            : Name;
        if (name is null && Root is null)
        {
            ThrowTerminatingError(ErrorMapper.ToErrorRecord(new ZLayerException(ZLayerErrorKind.InvalidArgument, "Nothing is chosen.")
            {
                Advice = "Name a runtime, or give -Endpoint, -Context or -Root.",
            }));
        }

        var session = ZLayerSession.Current;
        var root = FullRoot ?? session.Root;
        IContainerRuntime runtime;
        try
        {
            runtime = session.GetRuntime(name, root);
        }
        catch (ZLayerException exception)
        {
            ThrowTerminatingError(ErrorMapper.ToErrorRecord(exception, name));
            return;
        }

        session.Root = root;
        session.RuntimeName = name is null ? session.RuntimeName : runtime.Name;
        if (PassThru)
        {
            RunAsync(async (sink, cancellationToken)
                => await sink.WriteObjectAsync(await runtime.DescribeAsync(detailed: false, cancellationToken) with { IsDefault = true }));
        }
    }
}
