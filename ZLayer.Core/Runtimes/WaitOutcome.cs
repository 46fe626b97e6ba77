namespace ZLayer.Core.Runtimes;

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
