namespace ZLayer.Core.Runtimes.Observation;

/// <summary>A sample of what a container uses.</summary>
public sealed record ContainerStats
{
    /// <summary>What <see cref="MemoryLimit"/> is without a limit.</summary>
    public const ulong NoLimit = ulong.MaxValue;

    /// <summary>CPU time since the start, in microseconds.</summary>
    public required ulong CpuUsageMicroseconds { get; init; }

    /// <summary>Memory in use, in bytes.</summary>
    public required ulong MemoryBytes { get; init; }

    /// <summary>The limit in bytes; <see cref="NoLimit"/> without one.</summary>
    public ulong MemoryLimit { get; init; } = NoLimit;

    /// <summary>When.</summary>
    public required DateTimeOffset Timestamp { get; init; }

    /// <summary>Memory in use in percent of the limit; 0 without one.</summary>
    public double MemoryPercent => MemoryLimit is 0 or NoLimit ? 0 : MemoryBytes * 100.0 / MemoryLimit;

    /// <summary>
    /// CPU time since an earlier sample in percent of what <paramref name="cpuCount"/> CPUs offered meanwhile: 100 is all of them.
    /// </summary>
    public double CpuPercentSince(ContainerStats earlier, int cpuCount)
    {
        ArgumentNullException.ThrowIfNull(earlier);
        var wall = (Timestamp - earlier.Timestamp).TotalMicroseconds * cpuCount;
        return wall <= 0 || CpuUsageMicroseconds < earlier.CpuUsageMicroseconds
            ? 0
            : (CpuUsageMicroseconds - earlier.CpuUsageMicroseconds) * 100.0 / wall;
    }
}
