using System.Text.Json.Serialization;
using ZLayer.Core.Runtimes.Observation;

namespace ZLayer.Core.Runtimes.Docker.Wire;

/// <summary>A sample of <c>GET /containers/{id}/stats</c>, of Linux (cgroups v1 and v2) or Windows.</summary>
internal sealed record EngineSample
{
    /// <summary>When it was taken; the year 1 for a container that does not run.</summary>
    [JsonPropertyName("read")]
    public DateTimeOffset Read { get; init; }

    /// <summary>The processors of a Windows machine; 0 on Linux.</summary>
    [JsonPropertyName("num_procs")]
    public int Processors { get; init; }

    [JsonPropertyName("cpu_stats")]
    public EngineCpu? Cpu { get; init; }

    [JsonPropertyName("memory_stats")]
    public EngineMemory? Memory { get; init; }

    [JsonPropertyName("networks")]
    public Dictionary<string, EngineNetworkCounters>? Networks { get; init; }

    [JsonPropertyName("blkio_stats")]
    public EngineBlockIo? BlockIo { get; init; }

    [JsonPropertyName("storage_stats")]
    public EngineStorageCounters? Storage { get; init; }

    [JsonPropertyName("pids_stats")]
    public EnginePids? Pids { get; init; }

    [JsonIgnore]
    public bool IsRunning => Read.Year > 1;

    private bool IsWindows => Processors > 0 && Cpu is not { SystemUsage: > 0 };

    /// <summary>The sample of the contract.</summary>
    /// <param name="machineMemory">The memory of the engine's machine: that is the limit that it tells where there is none.</param>
    public StatsSample ToSample(ulong machineMemory)
    {
        var limit = Memory?.Limit ?? 0;
        return new StatsSample
        {
            // Windows counts in steps of 100 ns.
            CpuTotalNanoseconds = (Cpu?.Usage?.Total ?? 0) * (IsWindows ? 100u : 1u),
            CpuSystemNanoseconds = Cpu?.SystemUsage ?? 0,
            OnlineCpus = IsWindows ? Processors : Cpu?.OnlineCpus is > 0 and var online ? online : Cpu?.Usage?.PerCpu?.Count ?? 0,
            MemoryUsed = Memory?.Used ?? 0,
            MemoryLimit = machineMemory > 0 && limit >= machineMemory ? 0 : limit,
            NetworkReceived = Sum(Networks?.Values.Select(n => n.Received)),
            NetworkSent = Sum(Networks?.Values.Select(n => n.Sent)),
            BlockRead = Storage?.Read is > 0 and var read ? read : BlockIo?.Sum("read") ?? 0,
            BlockWritten = Storage?.Written is > 0 and var written ? written : BlockIo?.Sum("write") ?? 0,
            PidsCurrent = Pids?.Current ?? 0,
            PidsLimit = Pids?.Limit is > 0 and < long.MaxValue and var pids ? pids : null,
            Timestamp = Read,
        };
    }

    private static ulong Sum(IEnumerable<ulong>? counters) => counters?.Aggregate(0ul, static (sum, next) => unchecked(sum + next)) ?? 0;
}

/// <summary>CPU time.</summary>
internal sealed record EngineCpu
{
    [JsonPropertyName("cpu_usage")]
    public EngineCpuUsage? Usage { get; init; }

    [JsonPropertyName("system_cpu_usage")]
    public ulong SystemUsage { get; init; }

    [JsonPropertyName("online_cpus")]
    public int OnlineCpus { get; init; }
}

/// <inheritdoc cref="EngineCpu"/>
internal sealed record EngineCpuUsage
{
    [JsonPropertyName("total_usage")]
    public ulong Total { get; init; }

    /// <summary>One counter for each CPU; cgroups v1 only.</summary>
    [JsonPropertyName("percpu_usage")]
    public IReadOnlyList<ulong>? PerCpu { get; init; }
}

/// <summary>Memory.</summary>
internal sealed record EngineMemory
{
    [JsonPropertyName("usage")]
    public ulong Usage { get; init; }

    [JsonPropertyName("limit")]
    public ulong Limit { get; init; }

    [JsonPropertyName("stats")]
    public Dictionary<string, ulong>? Counters { get; init; }

    [JsonPropertyName("privateworkingset")]
    public ulong PrivateWorkingSet { get; init; }

    /// <summary>
    /// Without the page cache that can be dropped, as docker stats shows it: total_inactive_file of cgroups v1, inactive_file of v2.
    /// </summary>
    [JsonIgnore]
    public ulong Used
    {
        get
        {
            if (PrivateWorkingSet > 0)
            {
                return PrivateWorkingSet;
            }

            var droppable = Counters?.TryGetValue("total_inactive_file", out var first) == true
                ? first
                : Counters?.GetValueOrDefault("inactive_file") ?? 0;
            return droppable < Usage ? Usage - droppable : Usage;
        }
    }
}

/// <summary>A network interface.</summary>
internal sealed record EngineNetworkCounters
{
    [JsonPropertyName("rx_bytes")]
    public ulong Received { get; init; }

    [JsonPropertyName("tx_bytes")]
    public ulong Sent { get; init; }
}

/// <summary>Block devices.</summary>
internal sealed record EngineBlockIo
{
    [JsonPropertyName("io_service_bytes_recursive")]
    public IReadOnlyList<EngineBlockIoCounter>? Bytes { get; init; }

    /// <summary>All devices; cgroups v1 says Read where v2 says read.</summary>
    public ulong Sum(string operation)
        => Bytes?.Where(b => string.Equals(b.Operation, operation, StringComparison.OrdinalIgnoreCase)).Aggregate(
            0ul, static (sum, next) => unchecked(sum + next.Value))
            ?? 0;
}

/// <inheritdoc cref="EngineBlockIo"/>
internal sealed record EngineBlockIoCounter
{
    [JsonPropertyName("op")]
    public string? Operation { get; init; }

    [JsonPropertyName("value")]
    public ulong Value { get; init; }
}

/// <summary>Storage of Windows.</summary>
internal sealed record EngineStorageCounters
{
    [JsonPropertyName("read_size_bytes")]
    public ulong Read { get; init; }

    [JsonPropertyName("write_size_bytes")]
    public ulong Written { get; init; }
}

/// <summary>Processes and threads.</summary>
internal sealed record EnginePids
{
    [JsonPropertyName("current")]
    public ulong Current { get; init; }

    [JsonPropertyName("limit")]
    public ulong Limit { get; init; }
}
