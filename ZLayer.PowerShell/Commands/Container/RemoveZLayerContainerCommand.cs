using System.Management.Automation;
using ZLayer.Core.Runtimes;
using ZLayer.PowerShell.Completion;
using ZLayer.PowerShell.Pipeline;
using ZLayer.PowerShell.Transformation;

namespace ZLayer.PowerShell.Commands;

/// <summary>Removes containers.</summary>
/// <remarks>
/// <para>
/// What a container wrote is lost, unless it wrote to a volume or a mount. A container that runs is an error without -Force. A wildcard
/// means containers in every state.
/// </para>
/// </remarks>
/// <example>
/// <summary>Remove a container that may run, with its anonymous volumes</summary>
/// <code>Remove-ZLayerContainer web -Force -RemoveVolume</code>
/// </example>
/// <example>
/// <summary>See which containers ended more than a week ago</summary>
/// <code>Get-ZLayerContainer -State Exited | Where-Object FinishedAt -lt (Get-Date).AddDays(-7) | Remove-ZLayerContainer -WhatIf</code>
/// </example>
/// <seealso href="https://github.com/opencontainers/runtime-spec/blob/main/runtime.md">OCI runtime specification</seealso>
/// <seealso cref="GetZLayerContainerCommand"/>
/// <seealso cref="StopZLayerContainerCommand"/>
[Cmdlet(VerbsCommon.Remove, "ZLayerContainer", SupportsShouldProcess = true)]
[OutputType(typeof(void))]
public sealed class RemoveZLayerContainerCommand : ContainerCmdlet
{
    /// <summary>The containers: names, ids or the beginnings of ids, wildcards, or container objects.</summary>
    [Parameter(Mandatory = true, Position = 0, ValueFromPipeline = true, HelpMessage = "The containers: names, ids or the beginnings of ids, wildcards, or container objects.")]
    [Alias("Id", "InputObject")]
    [ValidateNotNullOrEmpty]
    [SupportsWildcards]
    [ContainerIdentity]
    [ArgumentCompleter(typeof(ContainerNameCompleter))]
    public ContainerIdentity[] Name { get; set; } = [];

    /// <summary>Kills a container that runs before it is removed.</summary>
    [Parameter(HelpMessage = "Kills a container that runs before it is removed.")]
    public SwitchParameter Force { get; set; }

    /// <summary>Removes the volumes without a name that the container has too.</summary>
    [Parameter(HelpMessage = "Removes the volumes without a name that the container has too.")]
    public SwitchParameter RemoveVolume { get; set; }

    /// <inheritdoc/>
    protected override Task ProcessRecordAsync(IPipelineSink sink, CancellationToken cancellationToken)
        => ForEachContainerAsync(Name, sink, target => RemoveAsync(target, sink, cancellationToken), cancellationToken);

    private async Task RemoveAsync(ContainerTarget target, IPipelineSink sink, CancellationToken cancellationToken)
    {
        if (await sink.ShouldProcessAsync(target.Description, Action)
            && !await target.Runtime.RemoveContainerAsync(
                target.Id, new ContainerRemoveOptions { Force = Force, RemoveVolumes = RemoveVolume }, cancellationToken))
        {
            throw ContainerSelection.NotFound(target.Runtime, target.Name);
        }
    }

    private string Action => (Force.IsPresent, RemoveVolume.IsPresent) switch
    {
        (false, false) => "Remove",
        (true, false) => "Remove (kill it if it runs)",
        (false, true) => "Remove (with its anonymous volumes)",
        _ => "Remove (kill it if it runs, with its anonymous volumes)",
    };
}
