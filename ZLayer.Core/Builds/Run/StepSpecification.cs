using System.Text.Json;
using ZLayer.Core.Runtimes;
using ZLayer.Core.Runtimes.Oci;

namespace ZLayer.Core.Builds.Run;

/// <summary>Writes the OCI runtime configuration of a step: what Docker gives a RUN.</summary>
internal sealed record StepSpecification
{
    private static readonly SpecDeviceRule DenyAll = new(false, "rwm");
    private static readonly SpecDeviceRule AllowAll = new(true, "rwm");

    public required StepRequest Request { get; init; }

    public required ContainerUser User { get; init; }

    /// <summary>The mounted root file system.</summary>
    public required string RootPath { get; init; }

    /// <summary>What is mounted beside the default mounts.</summary>
    public required IReadOnlyList<SpecMount> Mounts { get; init; }

    public required IReadOnlyList<CdiEdits> DeviceEdits { get; init; }

    /// <summary>The control group; null when none can be made.</summary>
    public required string? CgroupPath { get; init; }

    public required bool IsUnifiedCgroup { get; init; }

    public required bool IsRootless { get; init; }

    /// <summary>True when the process joins the network that its parent is in.</summary>
    public required bool SharesNetwork { get; init; }

    /// <summary>True when a new sysfs may be mounted.</summary>
    public required bool OwnsNetwork { get; init; }

    public required SeccompProfile? Seccomp { get; init; }

    public required ulong AvailableCapabilities { get; init; }

    public byte[] ToJson() => JsonSerializer.SerializeToUtf8Bytes(Create(), RuntimeSpecJson.Default.RuntimeSpec);

    private RuntimeSpec Create()
    {
        var capabilities = ContainerCapabilities.Select(Request.Insecure, AvailableCapabilities);
        return new RuntimeSpec
        {
            Process = CreateProcess(capabilities),
            Root = new SpecRoot(RootPath, false),
            Hostname = Request.Hostname,
            Mounts = [.. OrderMounts()],
            Hooks = CreateHooks(),
            Linux = CreateLinux(capabilities),
        };
    }

    // What is mounted inside of another mount may go through a link that lies there, placed by an earlier step or at this moment by another
    // one that shares a cache. The kernel's file systems come after it, so that no such mount lies over them; what belongs into them comes
    // last.
    private IEnumerable<SpecMount> OrderMounts()
    {
        var own = DefaultMounts.Create(Request.Insecure, OwnsNetwork, !IsRootless || IsUnifiedCgroup, Request.ShmSize);
        return [.. Mounts.Where(
            mount => !DefaultMounts.Hold(mount.Destination)), .. own, .. Mounts.Where(mount => DefaultMounts.Hold(mount.Destination))];
    }

    private SpecProcess CreateProcess(IReadOnlyList<string> capabilities) => new()
    {
        User = new SpecUser(User.Uid, User.Gid, SupplementaryGroups()),
        Args = Request.Arguments,
        Env = CreateEnvironment(),
        Cwd = Request.WorkingDirectory,
        Capabilities = ContainerCapabilities.For(User.Uid, capabilities),
        Rlimits = Request.Ulimits.Count == 0 ? null : [.. Request.Ulimits.Select(ToRlimit)],
    };

    private IReadOnlyList<uint>? SupplementaryGroups()
    {
        IReadOnlyList<uint> groups = [.. DeviceEdits.SelectMany(edit => edit.AdditionalGids ?? [])
            .Prepend(User.Gid)
            .Concat(User.Groups)
            .Distinct()];
        return IsSingleIdNamespace ? null : groups;
    }

    /// <summary>True when only one id is mapped: then no groups can be set.</summary>
    public bool IsSingleIdNamespace { get; init; }

