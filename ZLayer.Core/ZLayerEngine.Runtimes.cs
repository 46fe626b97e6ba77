using ZLayer.Core.Runtimes;

namespace ZLayer.Core;

/// <content>What runs containers.</content>
public sealed partial class ZLayerEngine
{
    private const string DefaultRuntime = "docker";

    /// <summary>The container runtimes. Asking for them connects to nothing.</summary>
    public RuntimeSet Runtimes => _runtimes.Value;

    private RuntimeSet CreateRuntimes() => RuntimeSettings.CreateSet(_options, _options.Runtime ?? DefaultRuntime, CredentialSources);
}
