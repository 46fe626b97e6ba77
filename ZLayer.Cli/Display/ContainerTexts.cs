using System.Globalization;
using ZLayer.Core.Errors;
using ZLayer.Core.Runtimes;
using ZLayer.Core.Runtimes.Observation;

namespace ZLayer.Cli.Display;

/// <summary>Containers as lists show them, in docker's words.</summary>
internal static class ContainerTexts
{
    private const int ShortId = 12;
    private const int ShortCommand = 20;

    public static string Id(string id, bool whole) => whole || id.Length <= ShortId ? id : id[..ShortId];

    /// <summary>The command in quotation marks, at most twenty characters of it unless <paramref name="whole"/>.</summary>
    public static string Command(IReadOnlyList<string> command, bool whole)
    {
        var text = DisplayText.Line(string.Join(' ', command));
        return $"\"{(whole || text.Length <= ShortCommand ? text : text[..(ShortCommand - 1)] + "…")}\"";
    }

    /// <summary>The ports; neighbours with neighbouring ports of the host are one range: <c>0.0.0.0:80-82->80-82/tcp</c>.</summary>
    public static string Ports(IEnumerable<PortMappingInfo> ports)
    {
        var ranges = new List<(PortMappingInfo First, PortMappingInfo Last)>();
        var inOrder = ports.OrderBy(p => p.HostPort is null)
            .ThenBy(p => p.HostIP, StringComparer.Ordinal)
            .ThenBy(p => p.Protocol, StringComparer.Ordinal)
            .ThenBy(p => p.ContainerPort)
            .ThenBy(p => p.HostPort);
        foreach (var port in inOrder)
        {
            if (ranges.Count > 0 && Follows(ranges[^1].Last, port))
            {
                ranges[^1] = (ranges[^1].First, port);
            }
            else
            {
                ranges.Add((port, port));
            }
        }

        return string.Join(
            ", ", ranges.OrderBy(r => r.First.ContainerPort).ThenBy(r => r.First.HostPort is null).Select(r => Range(r.First, r.Last)));
    }

    /// <summary>What a container takes on the disk, itself and with its image: <c>12.3kB (virtual 1.24MB)</c>.</summary>
    public static string Size(ContainerInfo container)
        => container.RootFsSize is > 0 and { } whole ? $"{Size(container.Size)} (virtual {Size(whole)})" : Size(container.Size);

    // Three digits at most, as docker has sizes of containers.
    private static string Size(long? bytes)
    {
        string[] units = ["B", "kB", "MB", "GB", "TB", "PB"];
        var value = (double)(bytes ?? 0);
        var unit = 0;
        while (value >= 1000 && unit < units.Length - 1)
        {
            value /= 1000;
            unit++;
        }

        return value.ToString("G3", CultureInfo.InvariantCulture) + units[unit];
    }

    private static bool Follows(PortMappingInfo last, PortMappingInfo next)
        => next.HostIP == last.HostIP && next.Protocol == last.Protocol && next.ContainerPort == last.ContainerPort + 1
            && (next.HostPort is null ? last.HostPort is null : next.HostPort == last.HostPort + 1);

    private static string Range(PortMappingInfo first, PortMappingInfo last)
    {
        var inside = $"{Span(first.ContainerPort, last.ContainerPort)}/{first.Protocol}";
        return first.HostPort is { } from && last.HostPort is { } to
            ? $"{(first.HostIP?.Contains(':', StringComparison.Ordinal) == true ? $"[{first.HostIP}]" : first.HostIP)}:{Span(from, to)}->{inside}"
            : inside;
    }

    private static string Span(ushort first, ushort last)
        => first == last ? first.ToString(CultureInfo.InvariantCulture) : string.Create(CultureInfo.InvariantCulture, $"{first}-{last}");
}