    private List<string> CreateEnvironment()
    {
        var environment = new List<string>(Request.Environment);
        AddDefault(environment, "HOME", User.Home);
        if (Request.Mounts.OfType<SshStepMount>().FirstOrDefault() is { } agent)
        {
            AddDefault(environment, "SSH_AUTH_SOCK", agent.Target);
        }

        environment.AddRange(DeviceEdits.SelectMany(edit => edit.Env ?? []));
        return environment;
    }

    private static void AddDefault(List<string> environment, string name, string value)
    {
        if (!environment.Exists(pair => pair.StartsWith(name + "=", StringComparison.Ordinal)))
        {
            environment.Add($"{name}={value}");
        }
    }

    private static SpecRlimit ToRlimit(Ulimit limit)
        => new("RLIMIT_" + limit.Name.ToUpperInvariant(), ToRlimitValue(limit.Hard), ToRlimitValue(limit.Soft));

    private static ulong ToRlimitValue(long value) => value < 0 ? ulong.MaxValue : (ulong)value;

    private SpecHooks? CreateHooks()
    {
        var hooks = DeviceEdits.SelectMany(edit => edit.Hooks ?? []).ToList();
        return hooks.Count == 0 ? null : new SpecHooks
        {
            Prestart = Named("prestart"),
            CreateRuntime = Named("createRuntime"),
            CreateContainer = Named("createContainer"),
            StartContainer = Named("startContainer"),
            Poststart = Named("poststart"),
            Poststop = Named("poststop"),
        };

        IReadOnlyList<SpecHook>? Named(string name)
        {
            IReadOnlyList<SpecHook> named = [.. hooks.Where(hook => hook.HookName == name)
                .Select(hook => new SpecHook(hook.Path, hook.Args, hook.Env, hook.Timeout))];
            return named.Count == 0 ? null : named;
        }
    }

    private SpecLinux CreateLinux(IReadOnlyList<string> capabilities) => new()
    {
        Namespaces = [.. Namespaces()],
        Devices = DeviceNodes() is { Count: > 0 } nodes ? nodes : null,
        CgroupsPath = CgroupPath,
        Resources = CgroupPath is null ? null : CreateResources(),
        Seccomp = Request.Insecure ? null : Seccomp?.ToSpec(capabilities),
        MaskedPaths = Request.Insecure ? null : DefaultMounts.MaskedPaths,
        ReadonlyPaths = Request.Insecure ? null : DefaultMounts.ReadonlyPaths,
    };

    private IEnumerable<SpecNamespace> Namespaces()
    {
        yield return new SpecNamespace("pid");
        yield return new SpecNamespace("ipc");
        yield return new SpecNamespace("uts");
        yield return new SpecNamespace("mount");
        if (IsUnifiedCgroup)
        {
            yield return new SpecNamespace("cgroup");
        }

        if (!SharesNetwork)
        {
            yield return new SpecNamespace("network");
        }
    }

    private List<SpecDevice> DeviceNodes()
        => [.. DeviceEdits.SelectMany(edit => edit.DeviceNodes ?? []).Select(CdiNodes.ToDevice)];

    private SpecResources CreateResources()
    {
        var limits = Request.Limits;
        return new SpecResources
        {
            Devices = Request.Insecure
                ? [AllowAll]
                : [DenyAll, .. DeviceEdits.SelectMany(edit => edit.DeviceNodes ?? []).Select(CdiNodes.ToRule)],
            Memory = limits.Memory is null && limits.MemorySwap is null ? null : new SpecMemory(limits.Memory, limits.MemorySwap),
            Cpu = limits is { CpuShares: null, CpuPeriod: null, CpuQuota: null, CpusetCpus: null, CpusetMems: null } ? null : new SpecCpu
            {
                Shares = limits.CpuShares,
                Period = limits.CpuPeriod,
                Quota = limits.CpuQuota,
                Cpus = limits.CpusetCpus,
                Mems = limits.CpusetMems,
            },
            Pids = limits.Pids is { } pids ? new SpecPids(pids) : null,
        };
    }
}
