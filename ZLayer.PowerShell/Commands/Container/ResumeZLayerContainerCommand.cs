using System.Management.Automation;
using ZLayer.Core.Runtimes;
using ZLayer.PowerShell.Completion;
using ZLayer.PowerShell.Pipeline;
using ZLayer.PowerShell.Transformation;

namespace ZLayer.PowerShell.Commands;

/// <summary>Lets the processes of suspended containers go on (unpause).</summary>
/// <remarks>
/// <para>A wildcard means the containers that are suspended.</para>
/// </remarks>
/// <example>
/// <summary>Resume whatever is suspended</summary>
/// <code>Resume-ZLayerContainer *</code>
/// </example>
/// <seealso href="https://github.com/opencontainers/runtime-spec/blob/main/runtime.md">OCI runtime specification</seealso>
/// <seealso cref="SuspendZLayerContainerCommand"/>
[Cmdlet(VerbsLifecycle.Resume, "ZLayerContainer", SupportsShouldProcess = true, ConfirmImpact = ConfirmImpact.Low)]
[OutputType(typeof(ContainerInfo))]
public sealed class ResumeZLayerContainerCommand : ContainerCmdlet
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

    private protected override IReadOnlyList<ContainerState> ActsOn => [ContainerState.Paused];

    /// <inheritdoc/>
    protected override Task ProcessRecordAsync(IPipelineSink sink, CancellationToken cancellationToken)
        => ForEachContainerAsync(Name, sink, target => WorkAsync(target, sink, cancellationToken), cancellationToken);

    private async Task WorkAsync(ContainerTarget target, IPipelineSink sink, CancellationToken cancellationToken)
    {
        if (!await sink.ShouldProcessAsync(target.Description, "Resume"))
        {
            return;
        }

        await target.Runtime.UnpauseContainerAsync(target.Id, cancellationToken);
        if (PassThru)
        {
            await target.WriteAsync(sink, cancellationToken);
        }
    }
}
