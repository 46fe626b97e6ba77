namespace ZLayer.Core.Runtimes.Observation;

/// <summary>A process of a container.</summary>
public sealed record ContainerProcess
{
    /// <summary>The container.</summary>
    public required string ContainerName { get; init; }

    /// <summary>The process id on the host.</summary>
    public int? Id { get; init; }

    /// <summary>The parent's process id on the host.</summary>
    public int? ParentId { get; init; }

    /// <summary>The user.</summary>
    public string? User { get; init; }

    /// <summary>CPU time used.</summary>
    public TimeSpan? Cpu { get; init; }

    /// <summary>When it was started, as ps writes it.</summary>
    public string? StartTime { get; init; }

    /// <summary>The command with its arguments.</summary>
    public string CommandLine { get; init; } = "";

    /// <summary>The columns that have no property of their own.</summary>
    public IReadOnlyDictionary<string, string> Extra { get; init; } = new Dictionary<string, string>();

    /// <summary>The runtime that holds the container; empty where nobody asked for it by name.</summary>
    public string Runtime { get; init; } = "";
}
