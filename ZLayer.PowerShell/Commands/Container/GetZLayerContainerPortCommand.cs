using System.Management.Automation;
using ZLayer.Core.Runtimes.Observation;
using ZLayer.PowerShell.Completion;
using ZLayer.PowerShell.Pipeline;
using ZLayer.PowerShell.Transformation;

namespace ZLayer.PowerShell.Commands;

/// <summary>Lists the ports of containers that are published on the host.</summary>
/// <remarks>
/// <para>
/// One object for each binding: a port that is published on IPv4 and IPv6 comes twice. A container that does not run publishes nothing.
/// </para>
/// </remarks>
/// <example>
/// <summary>Find the port of the host where a container answers</summary>
/// <code>(Get-ZLayerContainerPort web -ContainerPort 80 | Select-Object -First 1).HostPort</code>
/// </example>
/// <example>
/// <summary>List all published ports of this engine</summary>
/// <code>Get-ZLayerContainer -State Running | Get-ZLayerContainerPort | Sort-Object HostPort</code>
/// </example>
/// <seealso href="https://docs.docker.com/reference/cli/docker/container/port/">docker container port</seealso>
/// <seealso cref="GetZLayerContainerCommand"/>
[Cmdlet(VerbsCommon.Get, "ZLayerContainerPort")]
[OutputType(typeof(PortMappingInfo))]
public sealed class GetZLayerContainerPortCommand : ContainerCmdlet
{
    /// <summary>The containers: names, ids or the beginnings of ids, wildcards, or container objects.</summary>
    [Parameter(Mandatory = true, Position = 0, ValueFromPipeline = true, HelpMessage = "The containers: names, ids or the beginnings of ids, wildcards, or container objects.")]
    [Alias("Id", "InputObject")]
    [ValidateNotNullOrEmpty]
    [SupportsWildcards]
    [ContainerIdentity]
    [ArgumentCompleter(typeof(ContainerNameCompleter))]
    public ContainerIdentity[] Name { get; set; } = [];

    /// <summary>Only these ports of the container.</summary>
    [Parameter(HelpMessage = "Only these ports of the container.")]
    [Alias("Port")]
    [ArgumentCompleter(typeof(PublishedPortCompleter))]
    [ValidateRange(1, ushort.MaxValue)]
    public ushort[] ContainerPort { get; set; } = [];

    /// <inheritdoc/>
    protected override Task ProcessRecordAsync(IPipelineSink sink, CancellationToken cancellationToken)
        => ForEachContainerAsync(
            Name,
            sink,
            async target =>
            {
                foreach (var port in await target.Runtime.GetContainerPortsAsync(target.Id, cancellationToken))
                {
                    if (ContainerPort.Length == 0 || ContainerPort.Contains(port.ContainerPort))
                    {
                        await sink.WriteObjectAsync(port with { ContainerName = target.Name, Runtime = target.Runtime.Name });
                    }
                }
            },
            cancellationToken);
}
