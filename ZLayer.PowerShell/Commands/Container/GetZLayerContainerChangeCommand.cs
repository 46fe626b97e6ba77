using System.Management.Automation;
using ZLayer.Core.Runtimes.Observation;
using ZLayer.PowerShell.Completion;
using ZLayer.PowerShell.Pipeline;
using ZLayer.PowerShell.Transformation;

namespace ZLayer.PowerShell.Commands;

/// <summary>Lists the files that containers added, changed or deleted since they were made of their images (diff).</summary>
/// <remarks>
/// <para>A directory counts as modified when something in it changed. What is in volumes and other mounts does not count.</para>
/// </remarks>
/// <example>
/// <summary>See what a container changed</summary>
/// <code>Get-ZLayerContainerChange web</code>
/// </example>
/// <example>
/// <summary>Copy out everything that is new</summary>
/// <code>Get-ZLayerContainerChange web -Kind Added | ForEach-Object { Copy-ZLayerContainerItem web -FromContainer $_.Path -Destination ./new/ -Force }</code>
/// </example>
/// <seealso href="https://docs.docker.com/reference/cli/docker/container/diff/">docker container diff</seealso>
/// <seealso cref="CopyZLayerContainerItemCommand"/>
[Cmdlet(VerbsCommon.Get, "ZLayerContainerChange")]
[OutputType(typeof(FileChange))]
public sealed class GetZLayerContainerChangeCommand : ContainerCmdlet
{
    /// <summary>The containers: names, ids or the beginnings of ids, wildcards, or container objects.</summary>
    [Parameter(Mandatory = true, Position = 0, ValueFromPipeline = true, HelpMessage = "The containers: names, ids or the beginnings of ids, wildcards, or container objects.")]
    [Alias("Id", "InputObject")]
    [ValidateNotNullOrEmpty]
    [SupportsWildcards]
    [ContainerIdentity]
    [ArgumentCompleter(typeof(ContainerNameCompleter))]
    public ContainerIdentity[] Name { get; set; } = [];

    /// <summary>Only changes of these kinds: Added, Modified, Deleted.</summary>
    [Parameter(HelpMessage = "Only changes of these kinds: Added, Modified, Deleted.")]
    public FileChangeKind[] Kind { get; set; } = [];

    /// <inheritdoc/>
    protected override Task ProcessRecordAsync(IPipelineSink sink, CancellationToken cancellationToken)
        => ForEachContainerAsync(
            Name,
            sink,
            async target =>
            {
                foreach (var change in await target.Runtime.GetContainerChangesAsync(target.Id, cancellationToken))
                {
                    if (Kind.Length == 0 || Kind.Contains(change.Kind))
                    {
                        await sink.WriteObjectAsync(change with { ContainerName = target.Name, Runtime = target.Runtime.Name });
                    }
                }
            },
            cancellationToken);
}
