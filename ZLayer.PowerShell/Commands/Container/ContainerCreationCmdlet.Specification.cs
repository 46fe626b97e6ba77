using System.Net.Sockets;
using ZLayer.Core;
using ZLayer.Core.Errors;
using ZLayer.Core.Runtimes;
using ZLayer.Core.Runtimes.Specifications;
using ZLayer.PowerShell.Pipeline;
using ZLayer.PowerShell.Transformation;

namespace ZLayer.PowerShell.Commands;

public abstract partial class ContainerCreationCmdlet
{
    private IReadOnlyDictionary<string, string> _environment = new Dictionary<string, string>();
    private IReadOnlyList<string> _environmentFiles = [];
    private string _baseDirectory = "";

    /// <summary>The name of the new container; null lets the runtime choose.</summary>
    private protected abstract string? NewName { get; }

    /// <inheritdoc/>
    protected override void BeginProcessing()
    {
        base.BeginProcessing();
        CommandWords.Check(this, Command);
    }

    /// <summary>Takes what only the pipeline thread can tell: paths and the environment.</summary>
    private protected void PrepareSpecification()
    {
        try
        {
            _environment = ZLayerEngineOptions.FromEnvironment(FullRoot).Environment;
            _environmentFiles = [.. EnvironmentFile.SelectMany(file => ResolveExistingPaths(file, isLiteral: false))];
            _baseDirectory = SessionState.Path.CurrentFileSystemLocation.ProviderPath;
        }
        catch (ZLayerException exception)
        {
            ThrowTerminatingError(ErrorMapper.ToErrorRecord(exception));
        }
    }

    /// <summary>What the container is made of.</summary>
    /// <exception cref="ZLayerException">InvalidArgument, PathNotFound.</exception>
    private protected async Task<ContainerSpecification> ReadSpecificationAsync(CancellationToken cancellationToken)
        => Specification is { } whole
            ? whole with { Name = NewName ?? whole.Name }
            : Settings() with
            {
                Environment = await VariablesAsync(cancellationToken),
                SecurityOptions = await SecurityOptionsAsync(cancellationToken),
            };

    private ContainerSpecification Settings() => Isolation(Connections(new ContainerSpecification
    {
        Image = Image!.Text,
        Name = NewName,
        Platform = Platform,
        PullPolicy = PullPolicyAttribute.ToEngine(PullPolicy),
        EntryPoint = IsBound(nameof(EntryPoint)) ? [.. EntryPoint.Where(word => word.Length > 0)] : null,
        Command = Command is { Length: > 0 } ? Command : null,
        WorkingDirectory = WorkingDirectory,
        Labels = NameValueAttribute.ToDictionary(Label, _environment),
        Annotations = NameValueAttribute.ToDictionary(Annotation, _environment),
        User = User,
        ExtraGroups = AddGroup,
        Mounts = [.. Mount, .. Tmpfs.Select(MountSpecification.ParseTmpfs)],
        VolumesFrom = VolumeFrom,
        Limits = Limits(),
        ShmSize = ShmSize,
        Ulimits = Ulimit,
        Tty = Tty,
        OpenStdin = OpenStdin,
        StopSignal = StopSignal,
        StopGracePeriod = StopTimeoutSeconds,
        RestartPolicy = RestartPolicy,
        HealthCheck = HealthCheck,
        Logs = LogDriver is null && LogOption is null
            ? null
            : new LogConfiguration { Driver = LogDriver, Options = NameValueAttribute.ToDictionary(LogOption, _environment) },
    }));

    private ContainerSpecification Connections(ContainerSpecification specification)
        => NetworkSpecification.Connect(ConnectionSettings(specification), Network);

    private ContainerSpecification ConnectionSettings(ContainerSpecification specification) => specification with
    {
        Hostname = Hostname,
        DomainName = DomainName,
        Ports = Port,
        ExposedPorts = Expose,
        PublishAllPorts = PublishAll,
        NetworkAliases = NetworkAlias,
        IPv4Address = AddressOf(AddressFamily.InterNetwork),
        IPv6Address = AddressOf(AddressFamily.InterNetworkV6),
        Dns = Dns,
        DnsSearch = DnsSearch,
        ExtraHosts = AddHost,
    };

    private ContainerSpecification Isolation(ContainerSpecification specification) => specification with
    {
        AddCapabilities = AddCapability,
        DropCapabilities = DropCapability,
        Privileged = Privileged,
        ReadOnlyRootFileSystem = ReadOnly,
        UserNamespace = UserNamespace,
        PidNamespace = PidNamespace,
        IpcNamespace = IpcNamespace,
        Sysctls = NameValueAttribute.ToDictionary(Sysctl, _environment),
        Devices = Device,
        Gpu = Gpu,
        Init = IsBound(nameof(Init)) ? Init.IsPresent : null,
        OciRuntime = OciRuntime,
    };

    private ResourceLimits Limits() => new()
    {
        Memory = Memory,
        MemoryReservation = MemoryReservation,
        MemorySwap = MemorySwap,
        CpuCount = CpuCount,
        CpuShares = CpuShare,
        CpusetCpus = CpuSet,
        Pids = PidLimit,
    };

    private string? AddressOf(AddressFamily family)
        => IPAddress.Count(address => address.AddressFamily == family) > 1
            ? throw new ZLayerException(ZLayerErrorKind.InvalidArgument, "-IPAddress takes one address of IPv4 and one of IPv6 at most.")
            : IPAddress.FirstOrDefault(address => address.AddressFamily == family)?.ToString();

    private async Task<IReadOnlyDictionary<string, string>> VariablesAsync(CancellationToken cancellationToken)
    {
        var variables = new SortedDictionary<string, string>(StringComparer.Ordinal);
        foreach (var file in _environmentFiles)
        {
            foreach (var (name, value) in await Core.Runtimes.Specifications.EnvironmentFile.ReadAsync(file, _environment, cancellationToken))
            {
                variables[name] = value;
            }
        }

        foreach (var (name, value) in NameValueAttribute.ToDictionary(Environment, _environment))
        {
            variables[name] = value;
        }

        return variables;
    }

    // A seccomp profile is read here: the engine may be on another machine.
    private async Task<IReadOnlyList<string>> SecurityOptionsAsync(CancellationToken cancellationToken)
    {
        var options = new List<string>();
        foreach (var option in SecurityOption)
        {
            options.Add(await Core.Runtimes.Specifications.SecurityOption.ReadAsync(option, _baseDirectory, cancellationToken));
        }

        return options;
    }

    private bool IsBound(string parameter) => MyInvocation.BoundParameters.ContainsKey(parameter);
}
