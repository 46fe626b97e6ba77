using System.Management.Automation;
using ZLayer.Core.Foundation.Text;
using ZLayer.Core.Oci;
using ZLayer.Core.Runtimes;
using ZLayer.Core.Runtimes.Specifications;
using ZLayer.PowerShell.Completion;
using ZLayer.PowerShell.Pipeline;
using ZLayer.PowerShell.Transformation;

namespace ZLayer.PowerShell.Commands;

/// <summary>The base of cmdlets that make a container: the parameters that say what it is made of.</summary>
public abstract partial class ContainerCreationCmdlet : ContainerCmdlet
{
    /// <summary>The parameter set with a parameter for each setting.</summary>
    private protected const string ImageSet = "Image";

    /// <summary>The parameter set with one object for all settings.</summary>
    private protected const string SpecificationSet = "Specification";

    /// <summary>The image: a name, an id, or an image object. Left out when the image is piped in.</summary>
    [Parameter(ParameterSetName = ImageSet, Position = 0, HelpMessage = "The image: a name, an id, or an image object. Left out when the image is piped in.")]
    [ImageIdentity]
    [ArgumentCompleter(typeof(RuntimeImageCompleter))]
    public ImageIdentity? Image { get; set; }

    /// <summary>
    /// The command with its arguments, instead of the image's; for an image with an entry point, its arguments. Write -- before it, so that
    /// PowerShell does not take its options for parameters.
    /// </summary>
    [Parameter(ParameterSetName = ImageSet, Position = 1, ValueFromRemainingArguments = true, HelpMessage = "The command with its arguments, instead of the image's; write -- before it.")]
    [AllowEmptyString]
    [AllowEmptyCollection]
    [ValidateNotNull]
    public virtual string[]? Command { get; set; }

    /// <summary>
    /// All settings at once: a ContainerSpecification, or a hashtable with its names or those of the parameters, such as @{ Image =
    /// 'nginx'; Port = '8080:80' }. A name that is neither is refused.
    /// </summary>
    [Parameter(ParameterSetName = SpecificationSet, Mandatory = true, HelpMessage = "All settings at once: a ContainerSpecification, or a hashtable.")]
    [Specification]
    public ContainerSpecification? Specification { get; set; }

    /// <summary>The program that always runs, with its first arguments, instead of the image's. An empty text takes it away.</summary>
    [Parameter(ParameterSetName = ImageSet, HelpMessage = "The program that always runs, with its first arguments, instead of the image's.")]
    [ValidateNotNullOrEmpty]
    [AllowEmptyString]
    public string[] EntryPoint { get; set; } = [];

    /// <summary>
    /// Variables for the process: a hashtable, or 'NAME=value' texts. A name without value takes the variable of this process.
    /// </summary>
    [Parameter(ParameterSetName = ImageSet, HelpMessage = "Variables for the process: a hashtable, or 'NAME=value' texts.")]
    [Alias("Env")]
    [NameValue]
    public virtual NameValueTable? Environment { get; set; }

    /// <summary>Files with a variable a line, as Docker's --env-file has them. Variables of -Environment win.</summary>
    [Parameter(ParameterSetName = ImageSet, HelpMessage = "Files with a variable a line, as Docker's --env-file has them.")]
    [Alias("EnvFile")]
    [ValidateNotNullOrEmpty]
    public string[] EnvironmentFile { get; set; } = [];

    /// <summary>Ports to publish: '8080:80', '127.0.0.1:8080:80/udp', 80 for a free port of the host, or @{ 8080 = 80 }.</summary>
    [Parameter(ParameterSetName = ImageSet, HelpMessage = "Ports to publish: '8080:80', '127.0.0.1:8080:80/udp', 80 for a free port of the host, or @{ 8080 = 80 }.")]
    [Alias("Publish")]
    [ValidateNotNullOrEmpty]
    [PortMapping]
    [ArgumentCompleter(typeof(ImagePortCompleter))]
    public PortMapping[] Port { get; set; } = [];

    /// <summary>Publishes every port that the image exposes on a free port of the host.</summary>
    [Parameter(ParameterSetName = ImageSet, HelpMessage = "Publishes every port that the image exposes on a free port of the host.")]
    public SwitchParameter PublishAll { get; set; }

