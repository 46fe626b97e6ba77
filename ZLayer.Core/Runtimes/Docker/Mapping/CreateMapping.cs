using System.Globalization;
using ZLayer.Core.Errors;
using ZLayer.Core.Runtimes.Docker.Documents;
using ZLayer.Core.Runtimes.Specifications;

namespace ZLayer.Core.Runtimes.Docker.Mapping;

/// <summary>
/// A specification as the body of a creation. Every setting is in the body, or the specification is refused with an error that names the
/// setting: an engine leaves out what it does not know without a word.
/// </summary>
internal sealed class CreateMapping
{
    private const string CapabilityPrefix = "CAP_";
    private const string OpenSystemPaths = "systempaths=unconfined";

    private static readonly ApiVersion SizesConsoles = new(1, 42);

    private readonly ContainerSpecification _specification;
    private readonly ApiVersion _api;
    private readonly MountMapping _mounts;
    private readonly NetworkMapping _network;
    private readonly GpuMapping _gpu;
    private readonly List<string> _warnings = [];

    /// <summary>Maps a specification.</summary>
    /// <param name="specification">The specification.</param>
    /// <param name="api">The version of the API that is spoken.</param>
    /// <param name="environment">The caller's variables, for references.</param>
    /// <exception cref="ZLayerException">InvalidArgument, OperationNotSupported or RuntimeApiTooOld, naming the setting.</exception>
    public CreateMapping(ContainerSpecification specification, ApiVersion api, IReadOnlyDictionary<string, string> environment)
    {
        (_specification, _api) = (specification, api);
        ApiRequirements.Check(specification, api);
        _mounts = new MountMapping(specification.Mounts, api);
        _network = new NetworkMapping(specification, api);
        _gpu = new GpuMapping(specification.Gpu);
        Document = Create(EnvironmentMapping.Resolve(specification, _gpu.Variables, environment, _warnings));
    }

    public CreateDocument Document { get; }

    /// <summary>What the caller should know of the container.</summary>
    public IReadOnlyList<string> Warnings => _warnings;

    /// <summary>The networks to connect the container to before it starts.</summary>
    public IReadOnlyDictionary<string, EndpointDocument> LaterNetworks => _network.Later;

    /// <summary>The container's name; null lets the engine choose.</summary>
    public string? Name => _specification.Name is { Length: > 0 } name ? name : _specification.Id?.ContainerName;

    private CreateDocument Create(List<string> variables) => new()
    {
        Image = _specification.Image,
        // An empty list would mean the image's entry point.
        Entrypoint = _specification.EntryPoint is { Count: 0 } ? [""] : _specification.EntryPoint,
        Cmd = OrNull(_specification.Command),
        WorkingDir = _specification.WorkingDirectory,
        Env = OrNull(variables),
        Labels = OrNull(Labels()),
        User = _specification.User,
        Hostname = _specification.Hostname,
        Domainname = _specification.DomainName,
        MacAddress = _network.MacAddress,
        AttachStdin = _specification is { OpenStdin: true, StdinOnce: true },
        AttachStdout = true,
        AttachStderr = true,
        OpenStdin = _specification.OpenStdin,
        StdinOnce = _specification.StdinOnce,
        Tty = _specification.Tty,
        StopSignal = _specification.StopSignal?.Name,
        StopTimeout = _specification.StopGracePeriod is { } grace ? Seconds(grace) : null,
        Healthcheck = Health(_specification.HealthCheck),
        ExposedPorts = OrNull(_network.ExposedPorts()),
        Volumes = _mounts.Volumes,
        HostConfig = Host(),
        NetworkingConfig = _network.Networking,
    };

    private HostConfigDocument Host() => LimitsMapping.Create(_specification.Limits) with
    {
        Binds = _mounts.Binds,
        Mounts = _mounts.Mounts,
        Tmpfs = _mounts.Tmpfs,
        VolumesFrom = OrNull(_specification.VolumesFrom),
        NetworkMode = _network.Mode,
        PortBindings = OrNull(_network.PortBindings()),
        PublishAllPorts = _specification.PublishAllPorts,
        Dns = OrNull(_network.Dns),
        DnsSearch = OrNull(_network.DnsSearch),
        DnsOptions = OrNull(_specification.DnsOptions),
        ExtraHosts = OrNull(_network.ExtraHosts),
        RestartPolicy = LimitsMapping.Restart(_specification.RestartPolicy) ?? LimitsMapping.NoRestart,
        AutoRemove = _specification.AutoRemove,
        LogConfig = Logs(_specification.Logs),
        CapAdd = OrNull(Capabilities(_specification.AddCapabilities)),
        CapDrop = OrNull(Capabilities(_specification.DropCapabilities)),
        GroupAdd = OrNull(Groups()),
        Privileged = _specification.Privileged,
        SecurityOpt = OrNull([.. _specification.SecurityOptions.Where(option => option != OpenSystemPaths)]),
        MaskedPaths = _specification.SecurityOptions.Contains(OpenSystemPaths) ? [] : null,
        ReadonlyPaths = _specification.SecurityOptions.Contains(OpenSystemPaths) ? [] : null,
        ReadonlyRootfs = _specification.ReadOnlyRootFileSystem,
        UsernsMode = NamespaceMode.Check("user", _specification.UserNamespace, "auto", "keep-id", "nomap"),
        PidMode = NamespaceMode.Check("process", _specification.PidNamespace, "pod"),
        IpcMode = NamespaceMode.Check("IPC", _specification.IpcNamespace, "none", "shareable", "pod"),
        UTSMode = NamespaceMode.Check("UTS", _specification.UtsNamespace, "pod"),
        CgroupnsMode = NamespaceMode.Check("cgroup", _specification.CgroupNamespace, "pod"),
        CgroupParent = _specification.CgroupParent,
        Sysctls = OrNull(Named("sysctl", _specification.Sysctls)),
        StorageOpt = OrNull(Named("storage option", _specification.StorageOptions)),
        Annotations = OrNull(Named("annotation", _specification.Annotations)),
        Ulimits = OrNull(
            [.. _specification.Ulimits.Select(limit => new UlimitDocument(limit.Name.ToLowerInvariant(), limit.Soft, limit.Hard))
                .OrderBy(limit => limit.Name, StringComparer.Ordinal)]),
        ShmSize = _specification.ShmSize,
        Devices = OrNull(
            [.. _specification.Devices.Where(d => !d.IsCdi)
                .Select(d => new DeviceDocument(d.Source, d.Target ?? d.Source, d.Access)), .. _gpu.Devices]),
        DeviceCgroupRules = OrNull(_specification.DeviceCgroupRules),
        DeviceRequests = OrNull(DeviceRequests()),
        Init = _specification.Init,
        Runtime = _specification.OciRuntime,
        Isolation = _specification.Isolation == ContainerIsolation.Auto ? null : _specification.Isolation.ToString().ToLowerInvariant(),
        ConsoleSize = _specification.TerminalSize is { } size && _api >= SizesConsoles ? [size.Rows, size.Columns] : null,
    };

