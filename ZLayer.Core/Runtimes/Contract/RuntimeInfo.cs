namespace ZLayer.Core.Runtimes;

/// <summary>A runtime, and whether it can be used.</summary>
public sealed record RuntimeInfo
{
    /// <summary>The name.</summary>
    public required string Name { get; init; }

    /// <summary>What kind of thing runs the containers: <c>Docker engine</c>, <c>Podman service</c>, <c>in memory</c>.</summary>
    public required string Kind { get; init; }

    /// <summary>Whether it is used where no runtime is named.</summary>
    public bool IsDefault { get; init; }

    /// <summary>Whether it answers.</summary>
    public required bool IsAvailable { get; init; }

    /// <summary>Why it does not answer, and what to do; null when it does.</summary>
    public string? Reason { get; init; }

    /// <summary>Its version.</summary>
    public string? Version { get; init; }

    /// <summary>The version of its API that is spoken.</summary>
    public string? ApiVersion { get; init; }

    /// <summary>Where it is: <c>unix:///var/run/docker.sock</c>.</summary>
    public string? Endpoint { get; init; }

    /// <summary>The operations that it offers.</summary>
    public IReadOnlyList<RuntimeOperation> Capabilities { get; init => field = value.ToArray(); } = [];

    /// <summary>Its machine; null unless asked for.</summary>
    public RuntimeHost? Host { get; init; }

    /// <summary>The name.</summary>
    public override string ToString() => Name;
}
