using System.Management.Automation;
using ZLayer.Core.Registries;
using ZLayer.PowerShell.Completion;
using ZLayer.PowerShell.Pipeline;
using ZLayer.PowerShell.Transformation;

namespace ZLayer.PowerShell.Commands;

/// <summary>Lists the repositories of registries.</summary>
/// <remarks>
/// <para>
/// Repositories come page by page as the registry sends them. Many public registries, Docker Hub among them, do not list theirs; then the
/// error is OperationNotSupported or one of access.
/// </para>
/// </remarks>
/// <example>
/// <summary>List the repositories of a team</summary>
/// <code>Get-ZLayerRegistryRepository localhost:5000 -Name team/*</code>
/// </example>
/// <example>
/// <summary>Count the tags of each repository</summary>
/// <code>Get-ZLayerRegistryRepository localhost:5000 | Get-ZLayerRegistryTag | Group-Object Repository -NoElement</code>
/// </example>
/// <seealso href="https://distribution.github.io/distribution/spec/api/#listing-repositories">Listing repositories</seealso>
/// <seealso cref="GetZLayerRegistryTagCommand"/>
[Cmdlet(VerbsCommon.Get, "ZLayerRegistryRepository")]
[OutputType(typeof(RegistryRepository))]
public sealed class GetZLayerRegistryRepositoryCommand : RegistryCmdlet
{
    /// <summary>The registries: host and optional port, or objects of Connect-ZLayerRegistry.</summary>
    [Parameter(Mandatory = true, Position = 0, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true, HelpMessage = "The registries: host and optional port.")]
    [ValidateNotNullOrEmpty]
    [TextOf("a registry's host and port, such as 'localhost:5000'", typeof(RegistryConnection), typeof(RegistryLogin), typeof(RegistryRepository), Property = "Registry", LeavesWith = ["Registry"])]
    [ArgumentCompleter(typeof(RegistryCompleter))]
    public string[] Registry { get; set; } = [];

    /// <summary>Only repositories of these names, with wildcards.</summary>
    [Parameter(Position = 1, HelpMessage = "Only repositories of these names, with wildcards.")]
    [ValidateNotNullOrEmpty]
    [SupportsWildcards]
    public string[] Name { get; set; } = ["*"];

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        var engine = GetEngine();
        var patterns = Name.Select(name => WildcardPattern.Get(name, WildcardOptions.IgnoreCase)).ToArray();
        foreach (var registry in Registry)
        {
            UseCredential(engine, registry);
            RunAsync(registry, async (sink, cancellationToken) =>
            {
                await foreach (var repository in engine.GetRepositoriesAsync(registry, sink.PostWarning, cancellationToken))
                {
                    if (patterns.Any(pattern => pattern.IsMatch(repository.Name)))
                    {
                        await sink.WriteObjectAsync(repository);
                    }
                }
            });
        }
    }
}
