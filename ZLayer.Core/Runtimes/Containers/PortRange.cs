using System.Globalization;
using ZLayer.Core.Errors;
using ZLayer.Core.Runtimes.Specifications;

namespace ZLayer.Core.Runtimes;

/// <summary>Ports of one protocol that are looked for.</summary>
public sealed record PortRange
{
    /// <summary>The first port.</summary>
    public required ushort First { get; init; }

    /// <summary>The last port.</summary>
    public required ushort Last { get; init; }

    /// <summary><c>tcp</c>, <c>udp</c> or <c>sctp</c>.</summary>
    public string Protocol { get; init; } = "tcp";

    /// <summary>Parses <c>80</c>, <c>80/udp</c> or <c>8000-8080/tcp</c>.</summary>
    /// <exception cref="ZLayerException"><see cref="ZLayerErrorKind.InvalidArgument"/>.</exception>
    public static PortRange Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        var (ports, protocol) = Notation.Cut(text, '/');
        protocol = protocol?.ToLowerInvariant() ?? "tcp";
        if (protocol is not ("tcp" or "udp" or "sctp"))
        {
            throw Invalid(text, $"'{protocol}' is not tcp, udp or sctp");
        }

        var (start, end) = Notation.Cut(ports, '-');
        return TryParsePort(start, out var first) && TryParsePort(end ?? start, out var last) && first <= last
            ? new PortRange { First = first, Last = last, Protocol = protocol }
            : throw Invalid(text, $"'{ports}' is not a port from 1 to 65535 or a range of them");
    }

    /// <summary>Whether a port is among them.</summary>
    public bool Contains(ushort port, string protocol) => First <= port && port <= Last && Protocol == protocol;

    /// <summary><c>80/tcp</c> or <c>8000-8080/tcp</c>.</summary>
    public override string ToString()
        => First == Last
            ? string.Create(CultureInfo.InvariantCulture, $"{First}/{Protocol}")
            : string.Create(CultureInfo.InvariantCulture, $"{First}-{Last}/{Protocol}");

    private static bool TryParsePort(string text, out ushort port)
        => ushort.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out port) && port > 0;

    private static ZLayerException Invalid(string text, string reason)
        => Notation.Invalid("port", text, reason, "Write port[-port][/protocol], such as '80', '53/udp' or '8000-8080'.");
}
