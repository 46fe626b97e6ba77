using System.Net;

namespace ZLayer.Core;

/// <summary>
/// The proxies that <c>HTTP_PROXY</c>, <c>HTTPS_PROXY</c>, <c>ALL_PROXY</c> and <c>NO_PROXY</c> name, in either case, as curl and Go read
/// them. Loopback hosts are never proxied.
/// </summary>
internal sealed class EnvironmentProxy(IReadOnlyDictionary<string, string> environment) : IWebProxy
{
    private readonly string[] _direct
        = (Get(environment, "NO_PROXY") ?? "").Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);

    /// <inheritdoc/>
    public ICredentials? Credentials { get; set; }

    /// <inheritdoc/>
    public Uri? GetProxy(Uri destination)
    {
        var text = Get(environment, destination.Scheme.ToUpperInvariant() + "_PROXY") ?? Get(environment, "ALL_PROXY");
        if (string.IsNullOrEmpty(text))
        {
            return null;
        }

        var uri = new Uri(text.Contains("://", StringComparison.Ordinal) ? text : "http://" + text);
        if (uri.UserInfo.Length > 0)
        {
            var parts = Uri.UnescapeDataString(uri.UserInfo).Split(':', 2);
            Credentials = new NetworkCredential(parts[0], parts.Length > 1 ? parts[1] : "");
        }

        return uri;
    }

    /// <inheritdoc/>
    public bool IsBypassed(Uri host)
        => host.IsLoopback || GetProxy(host) is null || Array.Exists(_direct, d => Matches(d, host));

    private static bool Matches(string entry, Uri host)
    {
        if (entry == "*")
        {
            return true;
        }

        var (name, port) = entry.LastIndexOf(':') is var colon and > 0 && int.TryParse(entry.AsSpan(colon + 1), out var number)
            ? (entry[..colon], number)
            : (entry, host.Port);
        if (port != host.Port)
        {
            return false;
        }

        if (IPNetwork.TryParse(name, out var network) && IPAddress.TryParse(host.Host.Trim('[', ']'), out var address))
        {
            return network.Contains(address);
        }

        var suffix = name.TrimStart('*').TrimStart('.');
        return host.Host.Equals(suffix, StringComparison.OrdinalIgnoreCase)
            || host.Host.EndsWith("." + suffix, StringComparison.OrdinalIgnoreCase);
    }

    private static string? Get(IReadOnlyDictionary<string, string> environment, string name)
        => environment.TryGetValue(name.ToLowerInvariant(), out var value) || environment.TryGetValue(name, out value) ? value : null;
}
