using System.Globalization;
using System.Net;
using ZLayer.Core.Oci;
using ZLayer.Core.Runtimes.Docker.Documents;
using ZLayer.Core.Runtimes.Observation;
using ZLayer.Core.Runtimes.Specifications;

namespace ZLayer.Core.Runtimes.Docker.Mapping;

/// <summary>What an engine tells of containers, as records.</summary>
internal static class ContainerMapping
{
    // The end of the year 9999.
    private const long LastSecond = 253_402_300_799;
    private const string DefaultBridge = "bridge";

    /// <summary>
    /// A container in a list. The engine's list has exit code and health in its words for people only, and times as exact as these.
    /// </summary>
    public static ContainerInfo Info(ContainerSummaryDocument document, string runtime, bool isMeasured = false)
    {
        var status = document.Status ?? "";
        return new ContainerInfo
        {
            Id = document.Id,
            // A linked container has further names below that of another container.
            Name = NameOf(document.Names?.FirstOrDefault(name => name.LastIndexOf('/') <= 0) ?? document.Id),
            Image = ImageName(document.Image),
            ImageId = document.ImageID,
            State = State(document.State),
            Health = status.Contains("(healthy)", StringComparison.Ordinal) ? HealthStatus.Healthy
                : status.Contains("(unhealthy)", StringComparison.Ordinal) ? HealthStatus.Unhealthy
                : status.Contains("(health: starting)", StringComparison.Ordinal) ? HealthStatus.Starting
                : HealthStatus.None,
            Status = status,
            Created = Time(document.Created),
            ExitCode = ExitCode(document.State, status),
            Command = string.IsNullOrEmpty(document.Command) ? [] : [document.Command],
            Ports = [.. (document.Ports ?? []).Select(Port)
                .OrderBy(port => port.ContainerPort)
                .ThenBy(port => port.Protocol, StringComparer.Ordinal)
                .ThenBy(port => port.HostIP, StringComparer.Ordinal)],
            Networks = [.. (document.NetworkSettings?.Networks?.Keys ?? []).Order(StringComparer.Ordinal)],
            Labels = document.Labels ?? new Dictionary<string, string>(),
            // The engine leaves a size of 0 out.
            Size = isMeasured ? document.SizeRw ?? 0 : null,
            RootFsSize = isMeasured ? document.SizeRootFs ?? 0 : null,
            Runtime = runtime,
        };
    }

    /// <summary>A container of a list as its own document has it: whatever tells of it tells the same. Only sizes are the list's.</summary>
    public static ContainerInfo Complete(ContainerInfo listed, ContainerDocument document)
        => Detail(document, "", listed.Runtime).ToInfo() with { Size = listed.Size, RootFsSize = listed.RootFsSize };

