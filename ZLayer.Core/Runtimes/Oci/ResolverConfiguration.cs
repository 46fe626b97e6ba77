using System.Net;
using System.Text;
using ZLayer.Core.Errors;

namespace ZLayer.Core.Runtimes.Oci;

/// <summary>The <c>/etc/resolv.conf</c> of containers, made from the machine's as Docker does.</summary>
internal static class ResolverConfiguration
{
    private const string MachineFile = "/etc/resolv.conf";

    // systemd-resolved listens on loopback and writes the servers behind it here (systemd-resolved.service(8)).
    private const string UpstreamFile = "/run/systemd/resolve/resolv.conf";

    /// <summary>Reads the machine's configuration.</summary>
    /// <param name="sharesLoopback">True when the container is in the machine's own network, where loopback servers can be reached.</param>
    /// <param name="fallback">The servers used when none is left.</param>
    public static string Read(bool sharesLoopback, IReadOnlyList<string> fallback)
    {
        var text = ReadFile(MachineFile);
        if (sharesLoopback)
        {
            return text;
        }

        if (Nameservers(text) is { Count: > 0 } servers && servers.All(IsLoopback) && ReadFile(UpstreamFile) is { Length: > 0 } upstream)
        {
            text = upstream;
        }

        return WithoutLoopback(text, fallback);
    }

    /// <summary>The configuration without servers on loopback; the fallback servers when none is left.</summary>
    public static string WithoutLoopback(string text, IReadOnlyList<string> fallback)
    {
        var kept = new StringBuilder();
        var servers = 0;
        foreach (var line in text.Split('\n'))
        {
            if (NameserverOf(line) is { } server)
            {
                if (IsLoopback(server))
                {
                    continue;
                }

                servers++;
            }

            if (line.Trim().Length > 0)
            {
                kept.Append(line.TrimEnd()).Append('\n');
            }
        }

        if (servers == 0)
        {
            foreach (var server in fallback)
            {
                kept.Append("nameserver ").Append(server).Append('\n');
            }
        }

        return kept.ToString();
    }

    private static List<string> Nameservers(string text) => [.. text.Split('\n').Select(NameserverOf).OfType<string>()];

    private static string? NameserverOf(string line)
    {
        var words = line.Split((char[])[' ', '\t', '\r'], StringSplitOptions.RemoveEmptyEntries);
        return words is ["nameserver", var server, ..] ? server : null;
    }

    private static bool IsLoopback(string server)
        => IPAddress.TryParse(server.Split('%')[0], out var address) && IPAddress.IsLoopback(address);

    private static string ReadFile(string path)
    {
        try
        {
            return File.ReadAllText(path);
        }
        catch (Exception e) when (SystemErrors.IsSystemError(e))
        {
            // A machine without the file resolves through defaults; so do its containers.
            return "";
        }
    }
}
