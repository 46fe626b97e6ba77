namespace ZLayer.Core.Runtimes;

/// <summary>How a container is stopped.</summary>
public sealed record ContainerStopOptions
{
    /// <summary>As the container was made: its stop signal and grace period, else SIGTERM and 10 seconds.</summary>
    public static ContainerStopOptions Default { get; } = new();

    /// <summary>
    /// How long it may take after the signal; null is the container's own grace period. <see cref="Timeout.InfiniteTimeSpan"/> waits for
    /// ever.
    /// </summary>
    public TimeSpan? GracePeriod { get; init; }

    /// <summary>The signal; null is the container's own.</summary>
    public Signal? Signal { get; init; }
}
