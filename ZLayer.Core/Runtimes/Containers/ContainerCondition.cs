namespace ZLayer.Core.Runtimes;

/// <summary>What a container can be waited for.</summary>
public enum ContainerCondition
{
    /// <summary>It does not run; true at once for one that has ended or was never started.</summary>
    NotRunning,
    /// <summary>Its next exit, even when it does not run now.</summary>
    NextExit,
    /// <summary>Its removal.</summary>
    Removed,
    /// <summary>Its process runs.</summary>
    Running,
    /// <summary>Its health check succeeds.</summary>
    Healthy,
}
