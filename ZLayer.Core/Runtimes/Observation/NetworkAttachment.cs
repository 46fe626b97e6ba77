using System.Net;

namespace ZLayer.Core.Runtimes.Observation;

/// <summary>How a container is connected to a network.</summary>
public sealed record NetworkAttachment
{
    /// <summary>The network.</summary>
    public required string Network { get; init; }

    /// <summary>The names by which the container is found there.</summary>
    public IReadOnlyList<string> Aliases { get; init => field = value.ToArray(); } = [];

    /// <summary>The IPv4 address.</summary>
    public IPAddress? IPv4 { get; init; }

    /// <summary>The IPv6 address.</summary>
    public IPAddress? IPv6 { get; init; }

    /// <summary>The gateway.</summary>
    public IPAddress? Gateway { get; init; }

    /// <summary>The MAC address.</summary>
    public string? MacAddress { get; init; }

    /// <summary>The network.</summary>
    public override string ToString() => Network;
}
