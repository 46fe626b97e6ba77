using System.Management.Automation;
using System.Net;
using System.Security;
using ZLayer.Core.Errors;
using ZLayer.Core.Registries;
using ZLayer.PowerShell.Completion;
using ZLayer.PowerShell.Pipeline;
using ZLayer.PowerShell.Transformation;

namespace ZLayer.PowerShell.Commands;

/// <summary>Logs in to a registry.</summary>
/// <remarks>
/// <para>
/// Asks the registry whether it accepts the credential, and keeps it for this PowerShell session. With -Persist it is kept as 'docker
/// login' keeps it: by the credential helper that Docker's config.json names, or in that file.
/// </para>
/// <para>
/// The credential comes with -Credential, as an access token with -Token, or from a vault of the module
/// Microsoft.PowerShell.SecretManagement with -SecretName.
/// </para>
/// </remarks>
/// <example>
/// <summary>Log in with a user name and an access token</summary>
/// <code>Connect-ZLayerRegistry ghcr.io -Credential (Get-Credential)</code>
/// </example>
/// <example>
/// <summary>Log in from a script, without a prompt</summary>
/// <code>$token = ConvertTo-SecureString $env:REGISTRY_TOKEN -AsPlainText
/// Connect-ZLayerRegistry registry.example.com -Credential ([pscredential]::new('robot', $token)) -Persist</code>
/// </example>
/// <example>
/// <summary>Take the credential from a vault</summary>
/// <code>Connect-ZLayerRegistry ghcr.io -VaultName Work -SecretName ghcr</code>
/// </example>
/// <seealso href="https://distribution.github.io/distribution/spec/auth/token/">Token authentication of registries</seealso>
/// <seealso cref="DisconnectZLayerRegistryCommand"/>
[Cmdlet(VerbsCommunications.Connect, "ZLayerRegistry", SupportsShouldProcess = true, ConfirmImpact = ConfirmImpact.Low, DefaultParameterSetName = CredentialSet)]
[OutputType(typeof(RegistryConnection))]
public sealed class ConnectZLayerRegistryCommand : ZLayerAsyncCmdlet
{
    private const string CredentialSet = "Credential";
    private const string TokenSet = "Token";
    private const string VaultSet = "Vault";

    /// <summary>The registry: host and optional port, such as 'ghcr.io' or 'localhost:5000'.</summary>
    [Parameter(Mandatory = true, Position = 0, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true, HelpMessage = "The registry: host and optional port.")]
    [ValidateNotNullOrEmpty]
    [TextOf("a registry's host and port, such as 'localhost:5000'", typeof(RegistryConnection), typeof(RegistryLogin), typeof(RegistryRepository), Property = "Registry", LeavesWith = ["Registry"])]
    [ArgumentCompleter(typeof(RegistryCompleter))]
    public string Registry { get; set; } = "";

    /// <summary>User name and password or access token.</summary>
    [Parameter(Mandatory = true, Position = 1, ParameterSetName = CredentialSet, HelpMessage = "User name and password or access token.")]
    [Credential]
    [ValidateNotNull]
    public PSCredential? Credential { get; set; }

    /// <summary>An access token that is sent as it is, for registries that take one without a user name.</summary>
    [Parameter(Mandatory = true, ParameterSetName = TokenSet, HelpMessage = "An access token that is sent as it is.")]
    [ValidateNotNull]
    public SecureString? Token { get; set; }

    /// <summary>The vault that holds the secret; the default vault without it.</summary>
    [Parameter(ParameterSetName = VaultSet, HelpMessage = "The vault that holds the secret.")]
    [ValidateNotNullOrEmpty]
    public string? VaultName { get; set; }

    /// <summary>The name of the secret: a PSCredential, or a token as SecureString.</summary>
    [Parameter(Mandatory = true, ParameterSetName = VaultSet, HelpMessage = "The name of the secret in the vault.")]
    [ValidateNotNullOrEmpty]
    public string? SecretName { get; set; }

    /// <summary>Also keeps the credential for later sessions and for other tools, as 'docker login' does.</summary>
    [Parameter(HelpMessage = "Also keeps the credential for later sessions, as 'docker login' does.")]
    public SwitchParameter Persist { get; set; }

    /// <summary>Does not ask the registry whether it accepts the credential.</summary>
    [Parameter(HelpMessage = "Does not ask the registry whether it accepts the credential.")]
    public SwitchParameter NoVerify { get; set; }

    /// <summary>Also speaks plain HTTP, and accepts certificates that do not verify.</summary>
    [Parameter(HelpMessage = "Also speaks plain HTTP, and accepts certificates that do not verify.")]
    public SwitchParameter AllowInsecure { get; set; }

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        if (AllowInsecure)
        {
            WriteWarning("-AllowInsecure: the credential may be read on the way.");
        }

        if (!ShouldProcess(Registry, Persist ? "Log in and keep the credential" : "Log in for this session"))
        {
            return;
        }

        var credential = FindCredential();
        var session = ZLayerSession.Current;
        var engine = session.GetEngine(FullRoot, AllowInsecure);
        RegistryConnection? connection = null;
        RunAsync(async (_, cancellationToken)
            => connection = await engine.ConnectRegistryAsync(Registry, credential, Persist, !NoVerify, cancellationToken));
        if (connection is not null)
        {
            session.LogIn(Registry, credential);
            if (connection.PlainTextFile is { } file)
            {
                WriteWarning(
                    $"The credential is kept in plain text in {file}. Docker's config.json can name a credential helper (credsStore), which keeps it safe.");
            }

            WriteObject(connection);
        }
    }

    private RegistryCredential FindCredential()
    {
        object? secret = ParameterSetName switch
        {
            CredentialSet => Credential,
            TokenSet => Token,
            _ => ReadVault(),
        };
        switch (secret)
        {
            case PSCredential credential:
                return RegistryCredential.FromPassword(credential.UserName, credential.GetNetworkCredential().Password);
            case SecureString token:
                return new RegistryCredential { RegistryToken = new NetworkCredential("", token).Password };
            default:
                var problem = new ZLayerException(
                    ZLayerErrorKind.InvalidArgument, $"The secret '{SecretName}' is neither a PSCredential nor a SecureString.")
                {
                    Subject = SecretName,
                    Advice = "Store it with: Set-Secret -Name NAME -Secret (Get-Credential).",
                };
                ThrowTerminatingError(ErrorMapper.ToErrorRecord(problem));
                throw problem;
        }
    }

    // SecretManagement is not a dependency: its command is called where the module is installed.
    private object? ReadVault()
    {
        if (InvokeCommand.GetCommand("Get-Secret", CommandTypes.Cmdlet | CommandTypes.Function) is null)
        {
            ThrowTerminatingError(ErrorMapper.ToErrorRecord(new ZLayerException(
                ZLayerErrorKind.BuilderUnavailable, "-SecretName needs the module Microsoft.PowerShell.SecretManagement, which is not installed.")
            {
                Subject = SecretName,
                Advice = "Install it with: Install-PSResource Microsoft.PowerShell.SecretManagement. Or use -Credential.",
            }));
        }

        var script = ScriptBlock.Create(
            "param($name, $vault) $where = if ($vault) { @{ Vault = $vault } } else { @{ } }; Get-Secret -Name $name @where -ErrorAction Stop");
        var found = InvokeCommand.InvokeScript(false, script, null, SecretName, VaultName);
        return found.Count > 0 ? found[0].BaseObject : null;
    }
}
