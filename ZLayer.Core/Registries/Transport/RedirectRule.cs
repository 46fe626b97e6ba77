namespace ZLayer.Core.Registries;

/// <summary>
/// Decides whether an address that a registry names is asked: where it redirects to, where it wants an upload, where a foreign layer is.
/// The credential is no part of this: it goes to the registry's own address alone (<see cref="RegistrySession.Owns"/>), and to where tokens
/// are made (<see cref="TokenRealm"/>).
/// </summary>
internal static class RedirectRule
{
    /// <summary>Why an address is not asked; null where it is.</summary>
    /// <param name="registry">The registry that the request is for.</param>
    /// <param name="from">What named the address: the registry, or one that it redirected to.</param>
    /// <param name="to">The address.</param>
    public static string? Refusal(Uri registry, Uri from, Uri to)
        => to.Scheme != Uri.UriSchemeHttps && !(to.Scheme == Uri.UriSchemeHttp && from.Scheme == Uri.UriSchemeHttp)
                ? $"from a secure connection to {to.Scheme}://{to.Authority}"
            // A remote registry would reach services that only this machine may.
            : RegistryNames.IsOutOfReach(registry.Authority, to.Authority)
                ? $"to {to.Authority}, which this machine alone reaches"
            : null;
}
