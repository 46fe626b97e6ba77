using System.Net;

namespace ZLayer.Core.Registries;

/// <summary>Decides whether the realm that a registry names may be asked for a token, and given a credential.</summary>
internal static class TokenRealm
{
    /// <summary>The realm, where it may be asked.</summary>
    /// <param name="session">The registry that named it.</param>
    /// <param name="text">The realm as the registry wrote it.</param>
    /// <param name="withCredential">True when a secret would be sent.</param>
    /// <param name="trusted">Hosts that the user trusts.</param>
    /// <exception cref="Errors.ZLayerException">RegistryAuthenticationFailed when it may not.</exception>
    public static Uri Check(RegistrySession session, string text, bool withCredential, IReadOnlyCollection<string> trusted)
        => Uri.TryCreate(text, UriKind.Absolute, out var realm) && realm.UserInfo.Length == 0
            && IsReachable(session.Endpoint, realm) && (!withCredential || IsFamiliar(session.Endpoint, realm, trusted))
            ? realm
            : throw RegistryAuthenticator.UntrustedRealm(session, WithoutSecrets(text));

    // Neither in clear text to strangers, nor from a remote registry to a port of this machine.
    private static bool IsReachable(Uri registry, Uri realm)
        => RegistryNames.IsOutOfReach(registry.Authority, realm.Authority) ? false
            : RegistryNames.LeadsHere(realm.Authority) ? realm.Scheme is "http" or "https"
            : realm.Scheme == Uri.UriSchemeHttps
                || (realm.Scheme == Uri.UriSchemeHttp && registry.Scheme == Uri.UriSchemeHttp && IsSame(realm.Host, registry.Host));

    private static bool IsFamiliar(Uri registry, Uri realm, IReadOnlyCollection<string> trusted)
        => IsSame(realm.Host, registry.Host)
            || (IsThisMachine(realm.Host) && IsThisMachine(registry.Host))
            || trusted.Any(host => IsSame(host, realm.Host) || IsSame(host, realm.Authority))
            || IsOfDomain(realm.Host, registry.Host);

    // Any port of this machine's own address under its three names, as of any other host. Another loopback address, such as 127.0.0.2, or a
    // name below localhost is another host: containers and forwarded ports of somebody else are reached through those.
    private static bool IsThisMachine(string host) => IsSame(host, "localhost") || host is "127.0.0.1" or "[::1]" or "::1";

    // auth.docker.io for registry-1.docker.io, gitlab.com for registry.gitlab.com, auth.quay.io for quay.io; never one shop's for another's
    // because both are below co.uk.
    private static bool IsOfDomain(string realm, string registry)
    {
        if (IPAddress.TryParse(registry, out _) || IPAddress.TryParse(realm, out _))
        {
            return false;
        }

        var parent = registry[(registry.IndexOf('.', StringComparison.Ordinal) + 1)..];
        return (IsDomain(registry) && IsBelow(realm, registry)) || (IsDomain(parent) && (IsSame(realm, parent) || IsBelow(realm, parent)));
    }

    // A name that somebody owns: two labels at least, and not the likes of co.uk and com.au, which are registered under.
    private static bool IsDomain(string name)
        => name.Split('.') is { Length: >= 2 } labels && !(labels.Length == 2 && labels[1].Length == 2 && labels[0].Length <= 3);

    private static bool IsBelow(string name, string domain) => name.EndsWith("." + domain, StringComparison.OrdinalIgnoreCase);

    private static bool IsSame(string left, string right) => left.Equals(right, StringComparison.OrdinalIgnoreCase);

    private static string WithoutSecrets(string address)
    {
        var end = address.IndexOfAny(['?', '#']);
        var text = end < 0 ? address : address[..end];
        var at = text.LastIndexOf('@');
        return at < 0 ? text : "…" + text[at..];
    }
}
