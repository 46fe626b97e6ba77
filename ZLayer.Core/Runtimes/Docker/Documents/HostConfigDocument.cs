namespace ZLayer.Core.Runtimes.Docker.Documents;

/// <summary>
/// The part of a container's configuration that depends on its host. Member names are the API's; what is null is not sent.
/// </summary>
internal sealed record HostConfigDocument : LimitsDocument
{
    public IReadOnlyList<string>? Binds { get; init; }

    public IReadOnlyList<MountDocument>? Mounts { get; init; }

    /// <summary>Options of each tmpfs by its path.</summary>
    public IReadOnlyDictionary<string, string>? Tmpfs { get; init; }

    public IReadOnlyList<string>? VolumesFrom { get; init; }

    public string? NetworkMode { get; init; }

    public IReadOnlyDictionary<string, IReadOnlyList<PortBindingDocument>>? PortBindings { get; init; }

    public bool PublishAllPorts { get; init; }

    public IReadOnlyList<string>? Dns { get; init; }

    public IReadOnlyList<string>? DnsSearch { get; init; }

    public IReadOnlyList<string>? DnsOptions { get; init; }

    public IReadOnlyList<string>? ExtraHosts { get; init; }

    public RestartPolicyDocument? RestartPolicy { get; init; }

    public bool AutoRemove { get; init; }

    public LogConfigDocument? LogConfig { get; init; }

    public IReadOnlyList<string>? CapAdd { get; init; }

    public IReadOnlyList<string>? CapDrop { get; init; }

    public IReadOnlyList<string>? GroupAdd { get; init; }

    public bool Privileged { get; init; }

    public IReadOnlyList<string>? SecurityOpt { get; init; }

    public IReadOnlyList<string>? MaskedPaths { get; init; }

    public IReadOnlyList<string>? ReadonlyPaths { get; init; }

    public bool ReadonlyRootfs { get; init; }

    public string? UsernsMode { get; init; }

    public string? PidMode { get; init; }

    public string? IpcMode { get; init; }

    public string? UTSMode { get; init; }

    public string? CgroupnsMode { get; init; }

    public string? CgroupParent { get; init; }

    public IReadOnlyDictionary<string, string>? Sysctls { get; init; }

    public IReadOnlyDictionary<string, string>? StorageOpt { get; init; }

    public IReadOnlyDictionary<string, string>? Annotations { get; init; }

    public IReadOnlyList<UlimitDocument>? Ulimits { get; init; }

    public long? ShmSize { get; init; }

    public IReadOnlyList<DeviceDocument>? Devices { get; init; }

    public IReadOnlyList<string>? DeviceCgroupRules { get; init; }

    public IReadOnlyList<DeviceRequestDocument>? DeviceRequests { get; init; }

    public bool? Init { get; init; }

    public string? Runtime { get; init; }

    public string? Isolation { get; init; }

    /// <summary>Rows and columns.</summary>
    public IReadOnlyList<int>? ConsoleSize { get; init; }

    /// <summary>Only when a container is made; an update of it is not allowed.</summary>
    public int? OomScoreAdj { get; init; }

    public bool? OomKillDisable { get; init; }

    public long? MemorySwappiness { get; init; }

    public IReadOnlyList<WeightDeviceDocument>? BlkioWeightDevice { get; init; }

    /// <summary>Bytes in a second.</summary>
    public IReadOnlyList<ThrottleDeviceDocument>? BlkioDeviceReadBps { get; init; }

    public IReadOnlyList<ThrottleDeviceDocument>? BlkioDeviceWriteBps { get; init; }

    /// <summary>Operations in a second.</summary>
    public IReadOnlyList<ThrottleDeviceDocument>? BlkioDeviceReadIOps { get; init; }

    public IReadOnlyList<ThrottleDeviceDocument>? BlkioDeviceWriteIOps { get; init; }
}

/// <summary>The limits that can be changed later too: the body of <c>POST /containers/{id}/update</c>.</summary>
internal record LimitsDocument
{
    public long? Memory { get; init; }

    public long? MemorySwap { get; init; }

    public long? MemoryReservation { get; init; }

    public long? KernelMemory { get; init; }

    public long? NanoCpus { get; init; }

    public long? CpuShares { get; init; }

    public long? CpuPeriod { get; init; }

    public long? CpuQuota { get; init; }

    public long? CpuRealtimePeriod { get; init; }

    public long? CpuRealtimeRuntime { get; init; }

    public string? CpusetCpus { get; init; }

    public string? CpusetMems { get; init; }

    public long? PidsLimit { get; init; }

    public int? BlkioWeight { get; init; }
}

/// <summary>The body of an update.</summary>
internal sealed record UpdateDocument : LimitsDocument
{
    public RestartPolicyDocument? RestartPolicy { get; init; }
}

internal sealed record RestartPolicyDocument(string Name, int? MaximumRetryCount);

internal sealed record LogConfigDocument(string? Type, IReadOnlyDictionary<string, string>? Config);

internal sealed record UlimitDocument(string Name, long Soft, long Hard);

internal sealed record DeviceDocument(string PathOnHost, string PathInContainer, string CgroupPermissions);

internal sealed record WeightDeviceDocument(string Path, int Weight);

internal sealed record ThrottleDeviceDocument(string Path, long Rate);

internal sealed record PortBindingDocument(string HostIp, string HostPort);

internal sealed record DeviceRequestDocument
{
    public string Driver { get; init; } = "";

    public int Count { get; init; }

    public IReadOnlyList<string>? DeviceIDs { get; init; }

    public IReadOnlyList<IReadOnlyList<string>>? Capabilities { get; init; }

    public IReadOnlyDictionary<string, string>? Options { get; init; }
}

/// <summary>A mount in the long form.</summary>
internal sealed record MountDocument
{
    public required string Type { get; init; }

    public string? Source { get; init; }

    public required string Target { get; init; }

    public bool ReadOnly { get; init; }

    public BindOptionsDocument? BindOptions { get; init; }

    public VolumeOptionsDocument? VolumeOptions { get; init; }

    public ImageOptionsDocument? ImageOptions { get; init; }
}

internal sealed record BindOptionsDocument
{
    public string? Propagation { get; init; }

    public bool? NonRecursive { get; init; }

    public bool? CreateMountpoint { get; init; }

    public bool? ReadOnlyNonRecursive { get; init; }

    public bool? ReadOnlyForceRecursive { get; init; }
}

internal sealed record VolumeOptionsDocument
{
    public bool? NoCopy { get; init; }

    public IReadOnlyDictionary<string, string>? Labels { get; init; }

    public VolumeDriverDocument? DriverConfig { get; init; }

    public string? Subpath { get; init; }
}

internal sealed record VolumeDriverDocument(string? Name, IReadOnlyDictionary<string, string>? Options);

internal sealed record ImageOptionsDocument(string? Subpath);
