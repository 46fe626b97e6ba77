using ZLayer.Core.Errors;
using ZLayer.Core.Runtimes.Specifications;

namespace ZLayer.Core.Runtimes.Docker.Mapping;

/// <summary>Which version of the engine's API a setting needs. An older engine would leave the setting out without a word.</summary>
internal static class ApiRequirements
{
    /// <summary>Refuses a specification with a setting that the engine does not know, or does not know any more.</summary>
    /// <exception cref="ZLayerException">
    /// <see cref="ZLayerErrorKind.RuntimeApiTooOld"/> or <see cref="ZLayerErrorKind.OperationNotSupported"/>, naming the setting.
    /// </exception>
    public static void Check(ContainerSpecification specification, ApiVersion api)
    {
        foreach (var (setting, version) in Of(specification))
        {
            if (api < version)
            {
                throw TooOld($"The setting {setting}", setting, version, api);
            }
        }

        if (specification.Limits.KernelMemory is not null && api >= new ApiVersion(1, 42))
        {
            throw new ZLayerException(
                ZLayerErrorKind.OperationNotSupported, $"The setting {nameof(ResourceLimits.KernelMemory)} cannot be applied: the engine's API has none from version 1.42 on.")
            {
                Subject = nameof(ResourceLimits.KernelMemory),
                Advice = "Limit the memory as a whole.",
            };
        }
    }

    public static ZLayerException TooOld(string what, string subject, ApiVersion needed, ApiVersion spoken)
        => new(ZLayerErrorKind.RuntimeApiTooOld, $"{what} needs version {needed} of the engine's API; {spoken} is spoken.")
        {
            Subject = subject,
            Advice = "Use a newer engine, or leave the setting out.",
        };

    private static IEnumerable<(string Setting, ApiVersion Version)> Of(ContainerSpecification s)
    {
        (bool IsSet, string Setting, int Minor)[] settings =
        [
            (s.AutoRemove, nameof(s.AutoRemove), 25),
            (s.StopGracePeriod is not null, nameof(s.StopGracePeriod), 25),
            (s.Init is not null, nameof(s.Init), 25),
            (s.Limits.CpuCount is not null, nameof(ResourceLimits.CpuCount), 25),
            (s.Limits.CpuRealtimePeriod is not null
                || s.Limits.CpuRealtimeRuntime is not null, nameof(ResourceLimits.CpuRealtimeRuntime), 25),
            (s.DeviceCgroupRules.Count > 0, nameof(s.DeviceCgroupRules), 28),
            (s.HealthCheck?.StartPeriod is not null, nameof(HealthCheck.StartPeriod), 29),
            (s.HealthCheck?.StartInterval is not null, nameof(HealthCheck.StartInterval), 44),
            (s.Gpu is { Vendor: "nvidia" }, nameof(s.Gpu), 40),
            (s.Devices.Any(device => device.IsCdi), "Devices (CDI)", 40),
            (s.Platform is not null, nameof(s.Platform), 41),
            (s.CgroupNamespace is not null, nameof(s.CgroupNamespace), 41),
            (s.Annotations.Count > 0, nameof(s.Annotations), 43),
            (s.Mounts.Any(m => m.Recursion is "disabled"), nameof(MountSpecification.Recursion), 40),
            (s.Mounts.Any(m => m.Recursion is "writable" or "readonly"), nameof(MountSpecification.Recursion), 44),
            (s.Mounts.Any(m => m.Kind == MountKind.Volume && m.Subpath is not null), nameof(MountSpecification.Subpath), 45),
            (s.Mounts.Any(m => m.Kind == MountKind.Image), "Mounts (image)", 48),
        ];
        return settings.Where(setting => setting.IsSet).Select(setting => (setting.Setting, new ApiVersion(1, setting.Minor)));
    }
}
