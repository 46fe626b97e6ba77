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

    /// <summary>The limits of a new container: those that can be changed later, and those that cannot.</summary>
    /// <exception cref="ZLayerException">
    /// <see cref="ZLayerErrorKind.InvalidArgument"/>: limits that exclude each other, or out of range.
    /// </exception>
    public static HostConfigDocument Create(ResourceLimits limits) => Apply(new HostConfigDocument(), limits) with
    {
        OomScoreAdj = limits.OomScoreAdjustment,
        OomKillDisable = limits.OomKillDisable,
        MemorySwappiness = limits.MemorySwappiness,
        BlkioWeightDevice = Weights(limits.DeviceWeights),
        BlkioDeviceReadBps = Rates(nameof(limits.DeviceReadBytes), limits.DeviceReadBytes),
        BlkioDeviceWriteBps = Rates(nameof(limits.DeviceWriteBytes), limits.DeviceWriteBytes),
        BlkioDeviceReadIOps = Rates(nameof(limits.DeviceReadOperations), limits.DeviceReadOperations),
        BlkioDeviceWriteIOps = Rates(nameof(limits.DeviceWriteOperations), limits.DeviceWriteOperations),
    };

    /// <summary>The limits of a container. Engines tell 0, and -1 for processes, where there is none.</summary>
    public static ResourceLimits Limits(ContainerHostDocument document) => new()
    {
        Memory = OrNull(document.Memory),
        MemorySwap = OrNull(document.MemorySwap),
        MemoryReservation = OrNull(document.MemoryReservation),
        KernelMemory = OrNull(document.KernelMemory),
        MemorySwappiness = document.MemorySwappiness is >= 0 and <= 100 and var swappiness ? (int)swappiness : null,
        OomScoreAdjustment = document.OomScoreAdj is 0 ? null : document.OomScoreAdj,
        OomKillDisable = document.OomKillDisable is true ? true : null,
        CpuCount = OrNull(document.NanoCpus) / NanoCpus,
        CpuShares = (ulong?)Positive(document.CpuShares),
        CpuPeriod = (ulong?)Positive(document.CpuPeriod),
        CpuQuota = OrNull(document.CpuQuota),
        CpuRealtimePeriod = (ulong?)Positive(document.CpuRealtimePeriod),
        CpuRealtimeRuntime = OrNull(document.CpuRealtimeRuntime),
        CpusetCpus = string.IsNullOrEmpty(document.CpusetCpus) ? null : document.CpusetCpus,
        CpusetMems = string.IsNullOrEmpty(document.CpusetMems) ? null : document.CpusetMems,
        Pids = Positive(document.PidsLimit),
        BlockIOWeight = document.BlkioWeight is 0 ? null : document.BlkioWeight,
        DeviceWeights = [.. (document.BlkioWeightDevice ?? []).Select(
            device => new DeviceWeight { Path = device.Path, Weight = device.Weight })],
        DeviceReadBytes = Rates(document.BlkioDeviceReadBps),
        DeviceWriteBytes = Rates(document.BlkioDeviceWriteBps),
        DeviceReadOperations = Rates(document.BlkioDeviceReadIOps),
        DeviceWriteOperations = Rates(document.BlkioDeviceWriteIOps),
    };

    /// <summary>When the engine starts a container again.</summary>
    public static RestartPolicy Restart(RestartPolicyDocument? document)
        => RestartPolicy.TryParse(document?.Name, out var policy)
            ? policy with { MaximumRetryCount = policy.Condition == RestartCondition.OnFailure
                && document!.MaximumRetryCount is > 0 and var count
                ? count
                : null }
            : new RestartPolicy { Condition = RestartCondition.No };

    /// <summary>Puts the limits into a document that has them.</summary>
    /// <exception cref="ZLayerException">
    /// <see cref="ZLayerErrorKind.InvalidArgument"/>: limits that exclude each other, or out of range.
    /// </exception>
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
            BlkioWeight = limits.BlockIOWeight is null or 0 or (>= 10 and <= 1000)
                ? limits.BlockIOWeight
                : throw Invalid(nameof(limits.BlockIOWeight), "is from 10 to 1000"),
        };

    /// <summary>Refuses limits that are fixed when a container is made.</summary>
    /// <exception cref="ZLayerException"><see cref="ZLayerErrorKind.OperationNotSupported"/> naming the limit.</exception>
    public static void CheckUpdate(ResourceLimits limits)
    {
        if (limits.FixedAtCreation is { } fixedLimit)
        {
            throw new ZLayerException(
                ZLayerErrorKind.OperationNotSupported, $"The Docker engine cannot change the limit {fixedLimit} of a container that exists.")
            {
                Subject = fixedLimit,
                Advice = "Make a new container with the limit.",
            };
        }
    }

    public static RestartPolicyDocument? Restart(RestartPolicy? policy)
        => policy is null ? null : new RestartPolicyDocument(policy.Name, policy.MaximumRetryCount);

    private static long? OrNull(long? told) => told is 0 ? null : told;

    private static long? Positive(long? told) => told is > 0 ? told : null;

    private static IReadOnlyList<DeviceRate> Rates(IReadOnlyList<ThrottleDeviceDocument>? devices)
        => [.. (devices ?? []).Select(device => new DeviceRate { Path = device.Path, Rate = device.Rate })];

    private static long? CpuTime(ResourceLimits limits)
        => limits.CpuCount is not { } count ? null
            : limits.CpuPeriod is not null
                || limits.CpuQuota is not null ? throw Invalid(
                    nameof(limits.CpuCount), $"cannot be set together with {nameof(limits.CpuPeriod)} and {nameof(limits.CpuQuota)}")
            // Docker takes 0 for no limit.
            : count is >= 0 and < 100_000 ? (long)(count * NanoCpus)
            : throw Invalid(nameof(limits.CpuCount), "is 0, which is none, or above");

    private static WeightDeviceDocument[]? Weights(IReadOnlyList<DeviceWeight> weights)
        => weights.FirstOrDefault(device => !device.IsInRange) is { } wrong ? throw Invalid(
            nameof(ResourceLimits.DeviceWeights), $"is from 10 to 1000; for {wrong.Path} it is {wrong.Weight}")
            : weights.Count == 0 ? null
            : [.. weights.Select(device => new WeightDeviceDocument(device.Path, device.Weight))];

    private static ThrottleDeviceDocument[]? Rates(string limit, IReadOnlyList<DeviceRate> rates)
        => rates.FirstOrDefault(device => device.Rate < 0) is { } wrong ? throw Invalid(
            limit, $"is 0 or above; for {wrong.Path} it is {wrong.Rate}")
            : rates.Count == 0 ? null
            : [.. rates.Select(device => new ThrottleDeviceDocument(device.Path, device.Rate))];

    private static ZLayerException Invalid(string limit, string rule)
        => new(ZLayerErrorKind.InvalidArgument, $"The limit {limit} {rule}.") { Subject = limit, Advice = "Change the limits." };
}
