using System.Globalization;

namespace ZLayer.Core.Runtimes.Observation;

/// <summary>A port of a container and where it is published.</summary>
public sealed record PortMappingInfo
{
    /// <summary>The container.</summary>
    public string ContainerName { get; init; } = "";

    /// <summary>The runtime that holds the container.</summary>
    public string Runtime { get; init; } = "";

    /// <summary>The port in the container.</summary>
    public required ushort ContainerPort { get; init; }

    /// <summary><c>tcp</c>, <c>udp</c> or <c>sctp</c>.</summary>
    public string Protocol { get; init; } = "tcp";

    /// <summary>The address on the host; null when it is not published.</summary>
    public string? HostIP { get; init; }

    /// <summary>The port on the host; null when it is not published.</summary>
    public ushort? HostPort { get; init; }

    /// <summary><c>0.0.0.0:8080->80/tcp</c>, <c>[::]:8080->80/tcp</c>, or <c>80/tcp</c> when it is not published.</summary>
    public override string ToString()
        => HostPort is { } port
            ? string.Create(
                CultureInfo.InvariantCulture, $"{(HostIP?.Contains(':', StringComparison.Ordinal) == true ? $"[{HostIP}]" : HostIP)}:{port}->{ContainerPort}/{Protocol}")
            : string.Create(CultureInfo.InvariantCulture, $"{ContainerPort}/{Protocol}");
}
