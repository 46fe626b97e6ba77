using System.Net;
using ZLayer.Core.Oci;

namespace ZLayer.Core.Registries;

/// <summary>The spellings of a registry's name, and where it really is.</summary>
internal static class RegistryNames
{
    /// <summary>Docker Hub's API host; <c>docker.io</c> itself serves web pages.</summary>
    public const string DockerHubHost = "registry-1.docker.io";

    /// <summary>The key that Docker's config.json has for Docker Hub.</summary>
    public const string DockerHubKey = "https://index.docker.io/v1/";

    /// <summary>
    /// Host and port alone, lower case, as image references write it: without scheme and path, Docker Hub's hosts as <c>docker.io</c>.
    /// </summary>
    public static string Normalize(string registry)
    {
        var text = registry.Trim();
        var scheme = text.IndexOf("://", StringComparison.Ordinal);
        if (scheme >= 0)
        {
            text = text[(scheme + 3)..];
        }

        var slash = text.IndexOf('/', StringComparison.Ordinal);
        var host = (slash < 0 ? text : text[..slash]).ToLowerInvariant();
        return host is "index.docker.io" or DockerHubHost or "registry.hub.docker.com" ? ImageReference.DefaultRegistry : host;
    }

    /// <summary>
    /// What follows the host in a key of a credentials file; empty for the addresses of a registry's API, which mean all of it.
    /// </summary>
    public static string PathOf(string key)
    {
        var text = key.Trim();
        var start = text.IndexOf("://", StringComparison.Ordinal) is var scheme and >= 0 ? scheme + 3 : 0;
        var slash = text.IndexOf('/', start);
        var path = slash < 0 ? "" : text[(slash + 1)..].TrimEnd('/');
        return path is "v1" or "v2" ? "" : path;
    }

    /// <summary>Host and optional port to connect to.</summary>
    public static string Authority(string registry)
        => registry == ImageReference.DefaultRegistry ? DockerHubHost : registry;

    /// <summary>True for this machine: <c>localhost</c>, names under it, 127.0.0.0/8 and ::1; also with a dot at the end.</summary>
    public static bool IsLoopback(string authority)
    {
        var host = HostWithoutDot(authority);
        return host.Equals("localhost", StringComparison.OrdinalIgnoreCase)
            || host.EndsWith(".localhost", StringComparison.OrdinalIgnoreCase)
            || (IPAddress.TryParse(host, out var address) && IPAddress.IsLoopback(address));
    }

    /// <summary>
    /// True for whatever connects to this machine itself: <see cref="IsLoopback"/>, and the unspecified address, which Linux takes for it.
    /// </summary>
    public static bool LeadsHere(string authority)
        => IsLoopback(authority)
            || (IPAddress.TryParse(HostWithoutDot(authority), out var address)
                && (address.Equals(IPAddress.Any)
                    || address.Equals(IPAddress.IPv6Any)
                    || (address.IsIPv4MappedToIPv6 && LeadsHere(address.MapToIPv4().ToString()))));

    /// <summary>
    /// Whether an address is for those alone who sit closer to it than the registry that names it: this machine itself, or what only its
    /// own network link reaches (169.254.0.0/16 and fe80::/10, where clouds tell their machines secrets). What a name resolves to is not
    /// looked at.
    /// </summary>
    /// <param name="registry">The registry.</param>
    /// <param name="authority">The address.</param>
    public static bool IsOutOfReach(string registry, string authority)
        => !LeadsHere(registry) && (LeadsHere(authority) || (IsLinkLocal(authority) && !IsLinkLocal(registry)));

    private static bool IsLinkLocal(string authority)
        => IPAddress.TryParse(HostWithoutDot(authority), out var address)
            && (address.IsIPv6LinkLocal
                || (address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address).GetAddressBytes() is [169, 254, _, _]);

    // A dot at its end says that a name is complete, and makes it no other.
    private static string HostWithoutDot(string authority) => Host(authority).TrimEnd('.');

    /// <summary>The host without its port and brackets.</summary>
    public static string Host(string authority)
    {
        if (authority.StartsWith('['))
        {
            return authority[1..Math.Max(1, authority.IndexOf(']', StringComparison.Ordinal))];
        }

        var colon = authority.IndexOf(':', StringComparison.Ordinal);
        return colon < 0 ? authority : authority[..colon];
    }
}
