namespace ZLayer.Core.Runtimes.Operations;

/// <summary>What is waited for before a container is used.</summary>
public enum ReadyCondition
{
    /// <summary>Its process runs.</summary>
    Running,
    /// <summary>Its health check passes.</summary>
    Healthy,
}
