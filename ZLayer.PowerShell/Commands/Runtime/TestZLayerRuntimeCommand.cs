using System.Management.Automation;
using ZLayer.Core.Errors;
using ZLayer.Core.Runtimes;
using ZLayer.PowerShell.Completion;
using ZLayer.PowerShell.Pipeline;
using ZLayer.PowerShell.Transformation;

namespace ZLayer.PowerShell.Commands;

/// <summary>Tells whether a container runtime can be used now, and whether it offers certain operations.</summary>
/// <remarks>
/// <para>
/// The answer is true or false, never an error: the reason for false goes to the verbose stream. Without -Name the runtime is tested that
/// cmdlets use for bare names.
/// </para>
/// </remarks>
/// <example>
/// <summary>Skip what needs a Docker engine</summary>
/// <code>if (-not (Test-ZLayerRuntime docker -Verbose)) { return }</code>
/// </example>
/// <example>
/// <summary>Ask for operations by their names or a part of them</summary>
/// <code>Test-ZLayerRuntime fake -Capability Pause, Commit, Pty</code>
/// </example>
/// <seealso href="https://github.com/opencontainers/runtime-spec/blob/main/runtime.md">OCI runtime specification</seealso>
/// <seealso cref="GetZLayerRuntimeCommand"/>
[Cmdlet(VerbsDiagnostic.Test, "ZLayerRuntime")]
[OutputType(typeof(bool))]
public sealed class TestZLayerRuntimeCommand : ZLayerAsyncCmdlet
{
    /// <summary>The name of the runtime, or the address of an engine; without it the one that is used for bare names.</summary>
    [Parameter(Position = 0, ValueFromPipeline = true, HelpMessage = "The name of the runtime, or the address of an engine; without it the one that is used for bare names.")]
    [ValidateNotNullOrEmpty]
    [TextOf("the name of a runtime such as 'docker', or an object of Get-ZLayerRuntime", typeof(RuntimeInfo))]
    [ArgumentCompleter(typeof(RuntimeNameCompleter))]
    public string? Name { get; set; }

    /// <summary>
    /// Operations that it must offer: PauseContainer, CommitContainer, ExecPty, …, or a part of the name that no other has.
    /// </summary>
    [Parameter(HelpMessage = "Operations that it must offer: PauseContainer, CommitContainer, ExecPty, …, or a part of the name that no other has.")]
    [ValidateNotNullOrEmpty]
    [RuntimeOperation]
    [ArgumentCompleter(typeof(RuntimeOperationCompleter))]
    public RuntimeOperation[] Capability { get; set; } = [];

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        var session = ZLayerSession.Current;
        var root = FullRoot;
        RunAsync(async (sink, cancellationToken) =>
        {
            var reason = await WhyNotAsync(() => session.GetRuntime(Name, root), cancellationToken);
            if (reason is not null)
            {
                await sink.WriteVerboseAsync(reason);
            }

            await sink.WriteObjectAsync(reason is null);
        });
    }

    private async Task<string?> WhyNotAsync(Func<IContainerRuntime> find, CancellationToken cancellationToken)
    {
        try
        {
            var runtime = find();
            if (Capability.FirstOrDefault(operation => !runtime.Capabilities.Supports(operation)) is var missing && missing != default)
            {
                return runtime.Declined(missing).Message;
            }

            var info = await runtime.DescribeAsync(detailed: false, cancellationToken);
            return info.IsAvailable ? null : $"{info.Name}: {info.Reason}";
        }
        catch (ZLayerException exception) when (exception.Kind is ZLayerErrorKind.RuntimeNotFound or ZLayerErrorKind.InvalidArgument)
        {
            return $"{exception.Message} {exception.AdviceFor(FrontDoor.PowerShell)}";
        }
    }
}
