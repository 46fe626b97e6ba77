namespace ZLayer.Core.Runtimes.Observation;

/// <summary>What a container uses, as people read it.</summary>
public sealed record ContainerStatistic
{
    /// <summary>The container.</summary>
    public required string Name { get; init; }

    /// <summary>Its id.</summary>
    public required string Id { get; init; }

    /// <summary>CPU time of the last second in percent of one CPU, as <c>docker stats</c> shows it: 200 is two CPUs.</summary>
    public double CpuPercent { get; init; }

    /// <summary>Memory in use, in bytes.</summary>
    public ulong MemoryUsed { get; init; }

    /// <summary>The limit in bytes; null without one.</summary>
    public ulong? MemoryLimit { get; init; }

    /// <summary>Memory in use in percent of the limit; null without one.</summary>
    public double? MemoryPercent => MemoryUsed * 100.0 / MemoryLimit;

    /// <summary>Bytes received on all networks.</summary>
    public ulong NetworkReceived { get; init; }

    /// <summary>Bytes sent on all networks.</summary>
    public ulong NetworkSent { get; init; }

    /// <summary>Bytes read from block devices.</summary>
    public ulong BlockRead { get; init; }

    /// <summary>Bytes written to block devices.</summary>
    public ulong BlockWritten { get; init; }

    /// <summary>Processes and threads.</summary>
    public ulong Pids { get; init; }

    /// <summary>When.</summary>
    public required DateTimeOffset Timestamp { get; init; }

    /// <summary>The runtime that holds the container.</summary>
    public string Runtime { get; init; } = "";

    /// <summary>What a sample says, with the rates since the one before.</summary>
    /// <param name="name">The container's name.</param>
    /// <param name="id">The container's id.</param>
    /// <param name="earlier">The sample before; null leaves the rates at 0.</param>
    /// <param name="sample">The sample.</param>
    public static ContainerStatistic From(string name, string id, StatsSample? earlier, StatsSample sample)
    {
        ArgumentNullException.ThrowIfNull(sample);
        return new ContainerStatistic
        {
            Name = name,
            Id = id,
            CpuPercent = earlier is null ? 0 : CpuPercentBetween(earlier, sample),
            MemoryUsed = sample.MemoryUsed,
            MemoryLimit = sample.MemoryLimit == 0 ? null : sample.MemoryLimit,
            NetworkReceived = sample.NetworkReceived,
            NetworkSent = sample.NetworkSent,
            BlockRead = sample.BlockRead,
            BlockWritten = sample.BlockWritten,
            Pids = sample.PidsCurrent,
            Timestamp = sample.Timestamp,
        };
    }

    /// <summary>What a container uses that does not run: nothing.</summary>
    /// <param name="name">The container's name.</param>
    /// <param name="id">The container's id.</param>
    /// <param name="time">When it did not run.</param>
    public static ContainerStatistic Idle(string name, string id, DateTimeOffset time) => new() { Name = name, Id = id, Timestamp = time };

    private static double CpuPercentBetween(StatsSample earlier, StatsSample sample)
    {
        if (sample.CpuTotalNanoseconds <= earlier.CpuTotalNanoseconds)
        {
            return 0;
        }

        var used = (double)(sample.CpuTotalNanoseconds - earlier.CpuTotalNanoseconds);
        if (sample.CpuSystemNanoseconds > earlier.CpuSystemNanoseconds)
        {
            return used / (sample.CpuSystemNanoseconds - earlier.CpuSystemNanoseconds) * Math.Max(1, sample.OnlineCpus) * 100;
        }

        var wall = (sample.Timestamp - earlier.Timestamp).TotalNanoseconds;
        return wall <= 0 ? 0 : used / wall * 100;
    }
}
