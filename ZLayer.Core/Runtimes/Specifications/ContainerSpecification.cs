using ZLayer.Core.Oci;
using ZLayer.Core.Registries;

namespace ZLayer.Core.Runtimes.Specifications;

/// <summary>What a container is made of. A runtime applies every setting or refuses the specification: nothing is dropped.</summary>
public sealed record ContainerSpecification
{
    /// <summary>The image, by name or id.</summary>
    public required string Image { get; init; }

    /// <summary>The name; null lets the runtime choose, or derives it from <see cref="Id"/>.</summary>
    public string? Name { get; init; }

    /// <summary>The place in a service; null for a container that stands alone.</summary>
    public ContainerId? Id { get; init; }

    /// <summary>The platform to choose from the image; null is the runtime's own.</summary>
    public Platform? Platform { get; init; }

    /// <summary>When the registry is asked for the image, by those who pull before they create.</summary>
    public PullPolicy PullPolicy { get; init; } = PullPolicy.Missing;

    /// <summary>The program that always runs; null is the image's, empty is none.</summary>
    public IReadOnlyList<string>? EntryPoint { get; init => field = value?.ToArray(); }

    /// <summary>The arguments of the entry point, or the program where there is none; null or empty is the image's.</summary>
    public IReadOnlyList<string>? Command { get; init => field = value?.ToArray(); }

    /// <summary>The working directory; null is the image's.</summary>
    public string? WorkingDirectory { get; init; }

    /// <summary>Variables on top of the image's. A whole value <c>$E:NAME</c> takes the variable of the caller's environment.</summary>
    public IReadOnlyDictionary<string, string> Environment { get; init; } = new Dictionary<string, string>();

    /// <summary>Labels.</summary>
    public IReadOnlyDictionary<string, string> Labels { get; init; } = new Dictionary<string, string>();

    /// <summary>Annotations for the OCI runtime.</summary>
    public IReadOnlyDictionary<string, string> Annotations { get; init; } = new Dictionary<string, string>();

    /// <summary>The user, <c>name[:group]</c> or <c>uid[:gid]</c>; null is the image's.</summary>
    public string? User { get; init; }

    /// <summary>Further groups of the user, by name or number.</summary>
    public IReadOnlyList<string> ExtraGroups { get; init => field = value.ToArray(); } = [];

    /// <summary>The host name; null lets the runtime choose.</summary>
    public string? Hostname { get; init; }

    /// <summary>The domain name.</summary>
    public string? DomainName { get; init; }

    /// <summary>What is mounted.</summary>
    public IReadOnlyList<MountSpecification> Mounts { get; init => field = value.ToArray(); } = [];

    /// <summary>Containers whose volumes are mounted too, each with <c>:ro</c> to read only.</summary>
    public IReadOnlyList<string> VolumesFrom { get; init => field = value.ToArray(); } = [];

    /// <summary>Published ports.</summary>
    public IReadOnlyList<PortMapping> Ports { get; init => field = value.ToArray(); } = [];

    /// <summary>Ports that the container listens on, without publishing them: <c>80/tcp</c>.</summary>
    public IReadOnlyList<string> ExposedPorts { get; init => field = value.ToArray(); } = [];

    /// <summary>Publishes every exposed port on a free port of the host.</summary>
    public bool PublishAllPorts { get; init; }

    /// <summary>
    /// <c>bridge</c>, <c>host</c>, <c>none</c>, <c>container:NAME</c> or a network's name; null is the runtime's default.
    /// </summary>
    public string? Network { get; init; }

    /// <summary>Names by which the container is found in its network.</summary>
    public IReadOnlyList<string> NetworkAliases { get; init => field = value.ToArray(); } = [];

    /// <summary>A fixed IPv4 address in its network.</summary>
    public string? IPv4Address { get; init; }

    /// <summary>A fixed IPv6 address in its network.</summary>
    public string? IPv6Address { get; init; }

    /// <summary>A fixed MAC address.</summary>
    public string? MacAddress { get; init; }

    /// <summary>Options for the driver of its network.</summary>
    public IReadOnlyDictionary<string, string> NetworkDriverOptions { get; init; } = new Dictionary<string, string>();

    /// <summary>Networks of one's own that it is connected to from its start besides <see cref="Network"/>.</summary>
    public IReadOnlyList<NetworkSpecification> FurtherNetworks { get; init => field = value.ToArray(); } = [];

    /// <summary>Name servers.</summary>
    public IReadOnlyList<string> Dns { get; init => field = value.ToArray(); } = [];

    /// <summary>Domains that names are searched in.</summary>
    public IReadOnlyList<string> DnsSearch { get; init => field = value.ToArray(); } = [];

    /// <summary>Options of the resolver.</summary>
    public IReadOnlyList<string> DnsOptions { get; init => field = value.ToArray(); } = [];

