namespace ZLayer.Core.Runtimes;

/// <summary>Limits of memory and CPU for a container's cgroup; null leaves a limit alone.</summary>
public sealed record ResourceLimits
{
    /// <summary>No limits.</summary>
    public static ResourceLimits None { get; } = new();

    /// <summary>Memory in bytes.</summary>
    public long? Memory { get; init; }

    /// <summary>Memory and swap together in bytes; -1 for no limit.</summary>
    public long? MemorySwap { get; init; }

    /// <summary>The relative weight among cgroups, 2 to 262144; 1024 is usual.</summary>
    public ulong? CpuShares { get; init; }

    /// <summary>The period of the CPU quota in microseconds.</summary>
    public ulong? CpuPeriod { get; init; }

    /// <summary>CPU time in a period, in microseconds; -1 for no limit.</summary>
    public long? CpuQuota { get; init; }

    /// <summary>The CPUs that may be used, such as <c>0-3,5</c>.</summary>
    public string? CpusetCpus { get; init; }

    /// <summary>The memory nodes that may be used.</summary>
    public string? CpusetMems { get; init; }

    /// <summary>The most processes and threads; null or -1 for no limit.</summary>
    public long? Pids { get; init; }
}
