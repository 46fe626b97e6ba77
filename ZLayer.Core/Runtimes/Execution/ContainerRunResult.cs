namespace ZLayer.Core.Runtimes.Execution;

/// <summary>What a container did from its start to its end.</summary>
public sealed record ContainerRunResult : ExecResult
{
    /// <summary>The container's id; it is gone if the container was removed.</summary>
    public required string ContainerId { get; init; }

    /// <summary>Why it ended.</summary>
    public WaitReason Reason { get; init; }

    /// <summary>The signal that killed it.</summary>
    public string? Signal { get; init; }
}
