using System.Management.Automation;
using ZLayer.Core.Runtimes.Files;
using ZLayer.PowerShell.Completion;
using ZLayer.PowerShell.Pipeline;
using ZLayer.PowerShell.Transformation;

namespace ZLayer.PowerShell.Commands;

/// <summary>Shows files and directories in containers: size, mode, time, the target of a link.</summary>
/// <remarks>
/// <para>
/// The container need not run. A symbolic link shows itself, not what it points to. A path without wildcards costs one question.
/// </para>
/// <para>
/// With wildcards, the directory in front of the first one is read as a whole, with everything below it: '/etc/*.conf' costs as much as
/// copying /etc out. In a running container, a command such as 'ls' is the cheaper way.
/// </para>
/// </remarks>
/// <example>
/// <summary>See whether a file is there, and how large it is</summary>
/// <code>(Get-ZLayerContainerItem web -Path /etc/nginx/nginx.conf).Length</code>
/// </example>
/// <example>
/// <summary>List a directory</summary>
/// <code>Get-ZLayerContainerItem web -Path '/etc/nginx/*'</code>
/// </example>
/// <seealso href="https://docs.docker.com/reference/api/engine/">Docker Engine API</seealso>
/// <seealso cref="CopyZLayerContainerItemCommand"/>
[Cmdlet(VerbsCommon.Get, "ZLayerContainerItem")]
[OutputType(typeof(ContainerItem))]
public sealed class GetZLayerContainerItemCommand : ContainerCmdlet
{
    /// <summary>The containers: names, ids or the beginnings of ids, wildcards, or container objects.</summary>
    [Parameter(Mandatory = true, Position = 0, ValueFromPipeline = true, HelpMessage = "The containers: names, ids or the beginnings of ids, wildcards, or container objects.")]
    [Alias("Name", "Id", "InputObject")]
    [ValidateNotNullOrEmpty]
    [SupportsWildcards]
    [ContainerIdentity]
    [ArgumentCompleter(typeof(ContainerNameCompleter))]
    public ContainerIdentity[] Container { get; set; } = [];

    /// <summary>The paths in the container; wildcards are allowed, and cost reading the directory.</summary>
    [Parameter(Mandatory = true, Position = 1, HelpMessage = "The paths in the container; wildcards are allowed, and cost reading the directory.")]
    [ValidateNotNullOrEmpty]
    [SupportsWildcards]
    [ArgumentCompleter(typeof(ContainerPathCompleter))]
    public string[] Path { get; set; } = [];

    /// <inheritdoc/>
    protected override Task ProcessRecordAsync(IPipelineSink sink, CancellationToken cancellationToken)
        => ForEachContainerAsync(
            Container,
            sink,
            async target =>
            {
                foreach (var path in Path)
                {
                    await GuardAsync(sink, path, () => WriteItemsAsync(target, path, sink, cancellationToken));
                }
            },
            cancellationToken);

    private static async Task WriteItemsAsync(ContainerTarget target, string path, IPipelineSink sink, CancellationToken cancellationToken)
    {
        if (!WildcardPattern.ContainsWildcardCharacters(path))
        {
            await sink.WriteObjectAsync(await target.Runtime.GetItemAsync(target.Id, target.Name, path, cancellationToken));
            return;
        }

        var parts = path.Split('/', StringSplitOptions.RemoveEmptyEntries);
        var first = Array.FindIndex(parts, WildcardPattern.ContainsWildcardCharacters);
        var levels = parts[first..].Select(pattern => (Func<string, bool>)WildcardPattern.Get(pattern, WildcardOptions.None).IsMatch)
            .ToList();
        foreach (var item in await target.Runtime.FindItemsAsync(
            target.Id, target.Name, "/" + string.Join('/', parts[..first]), levels, cancellationToken))
        {
            await sink.WriteObjectAsync(item);
        }
    }
}
