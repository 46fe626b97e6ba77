namespace ZLayer.Core.Runtimes;

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
