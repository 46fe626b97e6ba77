using ZLayer.Core.Runtimes.Observation;

namespace ZLayer.Core.Runtimes;

/// <summary>Which containers to list; what is empty does not restrict.</summary>
public sealed record ContainerFilter
{
    /// <summary>Every container.</summary>
    public static ContainerFilter None { get; } = new();

    /// <summary>Names, ids or beginnings of ids.</summary>
    public IReadOnlyList<string> Containers { get; init => field = value.ToArray(); } = [];

    /// <summary>What the name has a part of, any of them: regular expressions, as engines take them.</summary>
    public IReadOnlyList<string> NamePatterns { get; init => field = value.ToArray(); } = [];

    /// <summary>What the id has a part of, any of them: regular expressions, as engines take them.</summary>
    public IReadOnlyList<string> IdPatterns { get; init => field = value.ToArray(); } = [];

    /// <summary>States, any of them.</summary>
    public IReadOnlyList<ContainerState> States { get; init => field = value.ToArray(); } = [];

    /// <summary>Labels, all of them: <c>key</c> or <c>key=value</c>.</summary>
    public IReadOnlyList<string> Labels { get; init => field = value.ToArray(); } = [];

    /// <summary>Images that the container was made of, or that its image was built on, any of them.</summary>
    public IReadOnlyList<string> Images { get; init => field = value.ToArray(); } = [];

    /// <summary>Networks, any of them.</summary>
    public IReadOnlyList<string> Networks { get; init => field = value.ToArray(); } = [];

    /// <summary>Volumes or mount points, any of them.</summary>
    public IReadOnlyList<string> Volumes { get; init => field = value.ToArray(); } = [];

    /// <summary>
    /// Ports of the host that the container has published on, any of them or of <see cref="ExposedPorts"/>, as with engines.
    /// </summary>
    public IReadOnlyList<PortRange> PublishedPorts { get; init => field = value.ToArray(); } = [];

    /// <summary>Ports in the container, published or not, any of them or of <see cref="PublishedPorts"/>.</summary>
    public IReadOnlyList<PortRange> ExposedPorts { get; init => field = value.ToArray(); } = [];

    /// <summary>Exit codes of containers that have ended, any of them.</summary>
    public IReadOnlyList<int> ExitCodes { get; init => field = value.ToArray(); } = [];

    /// <summary>What the health check says, any of them.</summary>
    public IReadOnlyList<HealthStatus> Health { get; init => field = value.ToArray(); } = [];

    /// <summary>Only what was made before this container, which is given by name or id.</summary>
    public string? Before { get; init; }

    /// <summary>Only what was made after this container, which is given by name or id.</summary>
    public string? Since { get; init; }

    /// <summary>
    /// Measures each container that is found: <see cref="ContainerInfo.Size"/>. It takes the longer, the more files there are.
    /// </summary>
    public bool MeasureSize { get; init; }

    /// <summary>
    /// Leaves it at what a list tells, one request however many containers there are: <see cref="ContainerInfo.StartedAt"/> and
    /// <see cref="ContainerInfo.FinishedAt"/> may be null although they are known, and the command one text. For names, states and labels.
    /// </summary>
    public bool IsBrief { get; init; }

    /// <summary>Whether a container with these ports has one that is looked for, or none is looked for.</summary>
    internal bool MatchesPorts(IReadOnlyList<PortMappingInfo> ports)
        => (PublishedPorts.Count == 0 && ExposedPorts.Count == 0)
            || ports.Any(port => (port.HostPort is { } published && PublishedPorts.Any(range => range.Contains(published, port.Protocol)))
                || ExposedPorts.Any(range => range.Contains(port.ContainerPort, port.Protocol)));
}
