namespace ZLayer.Core.Runtimes.Observation;

/// <summary>
/// A sample of what a container uses, with network, block I/O and processes. Counters grow from the start of the container.
/// </summary>
public sealed record StatsSample
{
    /// <summary>CPU time of the container, in nanoseconds.</summary>
    public required ulong CpuTotalNanoseconds { get; init; }

    /// <summary>CPU time of the whole machine, in nanoseconds; 0 where the runtime does not tell.</summary>
    public ulong CpuSystemNanoseconds { get; init; }

    /// <summary>The CPUs that the container may use.</summary>
    public int OnlineCpus { get; init; }

    /// <summary>Memory in use without the page cache that can be dropped, in bytes.</summary>
    public required ulong MemoryUsed { get; init; }

    /// <summary>The limit in bytes; 0 without one.</summary>
    public ulong MemoryLimit { get; init; }

    /// <summary>Bytes received on all networks.</summary>
    public ulong NetworkReceived { get; init; }

    /// <summary>Bytes sent on all networks.</summary>
    public ulong NetworkSent { get; init; }

    /// <summary>Bytes read from block devices.</summary>
    public ulong BlockRead { get; init; }

    /// <summary>Bytes written to block devices.</summary>
    public ulong BlockWritten { get; init; }

    /// <summary>Processes and threads.</summary>
    public ulong PidsCurrent { get; init; }

    /// <summary>The limit of processes and threads; null without one.</summary>
    public ulong? PidsLimit { get; init; }

    /// <summary>When.</summary>
    public required DateTimeOffset Timestamp { get; init; }
}
