namespace ZLayer.Core.Runtimes;

/// <summary>The machine of a runtime.</summary>
public sealed record RuntimeHost
{
    /// <summary>Its operating system as it calls itself.</summary>
    public string? OperatingSystem { get; init; }

    /// <summary><c>linux</c> or <c>windows</c>.</summary>
    public string? OsType { get; init; }

    /// <summary>The CPU architecture.</summary>
    public string? Architecture { get; init; }

    /// <summary>The kernel's version.</summary>
    public string? Kernel { get; init; }

    /// <summary>How layers are stacked: <c>overlay2</c>.</summary>
    public string? StorageDriver { get; init; }

    /// <summary>The cgroup version, <c>1</c> or <c>2</c>.</summary>
    public string? CgroupVersion { get; init; }

    /// <summary>How cgroups are made: <c>cgroupfs</c>, <c>systemd</c>.</summary>
    public string? CgroupDriver { get; init; }

    /// <summary>Where it keeps its data.</summary>
    public string? DataRoot { get; init; }

    /// <summary>The number of CPUs.</summary>
    public int CpuCount { get; init; }

    /// <summary>Memory in bytes.</summary>
    public long Memory { get; init; }

    /// <summary>All containers.</summary>
    public int Containers { get; init; }

    /// <summary>Those that run.</summary>
    public int ContainersRunning { get; init; }

    /// <summary>Those that are paused.</summary>
    public int ContainersPaused { get; init; }

    /// <summary>Those that do not run.</summary>
    public int ContainersStopped { get; init; }

    /// <summary>All images.</summary>
    public int Images { get; init; }

    /// <summary>The isolation that is on: <c>apparmor</c>, <c>seccomp</c>, <c>rootless</c>, …</summary>
    public IReadOnlyList<string> SecurityOptions { get; init => field = value.ToArray(); } = [];

    /// <summary>What the runtime warns of.</summary>
    public IReadOnlyList<string> Warnings { get; init => field = value.ToArray(); } = [];
}
