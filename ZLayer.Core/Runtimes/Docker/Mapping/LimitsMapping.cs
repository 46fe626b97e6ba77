using ZLayer.Core.Errors;
using ZLayer.Core.Runtimes.Docker.Documents;
using ZLayer.Core.Runtimes.Specifications;

namespace ZLayer.Core.Runtimes.Docker.Mapping;

/// <summary>Limits and restart policies, for a new container and for a change.</summary>
internal static class LimitsMapping
{
    private const decimal NanoCpus = 1_000_000_000;

    /// <summary>What the engine is told where no policy is wanted.</summary>
    public static RestartPolicyDocument NoRestart { get; } = new("no", null);

    /// <summary>Puts the limits into a document that has them.</summary>
    /// <exception cref="ZLayerException"><see cref="ZLayerErrorKind.InvalidArgument"/>: limits that exclude each other, or out of range.</exception>
    public static T Apply<T>(T document, ResourceLimits limits)
        where T : LimitsDocument
        => document with
        {
            Memory = limits.Memory,
            MemorySwap = limits.MemorySwap,
            MemoryReservation = limits.MemoryReservation,
            KernelMemory = limits.KernelMemory,
            NanoCpus = CpuTime(limits),
            CpuShares = (long?)limits.CpuShares,
            CpuPeriod = (long?)limits.CpuPeriod,
            CpuQuota = limits.CpuQuota,
            CpuRealtimePeriod = (long?)limits.CpuRealtimePeriod,
            CpuRealtimeRuntime = limits.CpuRealtimeRuntime,
            CpusetCpus = limits.CpusetCpus,
            CpusetMems = limits.CpusetMems,
            PidsLimit = limits.Pids,
            BlkioWeight = limits.BlockIOWeight is null or 0 or (>= 10 and <= 1000) ? limits.BlockIOWeight : throw Invalid(nameof(limits.BlockIOWeight), "is from 10 to 1000"),
        };

    /// <summary>Refuses limits that are fixed when a container is made.</summary>
    /// <exception cref="ZLayerException"><see cref="ZLayerErrorKind.OperationNotSupported"/> naming the limit.</exception>
    public static void CheckUpdate(ResourceLimits limits)
    {
        var fixedLimit = limits.MemorySwappiness is not null ? nameof(limits.MemorySwappiness)
            : limits.OomScoreAdjustment is not null ? nameof(limits.OomScoreAdjustment)
            : limits.OomKillDisable is not null ? nameof(limits.OomKillDisable)
            : null;
        if (fixedLimit is not null)
        {
            throw new ZLayerException(ZLayerErrorKind.OperationNotSupported, $"The Docker engine cannot change the limit {fixedLimit} of a container that exists.") { Subject = fixedLimit, Advice = "Make a new container with the limit." };
        }
    }

    public static RestartPolicyDocument? Restart(RestartPolicy? policy) => policy is null ? null : new RestartPolicyDocument(policy.Name, policy.MaximumRetryCount);

    private static long? CpuTime(ResourceLimits limits)
        => limits.CpuCount is not { } count ? null
            : limits.CpuPeriod is not null || limits.CpuQuota is not null ? throw Invalid(nameof(limits.CpuCount), $"cannot be set together with {nameof(limits.CpuPeriod)} and {nameof(limits.CpuQuota)}")
            : count is > 0 and < 100_000 ? (long)(count * NanoCpus)
            : throw Invalid(nameof(limits.CpuCount), "is above 0");

    private static ZLayerException Invalid(string limit, string rule) => new(ZLayerErrorKind.InvalidArgument, $"The limit {limit} {rule}.") { Subject = limit, Advice = "Change the limits." };
}
