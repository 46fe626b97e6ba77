using System.Management.Automation;
using System.Net.Sockets;
using ZLayer.Core;
using ZLayer.Core.Errors;
using ZLayer.Core.Runtimes;
using ZLayer.Core.Runtimes.Operations;
using ZLayer.Core.Runtimes.Specifications;
using ZLayer.PowerShell.Pipeline;
using ZLayer.PowerShell.Transformation;

namespace ZLayer.PowerShell.Commands;

public abstract partial class ContainerCreationCmdlet
{
    private IReadOnlyDictionary<string, string> _environment = new Dictionary<string, string>();
    private IReadOnlyList<string> _environmentFiles = [];
    private string _baseDirectory = "";
    private ImageIdentity? _image;
    private IReadOnlyList<string>? _words;

    /// <summary>The name of the new container; null lets the runtime choose.</summary>
    private protected abstract string? NewName { get; }

    /// <summary>
    /// A name that was written where the first word of a command stands when the image is piped in; null where names have no place.
    /// </summary>
    private protected virtual string? PlacedName => null;

    /// <summary>The runtime that makes the container: that of the image object, else as for bare names.</summary>
    private protected IContainerRuntime NewRuntime => _image is null ? Runtimes.Default : Runtimes.Of(_image);

    /// <summary>The store that a runtime gets images from: that of the image object, else of -Root.</summary>
    private protected IImageSource NewImages => (_image is null ? Runtimes.Engine : Runtimes.EngineOf(_image)).ImageSource;

    /// <inheritdoc/>
    protected override void BeginProcessing()
    {
        base.BeginProcessing();
        CommandWords.Check(this, Command);
    }

    /// <summary>Whether a parameter was named by its place alone.</summary>
    private protected bool IsPlaced(string parameter)
        => PSObject.AsPSObject(MyInvocation.BoundParameters).Properties["BoundPositionally"]?.Value is IEnumerable<string> placed
            && placed.Contains(parameter, StringComparer.OrdinalIgnoreCase);

    /// <summary>
    /// Settles which image is meant and what its command is. With an image of the pipeline the first word of the command has come to stand
    /// where the image, or the name, usually does.
    /// </summary>
    /// <param name="piped">The image of the pipeline; null without one.</param>
    /// <exception cref="ZLayerException">InvalidArgument: no image is named, or two.</exception>
    private protected void ChooseImage(ImageIdentity? piped)
    {
        var first = IsPlaced(nameof(Image)) ? Image!.Text : PlacedName;
        (_image, _words) = (piped, Image, Specification) switch
        {
            (null, _, { }) => (null, null),
            (null, { }, _) => (Image, Command),
            (null, null, _) => throw NoImage(),
            (_, { }, _) when !IsPlaced(nameof(Image)) => throw new ZLayerException(
                ZLayerErrorKind.InvalidArgument, "An image is piped in, and another is named with -Image.")
            {
                Subject = Image.Text,
            },
            _ => (piped, first is null ? Command : [first, .. Command ?? []]),
        };
    }

    private protected static ZLayerException NoImage() => new(ZLayerErrorKind.InvalidArgument, "No image is named.")
    {
        Advice = "Name it with -Image, or pipe one in.",
    };

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
        Image = _image!.Text,
        Name = NewName,
        Platform = Platform,
        PullPolicy = PullPolicyAttribute.ToEngine(PullPolicy),
        EntryPoint = IsBound(nameof(EntryPoint)) ? [.. EntryPoint.Where(word => word.Length > 0)] : null,
        Command = _words is { Count: > 0 } ? _words : null,
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
            foreach (var (name, value) in await Core.Runtimes.Specifications.EnvironmentFile.ReadAsync(
                file, _environment, cancellationToken))
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