    /// <summary>Everything about a container.</summary>
    public static ContainerDetail Detail(ContainerDocument document, string raw, string runtime)
    {
        var state = State(document.State.Status);
        var hasEnded = state is ContainerState.Exited or ContainerState.Dead;
        var attachments = Attachments(document);
        var health = Health(document.State.Health);
        var name = NameOf(document.Name ?? document.Id);
        return new ContainerDetail
        {
            Id = document.Id,
            Name = name,
            Image = ImageName(document.Config.Image ?? document.Image),
            ImageId = document.Image,
            State = state,
            Health = health?.Status ?? HealthStatus.None,
            Status = StatusText.Of(document.State, DateTimeOffset.UtcNow),
            Created = Time(document.Created),
            StartedAt = Time(document.State.StartedAt),
            FinishedAt = hasEnded ? Time(document.State.FinishedAt) : null,
            RunSince = RunSince(document.State),
            ExitCode = hasEnded ? ExitCode(document.State.ExitCode) : null,
            Command = document.Path is { Length: > 0 } path ? [path, .. document.Args ?? []] : document.Args ?? [],
            Ports = [.. Published(document).Concat(Unpublished(document))
                .Select(port => port with { ContainerName = name, Runtime = runtime })],
            Networks = [.. attachments.Select(attachment => attachment.Network)],
            Labels = document.Config.Labels ?? new Dictionary<string, string>(),
            Runtime = runtime,
            Pid = document.State.Pid > 0 ? document.State.Pid : null,
            IPAddress = Address(document),
            NetworkAttachments = attachments,
            HealthDetail = health,
            OomKilled = document.State.OOMKilled,
            Error = string.IsNullOrEmpty(document.State.Error) ? null : document.State.Error,
            RestartCount = document.RestartCount,
            EntryPoint = document.Config.Entrypoint is { Count: > 0 } entryPoint ? entryPoint : null,
            Limits = LimitsMapping.Limits(document.HostConfig),
            RestartPolicy = LimitsMapping.Restart(document.HostConfig.RestartPolicy),
            // Older engines keep the word of whoever did not choose.
            NetworkMode = document.HostConfig.NetworkMode is "default" ? DefaultBridge : OrNull(document.HostConfig.NetworkMode),
            HealthCheck = Check(document.Config.Healthcheck),
            Mounts = Mounts(document),
            Environment = Environment(document.Config.Env),
            WorkingDirectory = OrNull(document.Config.WorkingDir),
            User = OrNull(document.Config.User),
            Hostname = OrNull(document.Config.Hostname),
            Tty = document.Config.Tty,
            OpenStdin = document.Config.OpenStdin,
            AutoRemove = document.HostConfig.AutoRemove,
            Os = OrNull(document.Platform),
            Raw = raw,
        };
    }

    /// <summary>Where a container is in its life.</summary>
    public static ContainerStatus Status(StateDocument state) => State(state.Status) switch
    {
        ContainerState.Created => new ContainerStatus(ContainerPhase.Pending),
        ContainerState.Running or ContainerState.Paused => new ContainerStatus(ContainerPhase.Running),
        ContainerState.Restarting => new ContainerStatus(ContainerPhase.Initializing),
        ContainerState.Removing => new ContainerStatus(ContainerPhase.Stopping),
        ContainerState.Exited => new ContainerStatus(ContainerPhase.Exited, ExitCode(state.ExitCode)),
        _ => new ContainerStatus(ContainerPhase.Failed, Reason: OrNull(state.Error) ?? "the engine could not stop or remove it completely"),
    };

    /// <summary>How a container ended, from its state.</summary>
    public static WaitOutcome Outcome(StateDocument state)
    {
        var exitCode = ExitCode(state.ExitCode);
        var outcome = Outcome(exitCode, OrNull(state.Error)) with { FinishedAt = Time(state.FinishedAt) };
        // The flag is set too when the kernel killed another process than the first.
        return state.OOMKilled && exitCode != 0 ? outcome with { Reason = WaitReason.OomKilled } : outcome;
    }

    /// <summary>How a container ended, when it is gone and the exit code is all that is known.</summary>
    public static WaitOutcome Outcome(int exitCode, string? error)
    {
        var signal = Signal.FromExitCode(exitCode)?.Name;
        return new WaitOutcome
        {
            ExitCode = exitCode,
            Reason = error is not null ? WaitReason.RuntimeError : signal is not null ? WaitReason.Signal : WaitReason.Exited,
            Signal = error is null ? signal : null,
            Error = error,
        };
    }

    /// <summary>The address: that of the default bridge, else of the first network that gave one.</summary>
    public static IPAddress? Address(ContainerDocument document)
    {
        var networks = document.NetworkSettings?.Networks ?? new Dictionary<string, EndpointStateDocument?>();
        return Parse(networks.GetValueOrDefault(DefaultBridge)?.IPAddress)
            ?? Parse(document.NetworkSettings?.IPAddress)
            ?? networks.OrderBy(network => network.Key, StringComparer.Ordinal)
                .Select(network => Parse(network.Value?.IPAddress) ?? Parse(network.Value?.GlobalIPv6Address))
                .FirstOrDefault(address => address is not null);
    }

