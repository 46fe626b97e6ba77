namespace ZLayer.Core.Runtimes;

/// <summary>What a wait for a container ended with.</summary>
public sealed record ContainerWaitResult
{
    /// <summary>The container.</summary>
    public required string Name { get; init; }

    /// <summary>Its id.</summary>
    public required string Id { get; init; }

    /// <summary>What was waited for.</summary>
    public required ContainerCondition Condition { get; init; }

    /// <summary>Why it ended; null when it was waited for something else than its end.</summary>
    public WaitReason? Reason { get; init; }

    /// <summary>The exit code, 128 + n for a death by signal n; null when it was waited for something else than its end.</summary>
    public int? ExitCode { get; init; }

    /// <summary>The signal that killed it, such as <c>SIGKILL</c>.</summary>
    public string? Signal { get; init; }

    /// <summary>When it ended; null where the runtime does not tell.</summary>
    public DateTimeOffset? FinishedAt { get; init; }

    /// <summary>What the runtime says of a failure.</summary>
    public string? Error { get; init; }

    /// <summary>The line of its log that was waited for; null where none was.</summary>
    public string? Line { get; init; }

    /// <summary>The runtime that holds the container.</summary>
    public required string Runtime { get; init; }

    /// <summary>The name.</summary>
    public override string ToString() => Name;
}

/// <summary>What to wait for.</summary>
public enum WaitCondition
{
    /// <summary>The container does not run; true at once for one that has ended or was never started.</summary>
    NotRunning,
    /// <summary>The next exit, even of a container that does not run now.</summary>
    NextExit,
    /// <summary>The removal of the container.</summary>
    Removed,
}

/// <summary>How a container ended.</summary>
public sealed record WaitOutcome
{
    /// <summary>The exit code; 128 + n for a death by signal n.</summary>
    public required int ExitCode { get; init; }

    /// <summary>Why it ended.</summary>
    public required WaitReason Reason { get; init; }

    /// <summary>The signal that killed it, such as <c>SIGKILL</c>.</summary>
    public string? Signal { get; init; }

    /// <summary>When it ended; null where the runtime does not tell.</summary>
    public DateTimeOffset? FinishedAt { get; init; }

    /// <summary>What the runtime says of the failure, for <see cref="WaitReason.RuntimeError"/>.</summary>
    public string? Error { get; init; }
}

/// <summary>How a container ended.</summary>
public enum WaitReason
{
    /// <summary>Its process exited by itself.</summary>
    Exited,
    /// <summary>A signal killed its process.</summary>
    Signal,
    /// <summary>The kernel killed it for its memory.</summary>
    OomKilled,
    /// <summary>The runtime could not run it.</summary>
    RuntimeError,
}
