using System.Management.Automation;
using ZLayer.Core.Runtimes;
using ZLayer.Core.Runtimes.Observation;
using ZLayer.PowerShell.Completion;
using ZLayer.PowerShell.Pipeline;
using ZLayer.PowerShell.Transformation;

namespace ZLayer.PowerShell.Commands;

/// <summary>Lists the processes of running containers (top).</summary>
/// <remarks>
/// <para>Process ids are those of the host that runs the containers. A wildcard means the containers that run.</para>
/// <para>
/// -PsArgument asks for other columns, as ps(1) takes them; the column of the process id must be among them. Columns without a property of
/// their own are in Extra.
/// </para>
/// </remarks>
/// <example>
/// <summary>List the processes of a container</summary>
/// <code>Get-ZLayerContainerProcess web</code>
/// </example>
/// <example>
/// <summary>Find the container of a process</summary>
/// <code>Get-ZLayerContainerProcess * | Where-Object CommandLine -like '*worker*' | Select-Object ContainerName, Id</code>
/// </example>
/// <example>
/// <summary>Ask for the memory of each process</summary>
/// <code>Get-ZLayerContainerProcess web -PsArgument '-o', 'pid,rss,args' | Select-Object Id, @{ n = 'KB'; e = { $_.Extra['RSS'] } }, CommandLine</code>
/// </example>
/// <seealso href="https://docs.docker.com/reference/cli/docker/container/top/">docker container top</seealso>
/// <seealso cref="MeasureZLayerContainerCommand"/>
[Cmdlet(VerbsCommon.Get, "ZLayerContainerProcess")]
[OutputType(typeof(ContainerProcess))]
public sealed class GetZLayerContainerProcessCommand : ContainerCmdlet
{
    /// <summary>The containers: names, ids or the beginnings of ids, wildcards, or container objects.</summary>
    [Parameter(Mandatory = true, Position = 0, ValueFromPipeline = true, HelpMessage = "The containers: names, ids or the beginnings of ids, wildcards, or container objects.")]
    [Alias("Id", "InputObject")]
    [ValidateNotNullOrEmpty]
    [SupportsWildcards]
    [ContainerIdentity]
    [ArgumentCompleter(typeof(ContainerNameCompleter))]
    public ContainerIdentity[] Name { get; set; } = [];

    /// <summary>Arguments of ps, such as '-o', 'pid,args'; without them the runtime's usual columns.</summary>
    [Parameter(HelpMessage = "Arguments of ps, such as '-o', 'pid,args'.")]
    [ValidateNotNullOrEmpty]
    public string[] PsArgument { get; set; } = [];

    private protected override IReadOnlyList<ContainerState> ActsOn => [ContainerState.Running];

    /// <inheritdoc/>
    protected override Task ProcessRecordAsync(IPipelineSink sink, CancellationToken cancellationToken)
        => ForEachContainerAsync(
            Name,
            sink,
            async target =>
            {
                var top = await target.Runtime.GetContainerProcessesAsync(target.Id, PsArgument, cancellationToken);
                foreach (var process in top.ToProcesses(target.Name))
                {
                    await sink.WriteObjectAsync(process with { Runtime = target.Runtime.Name });
                }
            },
            cancellationToken);
}
