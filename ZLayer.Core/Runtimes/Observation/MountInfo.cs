namespace ZLayer.Core.Runtimes.Observation;

/// <summary>Something mounted into a container.</summary>
public sealed record MountInfo
{
    /// <summary><c>bind</c>, <c>volume</c>, <c>tmpfs</c>, <c>npipe</c>.</summary>
    public required string Type { get; init; }

    /// <summary>The volume's name; null for other kinds.</summary>
    public string? Name { get; init; }

    /// <summary>The path on the host; null for a tmpfs.</summary>
    public string? Source { get; init; }

    /// <summary>The path in the container.</summary>
    public required string Target { get; init; }

    /// <summary>Whether it may only be read.</summary>
    public bool ReadOnly { get; init; }

    /// <summary><c>source:target</c>.</summary>
    public override string ToString() => $"{Name ?? Source ?? Type}:{Target}{(ReadOnly ? ":ro" : "")}";
}