    /// <summary>Lines for the hosts file: <c>name:address</c>, or <c>name:host-gateway</c>.</summary>
    public IReadOnlyList<string> ExtraHosts { get; init => field = value.ToArray(); } = [];

    /// <summary>Capabilities on top of the usual ones: <c>NET_ADMIN</c>, <c>ALL</c>.</summary>
    public IReadOnlyList<string> AddCapabilities { get; init => field = value.ToArray(); } = [];

    /// <summary>Capabilities taken away.</summary>
    public IReadOnlyList<string> DropCapabilities { get; init => field = value.ToArray(); } = [];

    /// <summary>All capabilities and devices of the host.</summary>
    public bool Privileged { get; init; }

    /// <summary>Options of AppArmor, SELinux and seccomp, and <c>no-new-privileges</c>.</summary>
    public IReadOnlyList<string> SecurityOptions { get; init => field = value.ToArray(); } = [];

    /// <summary>A root file system that cannot be written.</summary>
    public bool ReadOnlyRootFileSystem { get; init; }

    /// <summary>The user namespace: <c>host</c>; null is the runtime's default.</summary>
    public string? UserNamespace { get; init; }

    /// <summary>The process namespace: <c>host</c>, <c>container:NAME</c>; null is one of its own.</summary>
    public string? PidNamespace { get; init; }

    /// <summary>The IPC namespace: <c>host</c>, <c>shareable</c>, <c>private</c>, <c>none</c>, <c>container:NAME</c>.</summary>
    public string? IpcNamespace { get; init; }

    /// <summary>The host name's namespace: <c>host</c>.</summary>
    public string? UtsNamespace { get; init; }

    /// <summary>The cgroup namespace: <c>host</c>, <c>private</c>.</summary>
    public string? CgroupNamespace { get; init; }

    /// <summary>The cgroup above the container's.</summary>
    public string? CgroupParent { get; init; }

    /// <summary>Kernel parameters of its namespaces: <c>net.core.somaxconn</c>.</summary>
    public IReadOnlyDictionary<string, string> Sysctls { get; init; } = new Dictionary<string, string>();

    /// <summary>Limits of its processes.</summary>
    public IReadOnlyList<Ulimit> Ulimits { get; init => field = value.ToArray(); } = [];

    /// <summary>Limits of the container.</summary>
    public ResourceLimits Limits { get; init; } = ResourceLimits.None;

    /// <summary>The size of /dev/shm in bytes; null is the runtime's default.</summary>
    public long? ShmSize { get; init; }

    /// <summary>Devices.</summary>
    public IReadOnlyList<DeviceMapping> Devices { get; init => field = value.ToArray(); } = [];

    /// <summary>Rules for the cgroup's devices: <c>c 1:3 rwm</c>.</summary>
    public IReadOnlyList<string> DeviceCgroupRules { get; init => field = value.ToArray(); } = [];

    /// <summary>GPUs; null for none.</summary>
    public GpuRequest? Gpu { get; init; }

    /// <summary>Runs a small init as process 1, which reaps and forwards signals; null is the runtime's default.</summary>
    public bool? Init { get; init; }

    /// <summary>Gives the process a terminal.</summary>
    public bool Tty { get; init; }

    /// <summary>The size of the terminal when the process starts; null leaves it to the runtime.</summary>
    public Execution.TerminalSize? TerminalSize { get; init; }

    /// <summary>Keeps the input open.</summary>
    public bool OpenStdin { get; init; }

    /// <summary>Closes the input when the first attached session ends.</summary>
    public bool StdinOnce { get; init; }

    /// <summary>The signal that stops it; null is the image's, else SIGTERM.</summary>
    public Signal? StopSignal { get; init; }

    /// <summary>How long it may take to stop; null is the runtime's default, 10 seconds.</summary>
    public TimeSpan? StopGracePeriod { get; init; }

    /// <summary>When the runtime starts it again.</summary>
    public RestartPolicy? RestartPolicy { get; init; }

    /// <summary>Removes the container, with its anonymous volumes, when it ends.</summary>
    public bool AutoRemove { get; init; }

    /// <summary>How health is checked; null is as the image says.</summary>
    public HealthCheck? HealthCheck { get; init; }

    /// <summary>Where its output goes; null is the runtime's default.</summary>
    public LogConfiguration? Logs { get; init; }

    /// <summary>Options of the storage driver: <c>size=120G</c>.</summary>
    public IReadOnlyDictionary<string, string> StorageOptions { get; init; } = new Dictionary<string, string>();

    /// <summary>The OCI runtime, by the name the engine knows it by; null is its default.</summary>
    public string? OciRuntime { get; init; }

    /// <summary>How Windows isolates it.</summary>
    public ContainerIsolation Isolation { get; init; }
}
