using System.Globalization;
using ZLayer.Core.Foundation.Text;

namespace ZLayer.Core.Dockerfiles;

/// <summary>
/// One word of EXPOSE: <c>80</c>, <c>53/udp</c>, <c>8000-8010</c>. An address and host port in front are read, as Docker does,
/// but mean nothing.
/// </summary>
internal sealed record PortSpecification(string Text, int First, int Last, string Protocol, bool HasHostPart)
{
    internal static PortSpecification Parse(string text)
    {
        string[] parts = text.Split(':');
        (string port, string protocol) = SplitProtocol(text, parts[^1]);
        (int first, int last) = Range(text, port);
        string hostPort = parts.Length > 1 ? parts[^2] : "";
        string address = parts.Length > 2 ? string.Join(':', parts[..^2]) : "";
        if (address.Length > 0 && !System.Net.IPAddress.TryParse(address, out _))
        {
            throw new SyntaxException($"\"{text}\" is not a port: \"{address}\" is not an IP address");
        }

        if (hostPort.Length > 0)
        {
            (int firstHost, int lastHost) = Range(text, hostPort);
            if (first != last && last - first != lastHost - firstHost)
            {
                throw new SyntaxException($"\"{text}\" is not a port: the ranges differ in length");
            }
        }

        return new PortSpecification(text, first, last, protocol, hostPort.Length > 0 || address.Length > 0);
    }

    internal bool HasUpperCaseProtocol => Protocol.Any(char.IsAsciiLetterUpper);

    internal IEnumerable<string> Expand()
    {
        for (int port = First; port <= Last; port++)
        {
            yield return string.Create(CultureInfo.InvariantCulture, $"{port}/{Protocol.ToLowerInvariant()}");
        }
    }

    private static (string Port, string Protocol) SplitProtocol(string text, string part)
    {
        int slash = part.IndexOf('/', StringComparison.Ordinal);
        string port = slash < 0 ? part : part[..slash];
        string protocol = slash < 0 ? "" : part[(slash + 1)..];
        if (port.Length == 0)
        {
            throw new SyntaxException($"\"{text}\" is not a port: it names no port");
        }

        return protocol.ToLowerInvariant() switch
        {
            "" => (port, "tcp"),
            "tcp" or "udp" or "sctp" => (port, protocol),
            _ => throw new SyntaxException($"\"{text}\" is not a port: the protocol \"{protocol}\" is not tcp, udp or sctp"),
        };
    }

    private static (int First, int Last) Range(string text, string range)
    {
        int dash = range.IndexOf('-', StringComparison.Ordinal);
        int first = Number(text, dash < 0 ? range : range[..dash]);
        int last = dash < 0 ? first : Number(text, range[(dash + 1)..]);
        return last < first ? throw new SyntaxException($"\"{text}\" is not a port: the range \"{range}\" runs backwards") : (first, last);
    }

    private static int Number(string text, string number)
        => int.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out int value) && value <= 65535
            ? value
            : throw new SyntaxException($"\"{text}\" is not a port: \"{number}\" is not a number from 0 to 65535");
}
