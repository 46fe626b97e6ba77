using ZLayer.Core.Runtimes.Observation;

namespace ZLayer.Core.Runtimes;

/// <summary>A container, as lists show it.</summary>
public record ContainerInfo
{
    /// <summary>The id that the runtime gave it.</summary>
    public required string Id { get; init; }

    /// <summary>The name.</summary>
    public required string Name { get; init; }

    /// <summary>The image as it was named when the container was made.</summary>
    public required string Image { get; init; }

    /// <summary>The image id; null where the runtime does not tell.</summary>
    public string? ImageId { get; init; }

    /// <summary>The state.</summary>
    public required ContainerState State { get; init; }

    /// <summary>What the health check says.</summary>
    public HealthStatus Health { get; init; }

    /// <summary>The state in words, with how long it has lasted: <c>Up 5 minutes (healthy)</c>.</summary>
    public string Status { get; init; } = "";

    /// <summary>When the container was made.</summary>
    public DateTimeOffset? Created { get; init; }

    /// <summary>When it was started last; null when never.</summary>
    public DateTimeOffset? StartedAt { get; init; }

    /// <summary>When it ended last; null when it did not, or runs again.</summary>
    public DateTimeOffset? FinishedAt { get; init; }

    /// <summary>The exit code of an ended container.</summary>
    public int? ExitCode { get; init; }

    /// <summary>The command with its arguments.</summary>
    public IReadOnlyList<string> Command { get; init => field = value.ToArray(); } = [];

    /// <summary>The ports, published and exposed.</summary>
    public IReadOnlyList<PortMappingInfo> Ports { get; init => field = value.ToArray(); } = [];

    /// <summary>The names of the networks.</summary>
    public IReadOnlyList<string> Networks { get; init => field = value.ToArray(); } = [];

    /// <summary>The labels.</summary>
    public IReadOnlyDictionary<string, string> Labels { get; init; } = new Dictionary<string, string>();

    /// <summary>The bytes that the container added to those of its image; null unless they were asked for.</summary>
    public long? Size { get; init; }

    /// <summary>The bytes of its whole file system, those of the image included; null unless they were asked for.</summary>
    public long? RootFsSize { get; init; }

    /// <summary>The text of the <see cref="ContainerId"/> that the container was made for; null for one that stands alone.</summary>
    public string? ServiceId => Labels.GetValueOrDefault(ContainerId.Label);

    /// <summary>The runtime that holds the container.</summary>
    public required string Runtime { get; init; }

    /// <summary>What lists show of it, without what is told of a single container alone.</summary>
    internal ContainerInfo ToInfo() => new(this);

    /// <summary>The name.</summary>
    public sealed override string ToString() => Name;
}