    /// <summary>Device nodes of GPUs belong to the group video, of which only root needs not be a member.</summary>
    private IReadOnlyList<string> Groups()
        => _gpu.Devices.Count > 0
            && _specification.User is not (null or "" or "root" or "0")
            && !_specification.ExtraGroups.Contains("video")
            ? [.. _specification.ExtraGroups, "video"]
            : _specification.ExtraGroups;

    // Engines take a pair without a name, and keep it where nobody can ask for it.
    private static IReadOnlyDictionary<string, string> Named(string what, IReadOnlyDictionary<string, string> pairs)
        => pairs.Keys.FirstOrDefault(string.IsNullOrWhiteSpace) is { } blank
            ? throw Notation.Invalid(what, $"{blank}={pairs[blank]}", "it has no name", "Write NAME=value.")
            : pairs;

    private Dictionary<string, string> Labels()
    {
        var labels = new Dictionary<string, string>(Named("label", _specification.Labels), StringComparer.Ordinal);
        if (_specification.Id is { } id)
        {
            labels[ContainerId.Label] = id.ToString();
        }

        return labels;
    }

    private List<DeviceRequestDocument> DeviceRequests()
    {
        var requests = new List<DeviceRequestDocument>();
        if (_gpu.Request is { } gpu)
        {
            requests.Add(gpu);
        }

        if (_specification.Devices.Where(device => device.IsCdi).Select(device => device.Source).ToList() is { Count: > 0 } names)
        {
            requests.Add(new DeviceRequestDocument { Driver = "cdi", DeviceIDs = names });
        }

        return requests;
    }

    /// <summary>Capabilities as every engine knows them: in upper case, without CAP_.</summary>
    private static List<string> Capabilities(IEnumerable<string> names)
        => [.. names.Select(name => name.Trim().ToUpperInvariant())
            .Select(name => name.StartsWith(CapabilityPrefix, StringComparison.Ordinal) ? name[CapabilityPrefix.Length..] : name)
            .Distinct()];

    private static HealthDocument? Health(HealthCheck? check) => check is null ? null : new HealthDocument
    {
        Test = OrNull(check.Test),
        Interval = Nanoseconds(check.Interval),
        Timeout = Nanoseconds(check.Timeout),
        StartPeriod = Nanoseconds(check.StartPeriod),
        StartInterval = Nanoseconds(check.StartInterval),
        Retries = check.Retries,
    };

    private static LogConfigDocument? Logs(LogConfiguration? logs)
    {
        if (logs is null)
        {
            return null;
        }

        var options = new Dictionary<string, string>(logs.Options, StringComparer.Ordinal);
        if (logs.MaximumSize is { } size)
        {
            options["max-size"] = size.ToString(CultureInfo.InvariantCulture);
        }

        if (logs.MaximumFiles is { } files)
        {
            options["max-file"] = files.ToString(CultureInfo.InvariantCulture);
        }

        return logs.Driver == "none" && options.Count > 0
            ? throw new ZLayerException(ZLayerErrorKind.InvalidArgument, "The log driver 'none' keeps nothing and has no options.")
            {
                Subject = "none",
                Advice = "Leave the options out, or choose another driver.",
            }
            : new LogConfigDocument(logs.Driver, OrNull(options));
    }

    /// <summary>A grace period in whole seconds, never shorter; -1 is for ever.</summary>
    public static int Seconds(TimeSpan grace)
        => grace == Timeout.InfiniteTimeSpan ? -1 : (int)Math.Ceiling(Math.Clamp(grace.TotalSeconds, 0, int.MaxValue));

    private static long? Nanoseconds(TimeSpan? time) => time?.Ticks * TimeSpan.NanosecondsPerTick;

    private static IReadOnlyList<T>? OrNull<T>(IReadOnlyList<T>? list) => list is { Count: > 0 } ? list : null;

    private static IReadOnlyDictionary<string, T>? OrNull<T>(IReadOnlyDictionary<string, T> map) => map.Count > 0 ? map : null;
}
