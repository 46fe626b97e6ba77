namespace ZLayer.Core.Runtimes;

/// <summary>Where a container is in its life.</summary>
/// <param name="Phase">The phase.</param>
/// <param name="ExitCode">The exit code; only for <see cref="ContainerPhase.Exited"/>.</param>
/// <param name="Reason">Why it failed; only for <see cref="ContainerPhase.Failed"/>.</param>
public sealed record ContainerStatus(ContainerPhase Phase, int? ExitCode = null, string? Reason = null)
{
    /// <summary>The phase in lower case.</summary>
    public override string ToString() => Phase.ToString().ToLowerInvariant();
}

/// <summary>The state of a container as lists show it, in Docker's words.</summary>
public enum ContainerState
{
    /// <summary>Made, never started.</summary>
    Created,
    /// <summary>Its process runs.</summary>
    Running,
    /// <summary>Its processes are frozen.</summary>
    Paused,
    /// <summary>It ended and is about to be started again.</summary>
    Restarting,
    /// <summary>It is being removed.</summary>
    Removing,
    /// <summary>Its process ended.</summary>
    Exited,
    /// <summary>It could not be stopped or removed completely.</summary>
    Dead,
}

/// <summary>Where a container is in its life, for those who supervise it.</summary>
public enum ContainerPhase
{
    /// <summary>Made, not started.</summary>
    Pending,
    /// <summary>Starting, or about to be started again.</summary>
    Initializing,
    /// <summary>Running, or paused.</summary>
    Running,
    /// <summary>Being stopped or removed.</summary>
    Stopping,
    /// <summary>Ended; the exit code is known.</summary>
    Exited,
    /// <summary>Broken; the reason is known.</summary>
    Failed,
}

/// <summary>What a container's health check says.</summary>
public enum HealthStatus
{
    /// <summary>It has no health check.</summary>
    None,
    /// <summary>No check has succeeded yet, and failures do not count yet.</summary>
    Starting,
    /// <summary>The last check succeeded.</summary>
    Healthy,
    /// <summary>So many checks in a row failed as the configuration says.</summary>
    Unhealthy,
}
