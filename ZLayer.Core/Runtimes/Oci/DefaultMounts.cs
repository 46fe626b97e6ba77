using System.Globalization;

namespace ZLayer.Core.Runtimes.Oci;

/// <summary>What every container sees besides its root file system, as Docker sets it up.</summary>
internal static class DefaultMounts
{
    private const long SharedMemorySize = 64L << 20;

    public static IReadOnlyList<string> MaskedPaths { get; } =
    [
        "/proc/acpi", "/proc/asound", "/proc/interrupts", "/proc/kcore", "/proc/keys", "/proc/latency_stats", "/proc/sched_debug", "/proc/scsi",
        "/proc/timer_list", "/proc/timer_stats", "/sys/devices/virtual/powercap", "/sys/firmware",
    ];

    public static IReadOnlyList<string> ReadonlyPaths { get; } = ["/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys", "/proc/sysrq-trigger"];

    /// <summary>The directories of the root file system on which these are mounted.</summary>
    public static IReadOnlyList<string> Targets { get; } = ["/dev", "/proc", "/sys"];

    /// <summary>Whether a path is one of <see cref="Targets"/> or below it.</summary>
    public static bool Hold(string path)
        => Targets.Any(target => path == target || path.StartsWith(target + "/", StringComparison.Ordinal));

    /// <summary>The mounts in their order.</summary>
    /// <param name="privileged">True to let the container write to <c>/sys</c>.</param>
    /// <param name="ownSys">
    /// False when a new sysfs cannot be mounted, because the network namespace is not the user namespace's own.
    /// </param>
    /// <param name="cgroups">True to show the control groups.</param>
    /// <param name="shmSize">The size of <c>/dev/shm</c> in bytes; null for 64 MiB.</param>
    public static IEnumerable<SpecMount> Create(bool privileged, bool ownSys, bool cgroups, long? shmSize)
    {
        var access = privileged ? "rw" : "ro";
        var size = (shmSize ?? SharedMemorySize).ToString(CultureInfo.InvariantCulture);
        yield return new SpecMount("/proc", "proc", "proc", ["nosuid", "noexec", "nodev"]);
        yield return new SpecMount("/dev", "tmpfs", "tmpfs", ["nosuid", "strictatime", "mode=755", "size=65536k"]);
        yield return new SpecMount(
            "/dev/pts", "devpts", "devpts", ["nosuid", "noexec", "newinstance", "ptmxmode=0666", "mode=0620", "gid=5"]);
        yield return new SpecMount("/dev/shm", "tmpfs", "shm", ["nosuid", "noexec", "nodev", "mode=1777", $"size={size}"]);
        yield return new SpecMount("/dev/mqueue", "mqueue", "mqueue", ["nosuid", "noexec", "nodev"]);
        yield return ownSys
            ? new SpecMount("/sys", "sysfs", "sysfs", ["nosuid", "noexec", "nodev", access])
            : new SpecMount("/sys", "none", "/sys", ["rbind", "nosuid", "noexec", "nodev", "ro"]);
        if (cgroups && ownSys)
        {
            yield return new SpecMount("/sys/fs/cgroup", "cgroup", "cgroup", ["nosuid", "noexec", "nodev", "relatime", access]);
        }
    }
}
