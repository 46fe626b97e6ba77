namespace ZLayer.Core.Runtimes;

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
