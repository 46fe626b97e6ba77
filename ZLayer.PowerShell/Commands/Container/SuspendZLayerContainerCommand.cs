using System.Management.Automation;
using ZLayer.Core.Runtimes;
using ZLayer.PowerShell.Completion;
using ZLayer.PowerShell.Pipeline;
using ZLayer.PowerShell.Transformation;

namespace ZLayer.PowerShell.Commands;

/// <summary>Freezes all processes of running containers (pause).</summary>
/// <remarks>
/// <para>
/// The processes keep their memory and connections, and go on where they were with Resume-ZLayerContainer. A wildcard means the containers
/// that run.
/// </para>
/// </remarks>
/// <example>
/// <summary>Freeze a container while its files are copied</summary>
/// <code>Suspend-ZLayerContainer db
/// # … copy …
/// Resume-ZLayerContainer db</code>
/// </example>
/// <seealso href="https://github.com/opencontainers/runtime-spec/blob/main/runtime.md">OCI runtime specification</seealso>
/// <seealso cref="ResumeZLayerContainerCommand"/>
[Cmdlet(VerbsLifecycle.Suspend, "ZLayerContainer", SupportsShouldProcess = true, ConfirmImpact = ConfirmImpact.Low)]
[OutputType(typeof(ContainerInfo))]
public sealed class SuspendZLayerContainerCommand : ContainerCmdlet
{
    /// <summary>The containers: names, ids or the beginnings of ids, wildcards, or container objects.</summary>
    [Parameter(Mandatory = true, Position = 0, ValueFromPipeline = true, HelpMessage = "The containers: names, ids or the beginnings of ids, wildcards, or container objects.")]
    [Alias("Id", "InputObject")]
    [ValidateNotNullOrEmpty]
    [SupportsWildcards]
    [ContainerIdentity]
    [ArgumentCompleter(typeof(ContainerNameCompleter))]
    public ContainerIdentity[] Name { get; set; } = [];

    /// <summary>Returns the container as it is afterwards.</summary>
    [Parameter(HelpMessage = "Returns the container as it is afterwards.")]
    public SwitchParameter PassThru { get; set; }

    private protected override IReadOnlyList<ContainerState> ActsOn => [ContainerState.Running];

    /// <inheritdoc/>
    protected override Task ProcessRecordAsync(IPipelineSink sink, CancellationToken cancellationToken)
        => ForEachContainerAsync(Name, sink, target => WorkAsync(target, sink, cancellationToken), cancellationToken);

    private async Task WorkAsync(ContainerTarget target, IPipelineSink sink, CancellationToken cancellationToken)
    {
        if (!await sink.ShouldProcessAsync(target.Description, "Suspend"))
        {
            return;
        }

        await target.Runtime.PauseContainerAsync(target.Id, cancellationToken);
        if (PassThru)
        {
            await target.WriteAsync(sink, cancellationToken);
        }
    }
}
