using ZLayer.Core.Oci;
using ZLayer.Core.Registries;

namespace ZLayer.Core.Runtimes;

/// <summary>How a runtime brings an image in.</summary>
public sealed record RuntimePullOptions
{
    /// <summary>When the registry is asked.</summary>
    public PullPolicy Policy { get; init; } = PullPolicy.Missing;

    /// <summary>The platform; null is the runtime's own.</summary>
    public Platform? Platform { get; init; }

    /// <summary>What proves who asks; wins over stored logins. Null looks the registry's host up, else asks anonymously.</summary>
    public RegistryCredential? Credential { get; init; }

    /// <summary>With <see cref="PullPolicy.Never"/>, leaves the complaint about a missing image to the creation of the container.</summary>
    public bool AllowMissing { get; init; }
}
