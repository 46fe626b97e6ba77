using System.Text;

namespace ZLayer.Core.Runtimes.Oci;

/// <summary>The <c>/etc/hosts</c> of containers.</summary>
internal static class HostsFile
{
    /// <summary>The usual lines, the container's own name, and more.</summary>
    public static string Create(string hostname, IReadOnlyList<(string Host, string Address)> extra)
    {
        var text = new StringBuilder("127.0.0.1\tlocalhost");
        if (hostname.Length > 0)
        {
            text.Append(' ').Append(hostname);
        }

        text.Append("\n::1\tlocalhost ip6-localhost ip6-loopback\n");
        foreach (var (host, address) in extra)
        {
            text.Append(address).Append('\t').Append(host).Append('\n');
        }

        return text.ToString();
    }
}
