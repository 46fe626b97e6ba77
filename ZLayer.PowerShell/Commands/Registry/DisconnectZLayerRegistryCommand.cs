using System.Management.Automation;
using ZLayer.Core.Registries;
using ZLayer.PowerShell.Completion;
using ZLayer.PowerShell.Pipeline;
using ZLayer.PowerShell.Transformation;

namespace ZLayer.PowerShell.Commands;

/// <summary>Logs out of registries.</summary>
/// <remarks>
/// <para>
/// Forgets the credential of this PowerShell session. With -Persist the one that Docker's configuration or its credential helper keeps is
/// erased too.
/// </para>
/// </remarks>
/// <example>
/// <summary>Log out of one registry</summary>
/// <code>Disconnect-ZLayerRegistry ghcr.io</code>
/// </example>
/// <example>
/// <summary>Forget all logins of this session</summary>
/// <code>Disconnect-ZLayerRegistry -All</code>
/// </example>
/// <seealso href="https://distribution.github.io/distribution/spec/auth/token/">Token authentication of registries</seealso>
/// <seealso cref="ConnectZLayerRegistryCommand"/>
[Cmdlet(VerbsCommunications.Disconnect, "ZLayerRegistry", SupportsShouldProcess = true, ConfirmImpact = ConfirmImpact.Low, DefaultParameterSetName = RegistrySet)]
[OutputType(typeof(void))]
public sealed class DisconnectZLayerRegistryCommand : ZLayerAsyncCmdlet
{
    private const string RegistrySet = "Registry";
    private const string AllSet = "All";

    /// <summary>The registries: host and optional port, or objects of Connect-ZLayerRegistry and Get-ZLayerRegistryLogin.</summary>
    [Parameter(Mandatory = true, Position = 0, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true, ParameterSetName = RegistrySet, HelpMessage = "The registries: host and optional port.")]
    [ValidateNotNullOrEmpty]
    [TextOf("a registry's host and port, such as 'localhost:5000'", typeof(RegistryConnection), typeof(RegistryLogin), typeof(RegistryRepository), Property = "Registry", LeavesWith = ["Registry"])]
    [ArgumentCompleter(typeof(RegistryCompleter))]
    public string[] Registry { get; set; } = [];

    /// <summary>All registries that this session is logged in to.</summary>
    [Parameter(Mandatory = true, ParameterSetName = AllSet, HelpMessage = "All registries that this session is logged in to.")]
    public SwitchParameter All { get; set; }

    /// <summary>Also erases the credential that Docker's configuration or its credential helper keeps.</summary>
    [Parameter(HelpMessage = "Also erases the credential that Docker's configuration or its credential helper keeps.")]
    public SwitchParameter Persist { get; set; }

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        var session = ZLayerSession.Current;
        var engine = session.GetEngine(FullRoot);
        foreach (var registry in ParameterSetName == AllSet ? session.Registries : Registry)
        {
            if (!ShouldProcess(registry, Persist ? "Log out and erase the kept credential" : "Log out"))
            {
                continue;
            }

            var removed = session.LogOut(registry);
            RunAsync(async (sink, cancellationToken) =>
            {
                removed |= await engine.DisconnectRegistryAsync(registry, Persist, cancellationToken);
                if (!removed)
                {
                    await sink.WriteVerboseAsync($"There was no login to {registry}.");
                }
            });
        }
    }
}
