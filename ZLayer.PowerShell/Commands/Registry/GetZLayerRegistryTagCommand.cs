using System.Management.Automation;
using ZLayer.Core.Oci;
using ZLayer.Core.Registries;
using ZLayer.PowerShell.Completion;
using ZLayer.PowerShell.Pipeline;
using ZLayer.PowerShell.Transformation;

namespace ZLayer.PowerShell.Commands;

/// <summary>Lists the tags of repositories in a registry.</summary>
/// <remarks>
/// <para>
/// Tags come page by page as the registry sends them: Select-Object -First ends the listing early. With -Detailed each tag also has its
/// digest, time, size and platforms, at the cost of a request or two for each; many tags are asked about at once.
/// </para>
/// </remarks>
/// <example>
/// <summary>List tags by a pattern</summary>
/// <code>Get-ZLayerRegistryTag ghcr.io/org/app -Name 1.*</code>
/// </example>
/// <example>
/// <summary>Find the newest tag</summary>
/// <code>Get-ZLayerRegistryTag localhost:5000/app -Detailed | Sort-Object Created | Select-Object -Last 1</code>
/// </example>
/// <seealso href="https://github.com/opencontainers/distribution-spec/blob/main/spec.md#listing-tags">OCI distribution specification:
/// listing tags</seealso> <seealso cref="ReceiveZLayerImageCommand"/>
[Cmdlet(VerbsCommon.Get, "ZLayerRegistryTag")]
[OutputType(typeof(RegistryTag))]
public sealed class GetZLayerRegistryTagCommand : RegistryCmdlet
{
    /// <summary>The repositories: registry and path, such as 'ghcr.io/org/app'.</summary>
    [Parameter(Mandatory = true, Position = 0, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true, HelpMessage = "The repositories: registry and path.")]
    [ImageReference(LeavesWith = ["Repository"])]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(RemoteImageCompleter))]
    public ImageReference[] Repository { get; set; } = [];

    /// <summary>Only tags of these names, with wildcards.</summary>
    [Parameter(Position = 1, HelpMessage = "Only tags of these names, with wildcards.")]
    [ValidateNotNullOrEmpty]
    [SupportsWildcards]
    public string[] Name { get; set; } = ["*"];

    /// <summary>Adds digest, time, size and platforms of each tag.</summary>
    [Parameter(HelpMessage = "Adds digest, time, size and platforms of each tag.")]
    public SwitchParameter Detailed { get; set; }

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        var engine = GetEngine();
        var patterns = Name.Select(name => WildcardPattern.Get(name, WildcardOptions.IgnoreCase)).ToArray();
        foreach (var repository in Repository)
        {
            UseCredential(engine, repository.Registry);
            var seen = ZLayerSession.Current.Tags;
            RunAsync(repository.Name, async (sink, cancellationToken) =>
            {
                await foreach (var tag in engine.GetTagsAsync(
                    repository, Detailed, name => patterns.Any(pattern => pattern.IsMatch(name)), sink.PostWarning, cancellationToken))
                {
                    seen.Add(repository, tag.Name);
                    await sink.WriteObjectAsync(Detailed ? WithDetailedView(tag) : tag);
                }
            });
        }
    }

    // The plain list shows names only; the view of this type name shows the rest.
    private static PSObject WithDetailedView(RegistryTag tag)
    {
        var wrapped = new PSObject(tag);
        wrapped.TypeNames.Insert(0, $"{typeof(RegistryTag).FullName}#Detailed");
        return wrapped;
    }
}
