namespace ZLayer.Core.Runtimes;

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
