namespace ZLayer.Core.Runtimes.Specifications;

/// <summary>A port to publish.</summary>
public sealed partial record PortMapping
{
    /// <summary>The port in the container.</summary>
    public required ushort ContainerPort { get; init; }

    /// <summary><c>tcp</c>, <c>udp</c> or <c>sctp</c>.</summary>
    public string Protocol { get; init; } = "tcp";

    /// <summary>The first port on the host; null is any free one.</summary>
    public ushort? HostPort { get; init; }

    /// <summary>The last port on the host, of which a free one is chosen; null is <see cref="HostPort"/> alone.</summary>
    public ushort? HostPortEnd { get; init; }

    /// <summary>The address on the host; null is every address.</summary>
    public string? HostIP { get; init; }
}
