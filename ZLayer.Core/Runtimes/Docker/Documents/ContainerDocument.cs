namespace ZLayer.Core.Runtimes.Docker.Documents;

/// <summary>The answer of <c>GET /containers/{id}/json</c>, as far as it is looked at.</summary>
internal sealed record ContainerDocument
{
    public string Id { get; init; } = "";

    public string? Name { get; init; }

    public string? Created { get; init; }

    public string? Path { get; init; }

    public IReadOnlyList<string>? Args { get; init; }

    /// <summary>The image id.</summary>
    public string? Image { get; init; }

    public string? Platform { get; init; }

    public int RestartCount { get; init; }

    public StateDocument State { get; init; } = new();

    public ContainerConfigDocument Config { get; init; } = new();

    public ContainerHostDocument HostConfig { get; init; } = new();

    public IReadOnlyList<MountPointDocument>? Mounts { get; init; }

    public NetworkSettingsDocument? NetworkSettings { get; init; }
}

/// <summary>The state of a container.</summary>
internal sealed record StateDocument
{
    public string? Status { get; init; }

    public bool Running { get; init; }

    public bool Paused { get; init; }

    public bool Restarting { get; init; }

    public bool OOMKilled { get; init; }

    public int Pid { get; init; }

    public long ExitCode { get; init; }

    public string? Error { get; init; }

    public string? StartedAt { get; init; }

    public string? FinishedAt { get; init; }

    public HealthStateDocument? Health { get; init; }
}

/// <summary>The state of a health check.</summary>
internal sealed record HealthStateDocument
{
    public string? Status { get; init; }

    public int FailingStreak { get; init; }

    public IReadOnlyList<HealthResultDocument>? Log { get; init; }
}

/// <summary>What a check printed.</summary>
internal sealed record HealthResultDocument(string? Output);

/// <summary>The configuration that does not depend on the host.</summary>
internal sealed record ContainerConfigDocument
{
    public string? Image { get; init; }

    public string? Hostname { get; init; }

    public string? User { get; init; }

    public string? WorkingDir { get; init; }

    public IReadOnlyList<string>? Entrypoint { get; init; }

    public HealthDocument? Healthcheck { get; init; }

    public bool Tty { get; init; }

    public bool OpenStdin { get; init; }

    public IReadOnlyList<string>? Env { get; init; }

    public IReadOnlyDictionary<string, string>? Labels { get; init; }

    public IReadOnlyDictionary<string, Nothing>? ExposedPorts { get; init; }

    public int? StopTimeout { get; init; }
}

/// <summary>The configuration that depends on the host.</summary>
internal sealed record ContainerHostDocument : LimitsDocument
{
    public bool AutoRemove { get; init; }

    public IReadOnlyDictionary<string, string>? Tmpfs { get; init; }

    public string? NetworkMode { get; init; }

    public RestartPolicyDocument? RestartPolicy { get; init; }

    public int? OomScoreAdj { get; init; }

    public bool? OomKillDisable { get; init; }

    public long? MemorySwappiness { get; init; }

    public IReadOnlyList<WeightDeviceDocument>? BlkioWeightDevice { get; init; }

    public IReadOnlyList<ThrottleDeviceDocument>? BlkioDeviceReadBps { get; init; }

    public IReadOnlyList<ThrottleDeviceDocument>? BlkioDeviceWriteBps { get; init; }

    public IReadOnlyList<ThrottleDeviceDocument>? BlkioDeviceReadIOps { get; init; }

    public IReadOnlyList<ThrottleDeviceDocument>? BlkioDeviceWriteIOps { get; init; }
}

/// <summary>Something mounted.</summary>
internal sealed record MountPointDocument
{
    public string? Type { get; init; }

    public string? Name { get; init; }

    public string? Source { get; init; }

    public string? Destination { get; init; }

    public bool RW { get; init; }
}

/// <summary>How a container is connected.</summary>
internal sealed record NetworkSettingsDocument
{
    public string? IPAddress { get; init; }

    public IReadOnlyDictionary<string, IReadOnlyList<HostPortDocument>?>? Ports { get; init; }

    public IReadOnlyDictionary<string, EndpointStateDocument?>? Networks { get; init; }
}

/// <summary>Where a port is published.</summary>
internal sealed record HostPortDocument(string? HostIp, string? HostPort);

/// <summary>A container in a network.</summary>
internal sealed record EndpointStateDocument
{
    public IReadOnlyList<string>? Aliases { get; init; }

    public IReadOnlyList<string>? DNSNames { get; init; }

    public string? IPAddress { get; init; }

    public string? GlobalIPv6Address { get; init; }

    public string? Gateway { get; init; }

    public string? MacAddress { get; init; }
}

/// <summary>A container in the answer of <c>GET /containers/json</c>.</summary>
internal sealed record ContainerSummaryDocument
{
    public string Id { get; init; } = "";

    public IReadOnlyList<string>? Names { get; init; }

    public string? Image { get; init; }

    public string? ImageID { get; init; }

    public string? Command { get; init; }

    /// <summary>Seconds since 1970.</summary>
    public long Created { get; init; }

    public string? State { get; init; }

    public string? Status { get; init; }

    public IReadOnlyList<SummaryPortDocument>? Ports { get; init; }

    public IReadOnlyDictionary<string, string>? Labels { get; init; }

    public NetworkSettingsDocument? NetworkSettings { get; init; }

    public long? SizeRw { get; init; }

    public long? SizeRootFs { get; init; }
}

/// <summary>A port in a list of containers.</summary>
internal sealed record SummaryPortDocument
{
    public string? IP { get; init; }

    public ushort PrivatePort { get; init; }

    public ushort? PublicPort { get; init; }

    public string? Type { get; init; }
}

/// <summary>The answer of <c>POST /containers/{id}/wait</c>.</summary>
internal sealed record WaitDocument
{
    public long StatusCode { get; init; }

    public WaitErrorDocument? Error { get; init; }
}

/// <summary>Why a container could not be waited for or run.</summary>
internal sealed record WaitErrorDocument(string? Message);

/// <summary>The processes of a container.</summary>
internal sealed record TopDocument(IReadOnlyList<string>? Titles, IReadOnlyList<IReadOnlyList<string>>? Processes);

/// <summary>A change in a container's file system.</summary>
internal sealed record ChangeDocument
{
    public string Path { get; init; } = "";

    public int Kind { get; init; }
}

/// <summary>The answer to an update.</summary>
internal sealed record WarningsDocument(IReadOnlyList<string>? Warnings);

/// <summary>The answer to a commit.</summary>
internal sealed record CommittedDocument(string? Id);

/// <summary>The answer of <c>POST /containers/prune</c>.</summary>
internal sealed record PrunedContainersDocument
{
    public IReadOnlyList<string>? ContainersDeleted { get; init; }

    public long SpaceReclaimed { get; init; }
}
