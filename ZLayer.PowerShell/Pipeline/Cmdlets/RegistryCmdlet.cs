using System.Management.Automation;
using ZLayer.Core;
using ZLayer.Core.Registries;

namespace ZLayer.PowerShell.Pipeline;

/// <summary>The base of cmdlets that talk to a registry.</summary>
public abstract class RegistryCmdlet : ZLayerAsyncCmdlet
{
    private Dictionary<string, ZLayerEngine> _ownEngines = new(StringComparer.Ordinal);

    /// <summary>
    /// User name and password or access token, for this call alone. Without it the session's logins are used, then Docker's configuration
    /// with its credential helpers.
    /// </summary>
    [Parameter(HelpMessage = "User name and password or access token, for this call alone.")]
    [Credential]
    public PSCredential? Credential { get; set; }

    /// <summary>
    /// Also speaks plain HTTP, and accepts certificates that do not verify. Registries on the loopback interface need no such permission.
    /// </summary>
    [Parameter(HelpMessage = "Also speaks plain HTTP, and accepts certificates that do not verify.")]
    public SwitchParameter AllowInsecure { get; set; }

    /// <inheritdoc/>
    protected override void BeginProcessing()
    {
        if (AllowInsecure)
        {
            WriteWarning("-AllowInsecure: what is sent to registries, credentials included, may be read and changed on the way.");
        }
    }

    /// <summary>The engine to work with. Called on the pipeline thread.</summary>
    /// <param name="root">The root of a piped object; null takes -Root.</param>
    /// <param name="hasOwnCredential">True when the call brings a credential besides -Credential.</param>
    private protected ZLayerEngine GetEngine(string? root = null, bool hasOwnCredential = false)
    {
        root ??= FullRoot;
        if (!HasCredential && !hasOwnCredential)
        {
            return ZLayerSession.Current.GetEngine(root, AllowInsecure);
        }

        if (!_ownEngines.TryGetValue(root ?? "", out var engine))
        {
            engine = ZLayerSession.Current.OpenEngine(root, AllowInsecure);
            _ownEngines[root ?? ""] = engine;
        }

        return engine;
    }

    /// <summary>The engines that this call alone uses; who takes them disposes of them.</summary>
    private protected IReadOnlyCollection<ZLayerEngine> TakeOwnEngines()
    {
        var engines = _ownEngines.Values;
        _ownEngines = new Dictionary<string, ZLayerEngine>(StringComparer.Ordinal);
        return engines;
    }

    /// <summary>Gives the credential of this call to the registry that it is meant for.</summary>
    /// <param name="engine">The engine.</param>
    /// <param name="registry">The registry.</param>
    private protected void UseCredential(ZLayerEngine engine, string registry)
    {
        if (HasCredential)
        {
            engine.Credentials.Set(registry, ToRegistryCredential(Credential!));
        }
    }

    private bool HasCredential => IsGiven(Credential);

    private protected static bool IsGiven(PSCredential? credential) => credential is not null && credential != PSCredential.Empty;

    private protected static RegistryCredential ToRegistryCredential(PSCredential credential)
    {
        var plain = credential.GetNetworkCredential();
        return RegistryCredential.FromPassword(credential.UserName, plain.Password);
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        base.Dispose(disposing);
        if (disposing)
        {
            foreach (var engine in TakeOwnEngines())
            {
                engine.DisposeAsync().AsTask().Wait();
            }
        }
    }
}
