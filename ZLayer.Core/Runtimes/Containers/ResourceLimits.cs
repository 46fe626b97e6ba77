using ZLayer.Core.Runtimes.Specifications;

namespace ZLayer.Core.Runtimes;

/// <summary>Limits for a container's cgroup; null leaves a limit alone.</summary>
public sealed record ResourceLimits
{
    /// <summary>No limits.</summary>
    public static ResourceLimits None { get; } = new();

    /// <summary>Memory in bytes.</summary>
    public long? Memory { get; init; }

    /// <summary>Memory and swap together in bytes; -1 for no limit.</summary>
    public long? MemorySwap { get; init; }

    /// <summary>Memory in bytes that is left to the container when memory is short.</summary>
    public long? MemoryReservation { get; init; }

    /// <summary>Kernel memory in bytes; newer engines have none.</summary>
    public long? KernelMemory { get; init; }

    /// <summary>How readily memory is swapped out, 0 to 100.</summary>
    public int? MemorySwappiness { get; init; }

    /// <summary>How readily the kernel kills it for memory, -1000 to 1000.</summary>
    public int? OomScoreAdjustment { get; init; }

    /// <summary>Keeps the kernel from killing it for memory.</summary>
    public bool? OomKillDisable { get; init; }

    /// <summary>CPUs, fractions included; not together with <see cref="CpuPeriod"/> and <see cref="CpuQuota"/>.</summary>
    public decimal? CpuCount { get; init; }

    /// <summary>The relative weight among cgroups, 2 to 262144; 1024 is usual.</summary>
    public ulong? CpuShares { get; init; }

    /// <summary>The period of the CPU quota in microseconds.</summary>
    public ulong? CpuPeriod { get; init; }

    /// <summary>CPU time in a period, in microseconds; -1 for no limit.</summary>
    public long? CpuQuota { get; init; }

    /// <summary>The period of the real-time quota in microseconds.</summary>
    public ulong? CpuRealtimePeriod { get; init; }

    /// <summary>Real-time CPU time in a period, in microseconds.</summary>
    public long? CpuRealtimeRuntime { get; init; }

    /// <summary>The CPUs that may be used, such as <c>0-3,5</c>.</summary>
    public string? CpusetCpus { get; init; }

    /// <summary>The memory nodes that may be used.</summary>
    public string? CpusetMems { get; init; }

    /// <summary>The most processes and threads; null or -1 for no limit.</summary>
    public long? Pids { get; init; }

    /// <summary>The relative weight of block I/O, 10 to 1000.</summary>
    public int? BlockIOWeight { get; init; }

    /// <summary>
    /// The relative weight of block I/O on single devices, in place of <see cref="BlockIOWeight"/>. Fixed when a container is made.
    /// </summary>
    public IReadOnlyList<DeviceWeight> DeviceWeights { get; init => field = value.ToArray(); } = [];

    /// <summary>Bytes that may be read from devices in a second. Fixed when a container is made.</summary>
    public IReadOnlyList<DeviceRate> DeviceReadBytes { get; init => field = value.ToArray(); } = [];

    /// <summary>Bytes that may be written to devices in a second. Fixed when a container is made.</summary>
    public IReadOnlyList<DeviceRate> DeviceWriteBytes { get; init => field = value.ToArray(); } = [];

    /// <summary>How often devices may be read from in a second. Fixed when a container is made.</summary>
    public IReadOnlyList<DeviceRate> DeviceReadOperations { get; init => field = value.ToArray(); } = [];

    /// <summary>How often devices may be written to in a second. Fixed when a container is made.</summary>
    public IReadOnlyList<DeviceRate> DeviceWriteOperations { get; init => field = value.ToArray(); } = [];

    /// <summary>The first limit here that engines fix when a container is made; null when all can be changed later.</summary>
    internal string? FixedAtCreation
        => MemorySwappiness is not null ? nameof(MemorySwappiness)
            : OomScoreAdjustment is not null ? nameof(OomScoreAdjustment)
            : OomKillDisable is not null ? nameof(OomKillDisable)
            : DeviceWeights.Count > 0 ? nameof(DeviceWeights)
            : DeviceReadBytes.Count > 0 ? nameof(DeviceReadBytes)
            : DeviceWriteBytes.Count > 0 ? nameof(DeviceWriteBytes)
            : DeviceReadOperations.Count > 0 ? nameof(DeviceReadOperations)
            : DeviceWriteOperations.Count > 0 ? nameof(DeviceWriteOperations)
            : null;
}