    /// <summary>Ports that the container listens on, without publishing them: '80/tcp'.</summary>
    [Parameter(ParameterSetName = ImageSet, HelpMessage = "Ports that the container listens on, without publishing them: '80/tcp'.")]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(ImagePortCompleter))]
    public string[] Expose { get; set; } = [];

    /// <summary>
    /// What to mount: './site:/srv:ro', 'volume:/data', 'type=bind,source=…,target=…', or @{ Source = './site'; Target = '/srv' }. Relative
    /// paths begin at the current location. A path of the host that does not exist is an error; 'bind-create-src' makes it.
    /// </summary>
    [Parameter(ParameterSetName = ImageSet, HelpMessage = "What to mount: './site:/srv:ro', 'volume:/data', 'type=bind,source=…,target=…', or @{ Source = './site'; Target = '/srv' }.")]
    [Alias("Volume")]
    [ValidateNotNullOrEmpty]
    [Mount]
    public MountSpecification[] Mount { get; set; } = [];

    /// <summary>Directories in memory: '/run', '/run:size=64m'.</summary>
    [Parameter(ParameterSetName = ImageSet, HelpMessage = "Directories in memory: '/run', '/run:size=64m'.")]
    [ValidateNotNullOrEmpty]
    public string[] Tmpfs { get; set; } = [];

    /// <summary>Containers whose volumes are mounted too; ':ro' after the name to read only.</summary>
    [Parameter(ParameterSetName = ImageSet, HelpMessage = "Containers whose volumes are mounted too; ':ro' after the name to read only.")]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(AnyContainerCompleter))]
    public string[] VolumeFrom { get; set; } = [];

    /// <summary>The working directory of the process.</summary>
    [Parameter(ParameterSetName = ImageSet, HelpMessage = "The working directory of the process.")]
    [Alias("WorkDir")]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(ImageDirectoryCompleter))]
    public virtual string? WorkingDirectory { get; set; }

    /// <summary>The user of the process: 'name[:group]' or 'uid[:gid]'.</summary>
    [Parameter(ParameterSetName = ImageSet, HelpMessage = "The user of the process: 'name[:group]' or 'uid[:gid]'.")]
    [ValidateNotNullOrEmpty]
    public virtual string? User { get; set; }

    /// <summary>Further groups of the user, by name or number.</summary>
    [Parameter(ParameterSetName = ImageSet, HelpMessage = "Further groups of the user, by name or number.")]
    [Alias("GroupAdd")]
    [ValidateNotNullOrEmpty]
    public string[] AddGroup { get; set; } = [];

    /// <summary>The host name of the container.</summary>
    [Parameter(ParameterSetName = ImageSet, HelpMessage = "The host name of the container.")]
    [ValidateNotNullOrEmpty]
    public string? Hostname { get; set; }

    /// <summary>The domain name of the container.</summary>
    [Parameter(ParameterSetName = ImageSet, HelpMessage = "The domain name of the container.")]
    [ValidateNotNullOrEmpty]
    public string? DomainName { get; set; }

    /// <summary>Labels: a hashtable, or 'key=value' texts.</summary>
    [Parameter(ParameterSetName = ImageSet, HelpMessage = "Labels: a hashtable, or 'key=value' texts.")]
    [Label]
    [ArgumentCompleter(typeof(LabelCompleter))]
    public NameValueTable? Label { get; set; }

    /// <summary>Annotations for the OCI runtime: a hashtable, or 'key=value' texts.</summary>
    [Parameter(ParameterSetName = ImageSet, HelpMessage = "Annotations for the OCI runtime: a hashtable, or 'key=value' texts.")]
    [Label]
    public NameValueTable? Annotation { get; set; }

    /// <summary>
    /// The network: bridge, host, none, 'container:NAME', a network's name, or fields as Docker's --network has them:
    /// 'name=front,alias=web,ip=172.30.0.5,driver-opt=key=value'. There may be several of one's own; -NetworkAlias and -IPAddress belong to
    /// the first.
    /// </summary>
    [Parameter(ParameterSetName = ImageSet, HelpMessage = "The networks: bridge, host, none, 'container:NAME', a network's name, or 'name=front,alias=web,ip=172.30.0.5'.")]
    [ValidateNotNullOrEmpty]
    [Network]
    [ArgumentCompleter(typeof(NetworkCompleter))]
    public NetworkSpecification[] Network { get; set; } = [];

    /// <summary>Names by which the container is found in its network.</summary>
    [Parameter(ParameterSetName = ImageSet, HelpMessage = "Names by which the container is found in its network.")]
    [ValidateNotNullOrEmpty]
    public string[] NetworkAlias { get; set; } = [];

    /// <summary>Fixed addresses in its network, one of IPv4 and one of IPv6 at most.</summary>
    [Parameter(ParameterSetName = ImageSet, HelpMessage = "Fixed addresses in its network, one of IPv4 and one of IPv6 at most.")]
    [Alias("IP")]
    [ValidateNotNullOrEmpty]
    [ValidateCount(1, 2)]
    public System.Net.IPAddress[] IPAddress { get; set; } = [];

    /// <summary>Name servers.</summary>
    [Parameter(ParameterSetName = ImageSet, HelpMessage = "Name servers.")]
    [ValidateNotNullOrEmpty]
    public string[] Dns { get; set; } = [];

    /// <summary>Domains that names are searched in.</summary>
    [Parameter(ParameterSetName = ImageSet, HelpMessage = "Domains that names are searched in.")]
    [ValidateNotNullOrEmpty]
    public string[] DnsSearch { get; set; } = [];

    /// <summary>Lines for the hosts file: 'name:address', 'name:host-gateway', or @{ name = 'address' }.</summary>
    [Parameter(ParameterSetName = ImageSet, HelpMessage = "Lines for the hosts file: 'name:address', 'name:host-gateway', or @{ name = 'address' }.")]
    [ValidateNotNullOrEmpty]
    [HostEntry]
    public string[] AddHost { get; set; } = [];

    /// <summary>The memory limit: 512MB, '512m', '1GiB'.</summary>
    [Parameter(ParameterSetName = ImageSet, HelpMessage = "The memory limit: 512MB, '512m', '1GiB'.")]
    [ByteSize]
    public ByteCount? Memory { get; set; }

    /// <summary>Memory that is left to the container when memory is short.</summary>
    [Parameter(ParameterSetName = ImageSet, HelpMessage = "Memory that is left to the container when memory is short.")]
    [ByteSize]
    public ByteCount? MemoryReservation { get; set; }

    /// <summary>Memory and swap together; -1 for no limit.</summary>
    [Parameter(ParameterSetName = ImageSet, HelpMessage = "Memory and swap together; -1 for no limit.")]
    [ByteSize(AllowUnlimited = true)]
    public ByteCount? MemorySwap { get; set; }

    /// <summary>How many CPUs it may use, fractions included.</summary>
    [Parameter(ParameterSetName = ImageSet, HelpMessage = "How many CPUs it may use, fractions included.")]
    [Alias("Cpus")]
    public decimal? CpuCount { get; set; }

    /// <summary>Its weight among containers that want the CPU, 2 to 262144; 1024 is usual.</summary>
    [Parameter(ParameterSetName = ImageSet, HelpMessage = "Its weight among containers that want the CPU, 2 to 262144; 1024 is usual.")]
    [ValidateRange(2, 262144)]
    public ulong? CpuShare { get; set; }

    /// <summary>The CPUs that it may use: '0-3,5'.</summary>
    [Parameter(ParameterSetName = ImageSet, HelpMessage = "The CPUs that it may use: '0-3,5'.")]
    [ValidateNotNullOrEmpty]
    public string? CpuSet { get; set; }

    /// <summary>The most processes and threads; -1 for no limit.</summary>
    [Parameter(ParameterSetName = ImageSet, HelpMessage = "The most processes and threads; -1 for no limit.")]
    public long? PidLimit { get; set; }

    /// <summary>The size of /dev/shm.</summary>
    [Parameter(ParameterSetName = ImageSet, HelpMessage = "The size of /dev/shm.")]
    [ByteSize]
    public ByteCount? ShmSize { get; set; }

    /// <summary>Limits of its processes: 'nofile=1024:4096', or @{ nofile = '1024:4096' }.</summary>
    [Parameter(ParameterSetName = ImageSet, HelpMessage = "Limits of its processes: 'nofile=1024:4096', or @{ nofile = '1024:4096' }.")]
    [ValidateNotNullOrEmpty]
    [Ulimit]
    public Ulimit[] Ulimit { get; set; } = [];

    /// <summary>Kernel parameters of its namespaces: @{ 'net.core.somaxconn' = 1024 }, or 'name=value' texts.</summary>
    [Parameter(ParameterSetName = ImageSet, HelpMessage = "Kernel parameters of its namespaces: @{ 'net.core.somaxconn' = 1024 }, or 'name=value' texts.")]
    [Label]
    public NameValueTable? Sysctl { get; set; }

    /// <summary>When the runtime starts it again: no, always, unless-stopped, on-failure[:count].</summary>
    [Parameter(ParameterSetName = ImageSet, HelpMessage = "When the runtime starts it again: no, always, unless-stopped, on-failure[:count].")]
    [Alias("Restart")]
    [RestartPolicy]
    [ArgumentCompleter(typeof(RestartPolicyCompleter))]
    public RestartPolicy? RestartPolicy { get; set; }

    /// <summary>
    /// How health is checked: a command line for the container's shell, 'none', or @{ Test = 'curl -f localhost'; Interval = '5s'; Retries
    /// = 3 }.
    /// </summary>
    [Parameter(ParameterSetName = ImageSet, HelpMessage = "How health is checked: a command line for the container's shell, 'none', or @{ Test = 'curl -f localhost'; Interval = '5s'; Retries = 3 }.")]
    [HealthCheck]
    public HealthCheck? HealthCheck { get; set; }

    /// <summary>The signal that stops it: TERM, SIGINT, 3.</summary>
    [Parameter(ParameterSetName = ImageSet, HelpMessage = "The signal that stops it: TERM, SIGINT, 3.")]
    [Signal]
    [ArgumentCompleter(typeof(SignalCompleter))]
    public Signal? StopSignal { get; set; }

    /// <summary>How long it may take to stop before it is killed: seconds, '1m' or a TimeSpan; -1 for ever.</summary>
    [Parameter(ParameterSetName = ImageSet, HelpMessage = "How long it may take to stop before it is killed: seconds, '1m' or a TimeSpan; -1 for ever.")]
    [Duration(AllowInfinite = true)]
    public Period? StopTimeoutSeconds { get; set; }

    /// <summary>Makes the root file system one that cannot be written.</summary>
    [Parameter(ParameterSetName = ImageSet, HelpMessage = "Makes the root file system one that cannot be written.")]
    public SwitchParameter ReadOnly { get; set; }

    /// <summary>Gives it all capabilities and devices of the host.</summary>
    [Parameter(ParameterSetName = ImageSet, HelpMessage = "Gives it all capabilities and devices of the host.")]
    public SwitchParameter Privileged { get; set; }

    /// <summary>Capabilities on top of the usual ones: NET_ADMIN, ALL.</summary>
    [Parameter(ParameterSetName = ImageSet, HelpMessage = "Capabilities on top of the usual ones: NET_ADMIN, ALL.")]
    [Alias("CapAdd")]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(CapabilityCompleter))]
    public string[] AddCapability { get; set; } = [];

    /// <summary>Capabilities that are taken away.</summary>
    [Parameter(ParameterSetName = ImageSet, HelpMessage = "Capabilities that are taken away.")]
    [Alias("CapDrop")]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(CapabilityCompleter))]
    public string[] DropCapability { get; set; } = [];

    /// <summary>Options of AppArmor, SELinux and seccomp: 'no-new-privileges', 'seccomp=profile.json'.</summary>
    [Parameter(ParameterSetName = ImageSet, HelpMessage = "Options of AppArmor, SELinux and seccomp: 'no-new-privileges', 'seccomp=profile.json'.")]
    [Alias("SecurityOpt")]
    [ValidateNotNullOrEmpty]
    public string[] SecurityOption { get; set; } = [];

    /// <summary>Devices: '/dev/fuse', '/dev/sda:/dev/disk:r', or the name of a CDI device.</summary>
    [Parameter(ParameterSetName = ImageSet, HelpMessage = "Devices: '/dev/fuse', '/dev/sda:/dev/disk:r', or the name of a CDI device.")]
    [ValidateNotNullOrEmpty]
    [Device]
    public DeviceMapping[] Device { get; set; } = [];

    /// <summary>GPUs: 'all', a number, or 'device=0,1'.</summary>
    [Parameter(ParameterSetName = ImageSet, HelpMessage = "GPUs: 'all', a number, or 'device=0,1'.")]
    [Gpu]
    public GpuRequest? Gpu { get; set; }

    /// <summary>Runs a small init as process 1, which reaps processes and forwards signals.</summary>
    [Parameter(ParameterSetName = ImageSet, HelpMessage = "Runs a small init as process 1, which reaps processes and forwards signals.")]
    public SwitchParameter Init { get; set; }

    /// <summary>The user namespace: 'host'.</summary>
    [Parameter(ParameterSetName = ImageSet, HelpMessage = "The user namespace: 'host'.")]
    [Alias("UserNs")]
    [ValidateNotNullOrEmpty]
    public string? UserNamespace { get; set; }

    /// <summary>The process namespace: 'host' or 'container:NAME'.</summary>
    [Parameter(ParameterSetName = ImageSet, HelpMessage = "The process namespace: 'host' or 'container:NAME'.")]
    [ValidateNotNullOrEmpty]
    public string? PidNamespace { get; set; }

    /// <summary>The IPC namespace: 'host', 'shareable', 'private', 'none' or 'container:NAME'.</summary>
    [Parameter(ParameterSetName = ImageSet, HelpMessage = "The IPC namespace: 'host', 'shareable', 'private', 'none' or 'container:NAME'.")]
    [ValidateNotNullOrEmpty]
    public string? IpcNamespace { get; set; }

    /// <summary>The OCI runtime, by the name that the engine knows it by.</summary>
    [Parameter(ParameterSetName = ImageSet, HelpMessage = "The OCI runtime, by the name that the engine knows it by.")]
    [ValidateNotNullOrEmpty]
    public string? OciRuntime { get; set; }

    /// <summary>Where its output goes: json-file, local, journald, none.</summary>
    [Parameter(ParameterSetName = ImageSet, HelpMessage = "Where its output goes: json-file, local, journald, none.")]
    [ValidateNotNullOrEmpty]
    public string? LogDriver { get; set; }

    /// <summary>Options of the log driver: @{ 'max-size' = '10m' }, or 'name=value' texts.</summary>
    [Parameter(ParameterSetName = ImageSet, HelpMessage = "Options of the log driver: @{ 'max-size' = '10m' }, or 'name=value' texts.")]
    [Alias("LogOpt")]
    [Label]
    public NameValueTable? LogOption { get; set; }

    /// <summary>The platform to choose from the image: 'linux/arm64'.</summary>
    [Parameter(ParameterSetName = ImageSet, HelpMessage = "The platform to choose from the image: 'linux/arm64'.")]
    [Platform]
    [ArgumentCompleter(typeof(PlatformCompleter))]
    public Platform? Platform { get; set; }

    /// <summary>
    /// When the registry is asked for the image: IfNotPresent (the default), Newer, Always or Never. IfNotPresent sends an image to the
    /// runtime that only ZLayer's own store has.
    /// </summary>
    [Parameter(ParameterSetName = ImageSet, HelpMessage = "When the registry is asked for the image: IfNotPresent (the default), Newer, Always or Never.")]
    [PullPolicy]
    public ImagePullPolicy PullPolicy { get; set; }

    /// <summary>Gives the process a terminal: its output and error become one stream.</summary>
    [Parameter(ParameterSetName = ImageSet, HelpMessage = "Gives the process a terminal: its output and error become one stream.")]
    public SwitchParameter Tty { get; set; }

    /// <summary>Keeps the input of the process open.</summary>
    [Parameter(ParameterSetName = ImageSet, HelpMessage = "Keeps the input of the process open.")]
    [Alias("Interactive")]
    public SwitchParameter OpenStdin { get; set; }
}
