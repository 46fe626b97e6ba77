using ZLayer.Core.Errors;
using ZLayer.Core.Runtimes;

namespace ZLayer.Testing;

/// <summary>Limits of fake containers.</summary>
internal static class FakeLimits
{
    /// <summary>The limits with those that an update sets.</summary>
    public static ResourceLimits Merge(ResourceLimits limits, ResourceLimits update) => new()
    {
        Memory = update.Memory ?? limits.Memory,
        MemorySwap = update.MemorySwap ?? limits.MemorySwap,
        MemoryReservation = update.MemoryReservation ?? limits.MemoryReservation,
        KernelMemory = update.KernelMemory ?? limits.KernelMemory,
        MemorySwappiness = update.MemorySwappiness ?? limits.MemorySwappiness,
        OomScoreAdjustment = update.OomScoreAdjustment ?? limits.OomScoreAdjustment,
        OomKillDisable = update.OomKillDisable ?? limits.OomKillDisable,
        CpuCount = update.CpuCount ?? limits.CpuCount,
        CpuShares = update.CpuShares ?? limits.CpuShares,
        CpuPeriod = update.CpuPeriod ?? limits.CpuPeriod,
        CpuQuota = update.CpuQuota ?? limits.CpuQuota,
        CpuRealtimePeriod = update.CpuRealtimePeriod ?? limits.CpuRealtimePeriod,
        CpuRealtimeRuntime = update.CpuRealtimeRuntime ?? limits.CpuRealtimeRuntime,
        CpusetCpus = update.CpusetCpus ?? limits.CpusetCpus,
        CpusetMems = update.CpusetMems ?? limits.CpusetMems,
        Pids = update.Pids ?? limits.Pids,
        BlockIOWeight = update.BlockIOWeight ?? limits.BlockIOWeight,
        DeviceWeights = Merge(limits.DeviceWeights, update.DeviceWeights),
        DeviceReadBytes = Merge(limits.DeviceReadBytes, update.DeviceReadBytes),
        DeviceWriteBytes = Merge(limits.DeviceWriteBytes, update.DeviceWriteBytes),
        DeviceReadOperations = Merge(limits.DeviceReadOperations, update.DeviceReadOperations),
        DeviceWriteOperations = Merge(limits.DeviceWriteOperations, update.DeviceWriteOperations),
    };

    /// <summary>Refuses limits that are fixed when a container is made, as engines do.</summary>
    public static void EnsureChangeable(ResourceLimits limits)
    {
        if (limits.FixedAtCreation is { } fixedLimit)
        {
            throw new ZLayerException(
                ZLayerErrorKind.OperationNotSupported, $"The fake runtime, like engines, cannot change the limit {fixedLimit} of a container that exists.")
            {
                Subject = fixedLimit,
                Advice = "Make a new container with the limit.",
            };
        }
    }

    private static IReadOnlyList<T> Merge<T>(IReadOnlyList<T> limits, IReadOnlyList<T> update) => update.Count > 0 ? update : limits;
}
