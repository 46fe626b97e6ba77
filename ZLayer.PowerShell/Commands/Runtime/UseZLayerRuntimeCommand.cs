using System.Management.Automation;
using ZLayer.Core.Errors;
using ZLayer.Core.Runtimes;
using ZLayer.PowerShell.Completion;
using ZLayer.PowerShell.Pipeline;
using ZLayer.PowerShell.Transformation;

namespace ZLayer.PowerShell.Commands;

/// <summary>Chooses the container runtime, and with -Root the data root, that cmdlets of this session use where none is named.</summary>
/// <remarks>
/// <para>The runtimes are those that are built in and those that Register-ZLayerRuntime named. The choice holds in this runspace alone: not in jobs, and not in the script block of ForEach-Object -Parallel. Give -Runtime there, or set $PSDefaultParameterValues. The runtime of a piped object and -Runtime win over the choice; the choice wins over ZLAYER_RUNTIME. Nothing is connected to.</para>
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
/// <seealso href="https://github.com/opencontainers/runtime-spec/blob/main/runtime.md">OCI runtime specification</seealso>
/// <seealso cref="GetZLayerRuntimeCommand"/>
/// <seealso cref="RegisterZLayerRuntimeCommand"/>
[Cmdlet(VerbsOther.Use, "ZLayerRuntime")]
[OutputType(typeof(RuntimeInfo))]
public sealed class UseZLayerRuntimeCommand : ZLayerAsyncCmdlet
{
    /// <summary>The name of the runtime.</summary>
    [Parameter(Position = 0, ValueFromPipeline = true, HelpMessage = "The name of the runtime.")]
    [ValidateNotNullOrEmpty]
    [TextOf("the name of a runtime such as 'docker', or an object of Get-ZLayerRuntime", typeof(RuntimeInfo))]
    [ArgumentCompleter(typeof(RuntimeNameCompleter))]
    public string? Name { get; set; }

    /// <summary>Returns the runtime, and whether it can be used now.</summary>
    [Parameter(HelpMessage = "Returns the runtime, and whether it can be used now.")]
    public SwitchParameter PassThru { get; set; }

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        if (Name is null && Root is null)
        {
            ThrowTerminatingError(ErrorMapper.ToErrorRecord(new ZLayerException(ZLayerErrorKind.InvalidArgument, "Nothing is chosen.")
            {
                Advice = "Name a runtime, or give -Root.",
            }));
        }

        var session = ZLayerSession.Current;
        var root = FullRoot ?? session.Root;
        IContainerRuntime runtime;
        try
        {
            runtime = session.GetRuntime(Name, root);
        }
        catch (ZLayerException exception)
        {
            ThrowTerminatingError(ErrorMapper.ToErrorRecord(exception, Name));
            return;
        }

        session.Root = root;
        session.RuntimeName = Name is null ? session.RuntimeName : runtime.Name;
        if (PassThru)
        {
            RunAsync(async (sink, cancellationToken)
                => await sink.WriteObjectAsync(await runtime.DescribeAsync(detailed: false, cancellationToken) with { IsDefault = true }));
        }
    }
}
