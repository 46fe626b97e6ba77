using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using ZLayer.Core.Errors;
using ZLayer.Core.Foundation.Text;

namespace ZLayer.Core.Runtimes.Specifications;

public sealed partial record PortMapping
{
    private const string Advice
        = "Write [address:][host:]container[/protocol], such as '8080:80', '127.0.0.1:8080:80/udp', '[::1]:8080:80' or '8000-8010:80-90'.";

    /// <summary>
    /// Parses <c>[address:][host:]container[/protocol]</c>; ports may be ranges <c>first-last</c>. Two ranges of one length give a mapping
    /// for each port; a range for one container port means a free port of it; without a host port any free one is taken.
    /// </summary>
    /// <exception cref="ZLayerException"><see cref="ZLayerErrorKind.InvalidArgument"/>.</exception>
    public static IReadOnlyList<PortMapping> Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        var (address, host, ports) = Split(text.Trim());
        var (container, protocol) = Notation.Cut(ports, '/');
        protocol = protocol?.ToLowerInvariant() ?? "tcp";
        if (protocol is not ("tcp" or "udp" or "sctp"))
        {
            throw Invalid(text, $"'{protocol}' is not tcp, udp or sctp");
        }

        var inside = Range(text, container, "the container's port");
        var outside = host.Length == 0 ? default((ushort First, ushort Last)?) : Range(text, host, "the host's port");
        if (inside.First == 0)
        {
            throw Invalid(text, "the container's port is 0");
        }

        if (outside is var (first, last) && inside.First != inside.Last && last - first != inside.Last - inside.First)
        {
            throw Invalid(text, "the ranges of host and container have different lengths");
        }

        return [.. Enumerable.Range(0, inside.Last - inside.First + 1).Select(i => Map(
            inside.First + i, i, inside.First == inside.Last, outside) with
        {
            Protocol = protocol,
            HostIP = Address(text, address),
        })];
    }

    /// <summary>Parses a port that a container listens on, without one of the host: <c>container[/protocol]</c>, or a range.</summary>
    /// <exception cref="ZLayerException"><see cref="ZLayerErrorKind.InvalidArgument"/>.</exception>
    internal static IReadOnlyList<PortMapping> ParseExposed(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        return text.Contains(':', StringComparison.Ordinal)
            ? throw Notation.Invalid(
                "exposed port", text, "it names a port of the host, which is for a port that is published", "Write '80', '53/udp' or '8000-8010'.")
            : Parse(text);
    }

    /// <summary>As <see cref="Parse"/>, without an error.</summary>
    public static bool TryParse([NotNullWhen(true)] string? text, [NotNullWhen(true)] out IReadOnlyList<PortMapping>? mappings)
    {
        try
        {
            mappings = text is null ? null : Parse(text);
        }
        catch (ZLayerException)
        {
            mappings = null;
        }

        return mappings is not null;
    }

    /// <summary><c>127.0.0.1:8080:80/tcp</c>, as <see cref="Parse"/> reads it.</summary>
    public override string ToString()
    {
        var address = HostIP is null ? "" : HostIP.Contains(':', StringComparison.Ordinal) ? $"[{HostIP}]:" : $"{HostIP}:";
        var host = HostPort is null ? (HostIP is null ? "" : ":")
            : HostPortEnd is { } end && end != HostPort ? $"{HostPort}-{end}:"
            : $"{HostPort}:";
        return string.Create(CultureInfo.InvariantCulture, $"{address}{host}{ContainerPort}/{Protocol}");
    }

    private static PortMapping Map(int container, int index, bool isOne, (ushort First, ushort Last)? host) => new()
    {
        ContainerPort = (ushort)container,
        HostPort = host is null or (0, 0) ? null : (ushort)(host.Value.First + index),
        HostPortEnd = host is { } range && isOne && range.First != range.Last ? range.Last : null,
    };

    private static (string Address, string Host, string Container) Split(string text)
    {
        var parts = text.Split(':');
        return parts.Length switch
        {
            1 => ("", "", parts[0]),
            2 => ("", parts[0], parts[1]),
            _ => (string.Join(':', parts[..^2]), parts[^2], parts[^1]),
        };
    }

    private static (ushort First, ushort Last) Range(string text, string range, string what)
    {
        var (start, end) = Notation.Cut(range, '-');
        return ushort.TryParse(start, NumberStyles.None, CultureInfo.InvariantCulture, out var first)
            && ushort.TryParse(end ?? start, NumberStyles.None, CultureInfo.InvariantCulture, out var last) && first <= last
            ? (first, last)
            : throw Invalid(
                text, range.Length == 0 ? $"{what} is missing" : $"{what} '{range}' is not a number up to 65535 or a range of them");
    }

    private static string? Address(string text, string address)
    {
        var bare = address.StartsWith('[') && address.EndsWith(']') ? address[1..^1] : address;
        return bare.Length == 0 ? null
            : AddressText.TryParse(bare, out _) ? bare
            : throw Invalid(text, $"'{address}' is not an IP address");
    }

    private static ZLayerException Invalid(string text, string reason) => Notation.Invalid("port mapping", text, reason, Advice);
}
