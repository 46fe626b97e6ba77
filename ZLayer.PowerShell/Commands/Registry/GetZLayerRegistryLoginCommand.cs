using System.Management.Automation;
using ZLayer.Core.Registries;
using ZLayer.PowerShell.Completion;
using ZLayer.PowerShell.Pipeline;
using ZLayer.PowerShell.Transformation;

namespace ZLayer.PowerShell.Commands;

/// <summary>Lists the logins to registries: of this session, of Docker's and podman's configuration, and of credential helpers.</summary>
/// <remarks>
/// <para>
/// The logins come in the order in which they count. IsUsed tells which one a registry is shown. A login may be for a part of a registry,
/// which Repository names.
/// </para>
/// <para>
/// No secret is in the result, and helpers are asked for their lists only, never for a secret. A helper that cannot be asked is a warning.
/// Whether a registry still accepts a login is not asked.
/// </para>
/// </remarks>
/// <example>
/// <summary>See which registries one is logged in to, and where that is kept</summary>
/// <code>Get-ZLayerRegistryLogin</code>
/// </example>
/// <example>
/// <summary>Find logins that are kept in a file without a helper</summary>
/// <code>Get-ZLayerRegistryLogin | Where-Object Source -EQ File</code>
/// </example>
/// <example>
/// <summary>Log out of the registries of a company</summary>
/// <code>Get-ZLayerRegistryLogin *.example.com | Disconnect-ZLayerRegistry</code>
/// </example>
/// <seealso href="https://docs.docker.com/reference/cli/docker/login/">docker login</seealso>
/// <seealso cref="ConnectZLayerRegistryCommand"/>
/// <seealso cref="DisconnectZLayerRegistryCommand"/>
[Cmdlet(VerbsCommon.Get, "ZLayerRegistryLogin")]
[OutputType(typeof(RegistryLogin))]
public sealed class GetZLayerRegistryLoginCommand : ZLayerAsyncCmdlet
{
    /// <summary>The registries, host and optional port, with wildcards; all without it.</summary>
    [Parameter(Position = 0, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true, HelpMessage = "The registries, with wildcards; all without it.")]
    [TextOf("a registry's host and port, such as 'localhost:5000'", typeof(RegistryConnection), typeof(RegistryLogin), typeof(RegistryRepository), Property = "Registry", LeavesWith = ["Registry"])]
    [ValidateNotNullOrEmpty]
    [SupportsWildcards]
    [ArgumentCompleter(typeof(RegistryCompleter))]
    public string[] Registry { get; set; } = ["*"];

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        var engine = ZLayerSession.Current.GetEngine(FullRoot);
        var patterns = Registry.Select(name => WildcardPattern.Get(RegistryLogin.NameOf(name), WildcardOptions.IgnoreCase)).ToList();
        RunAsync(async (sink, cancellationToken) =>
        {
            var warnings = new List<string>();
            foreach (var login in await engine.ListLoginsAsync(warnings.Add, cancellationToken))
            {
                if (patterns.Exists(pattern => pattern.IsMatch(login.Registry)))
                {
                    await sink.WriteObjectAsync(login);
                }
            }

            foreach (var warning in warnings)
            {
                await sink.WriteWarningAsync(warning);
            }
        });
    }
}