    /// <summary>The published ports, one for each binding.</summary>
    public static IEnumerable<PortMappingInfo> Published(ContainerDocument document)
        => from port in Ports(document)
           from binding in port.Value ?? []
           where ushort.TryParse(binding.HostPort, NumberStyles.None, CultureInfo.InvariantCulture, out _)
           select Port(port.Key) with { HostIP = binding.HostIp, HostPort = ushort.Parse(binding.HostPort!, CultureInfo.InvariantCulture) };

    /// <summary>A time; null for the year 1, which means never.</summary>
    public static DateTimeOffset? Time(string? text)
        => DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var time) && time.Year > 1
            ? time
            : null;

    // The engine notes a start after the program has begun, whose first lines are then older, and takes the last lines of a run after its
    // end. Of a container that has ended only its last end is told, which may be noted before the start of the same run.
    private static DateTimeOffset? RunSince(StateDocument state)
        => (state.Running || state.Paused || state.Restarting)
            && Time(state.StartedAt) is { } start
            && Time(state.FinishedAt) is { } finish
            && finish < start ? start - ((start - finish) / 2) : null;

    /// <summary>A time in seconds since 1970; null for 0, which means never, and for what no calendar has.</summary>
    public static DateTimeOffset? Time(long seconds)
        => seconds is > 0 and <= LastSecond ? DateTimeOffset.FromUnixTimeSeconds(seconds) : null;

    /// <summary>An exit code. Those of a size that no process has stay what they are, failures.</summary>
    public static int ExitCode(long told) => (int)Math.Clamp(told, int.MinValue, int.MaxValue);

    public static string NameOf(string name) => name.TrimStart('/');

    public static ContainerState State(string? state) => state switch
    {
        "running" => ContainerState.Running,
        "paused" => ContainerState.Paused,
        "restarting" => ContainerState.Restarting,
        // Podman's words for a container on its way out.
        "removing" or "stopping" => ContainerState.Removing,
        "exited" or "stopped" => ContainerState.Exited,
        "dead" => ContainerState.Dead,
        _ => ContainerState.Created,
    };

    /// <summary>Podman tells the full name of an image of Docker Hub where Docker tells the short one.</summary>
    private static string ImageName(string? image)
        => image is not null
            && image.StartsWith(ImageReference.DefaultRegistry + "/", StringComparison.Ordinal)
            && ImageReference.TryParse(image, out var reference)
            ? reference.ToFamiliarString()
            : image ?? "";

    private static IEnumerable<PortMappingInfo> Unpublished(ContainerDocument document)
    {
        var published = Published(document).Select(port => $"{port.ContainerPort}/{port.Protocol}").ToHashSet(StringComparer.Ordinal);
        return (document.Config.ExposedPorts?.Keys ?? []).Concat(Ports(document).Select(port => port.Key))
            .Distinct()
            .Where(port => !published.Contains(port))
            .Order(StringComparer.Ordinal)
            .Select(Port);
    }

    private static IOrderedEnumerable<KeyValuePair<string, IReadOnlyList<HostPortDocument>?>> Ports(ContainerDocument document)
        => (document.NetworkSettings?.Ports
            ?? new Dictionary<string, IReadOnlyList<HostPortDocument>?>()).OrderBy(port => Port(port.Key).ContainerPort)
            .ThenBy(port => port.Key, StringComparer.Ordinal);

    private static PortMappingInfo Port(string key)
    {
        var slash = key.IndexOf('/', StringComparison.Ordinal);
        _ = ushort.TryParse(slash < 0 ? key : key[..slash], NumberStyles.None, CultureInfo.InvariantCulture, out var port);
        return new PortMappingInfo { ContainerPort = port, Protocol = slash < 0 ? "tcp" : key[(slash + 1)..] };
    }

    private static PortMappingInfo Port(SummaryPortDocument document) => new()
    {
        ContainerPort = document.PrivatePort,
        Protocol = document.Type ?? "tcp",
        HostIP = document.PublicPort is > 0 ? document.IP : null,
        HostPort = document.PublicPort is > 0 ? document.PublicPort : null,
    };

    private static List<NetworkAttachment> Attachments(ContainerDocument document)
        => [.. (document.NetworkSettings?.Networks
            ?? new Dictionary<string, EndpointStateDocument?>()).OrderBy(network => network.Key, StringComparer.Ordinal).Select(network => new NetworkAttachment
        {
            Network = network.Key,
            Aliases = network.Value?.DNSNames ?? network.Value?.Aliases ?? [],
            IPv4 = Parse(network.Value?.IPAddress),
            IPv6 = Parse(network.Value?.GlobalIPv6Address),
            Gateway = Parse(network.Value?.Gateway),
            MacAddress = OrNull(network.Value?.MacAddress),
        })];

    private static List<MountInfo> Mounts(ContainerDocument document)
    {
        // A tmpfs in the short notation is not among the mounts.
        var listed = (document.Mounts ?? []).Select(mount => new MountInfo
        {
            Type = mount.Type ?? "",
            Name = OrNull(mount.Name),
            Source = OrNull(mount.Source),
            Target = mount.Destination ?? "",
            ReadOnly = !mount.RW,
        }).ToList();
        listed.AddRange((document.HostConfig.Tmpfs
            ?? new Dictionary<string, string>()).Where(tmpfs => listed.All(mount => mount.Target != tmpfs.Key))
            .Select(tmpfs => new MountInfo { Type = "tmpfs", Target = tmpfs.Key, ReadOnly = tmpfs.Value.Split(',').Contains("ro") }));
        return [.. listed.OrderBy(mount => mount.Target, StringComparer.Ordinal)];
    }

    private static HealthDetail? Health(HealthStateDocument? health)
    {
        HealthStatus? status = health?.Status switch
        {
            "starting" => HealthStatus.Starting,
            "healthy" => HealthStatus.Healthy,
            "unhealthy" => HealthStatus.Unhealthy,
            _ => null,
        };
        return status is null
            ? null
            : new HealthDetail(status.Value, health!.FailingStreak, health.Log is [.., var last] ? last.Output : null);
    }

    private static HealthCheck? Check(HealthDocument? check) => check?.Test is not { Count: > 0 } test ? null : new HealthCheck
    {
        Test = test,
        Interval = Duration(check.Interval),
        Timeout = Duration(check.Timeout),
        StartPeriod = Duration(check.StartPeriod),
        StartInterval = Duration(check.StartInterval),
        Retries = check.Retries is > 0 ? check.Retries : null,
    };

    private static TimeSpan? Duration(long? nanoseconds)
        => nanoseconds is > 0 and var told ? TimeSpan.FromTicks(told / TimeSpan.NanosecondsPerTick) : null;

    private static int? ExitCode(string? state, string status)
    {
        const string Prefix = "Exited (";
        var end = status.IndexOf(')', StringComparison.Ordinal);
        return State(state) == ContainerState.Exited && status.StartsWith(Prefix, StringComparison.Ordinal) && end > 0
            && int.TryParse(
                status.AsSpan(
                    Prefix.Length, end - Prefix.Length), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var code)
            ? code
            : null;
    }

    private static Dictionary<string, string> Environment(IReadOnlyList<string>? variables)
    {
        var environment = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var variable in variables ?? [])
        {
            var equals = variable.IndexOf('=', StringComparison.Ordinal);
            environment[equals < 0 ? variable : variable[..equals]] = equals < 0 ? "" : variable[(equals + 1)..];
        }

        return environment;
    }

    private static IPAddress? Parse(string? address) => IPAddress.TryParse(address, out var parsed) ? parsed : null;

    private static string? OrNull(string? text) => string.IsNullOrEmpty(text) ? null : text;
}
