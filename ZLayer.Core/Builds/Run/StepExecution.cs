using ZLayer.Core.Errors;
using ZLayer.Core.Runtimes;
using ZLayer.Core.Runtimes.Oci;

namespace ZLayer.Core.Builds.Run;

/// <summary>One attempt to run a step with one OCI runtime.</summary>
internal sealed class StepExecution
{
    // Found by util-linux from 2.39 on: its newer way of mounting allows options of 256 bytes only, the older one a page.
    private static readonly KeyValuePair<string, string?>[] Environment =
    [
        new("PATH", "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"),
        new("LC_ALL", "C"),
        new("LIBMOUNT_FORCE_MOUNT2", "always"),
    ];

    private readonly StepRequest _request;
    private readonly StepSession _session;
    private readonly StepMachine _machine;
    private readonly OciRuntime _runtime;
    private readonly StepDirectory _directory;
    private readonly SetupScript _script = new();
    private readonly MountPoints _points;
    private readonly StackedRoot _root;
    private readonly string _id;
    private IReadOnlyList<CdiEdits> _deviceEdits = [];
    private RootlessNamespace? _rootless;
    private ContainerNetwork? _network;

    public StepExecution(StepRequest request, StepSession session, StepMachine machine, OciRuntime runtime)
    {
        _request = request;
        _session = session;
        _machine = machine;
        _runtime = runtime;
        _directory = new StepDirectory(Path.GetFullPath(request.WorkDirectory));
        _root = new StackedRoot(request.LowerDirectories, session.IsRootless);
        _points = new MountPoints(_root, _directory.Stubs);
        _id = machine.NextStepId();
    }

    private bool HasOwnNetwork => _network?.NamespacePath is not null;

    private bool UsesHostNetwork => _request.Network == StepNetwork.Host || _network is { IsHost: true };

    // crun works on a machine with both versions of control groups when it sees only one and makes none, which is enough for a step that
    // limits nothing: such steps share a group that keeps them off the machine's devices.
    private bool HidesHybridCgroups => _runtime.RefusesHybridCgroups
        && _machine.Cgroups.HybridUnified is not null
        && !NeedsCgroups(_request)
        && (_session.IsRootless || _machine.DeviceGroup is not null);

    private string? CgroupPath => _machine.Cgroups.IsWritable && !_machine.RefusesCgroups && !_session.IsRootless && !HidesHybridCgroups
        ? $"{(_request.CgroupParent ?? StepMachine.CgroupParent).TrimEnd('/')}/{_id}"
        : null;

    // Without a control group nothing but its capabilities and mounts keeps a step off the machine's disks.
    private bool LacksDeviceRules => CgroupPath is null && !HidesHybridCgroups && !_session.IsRootless && !_request.Insecure;

    /// <summary>True when a step needs a control group of its own: for limits, or for devices that other steps may not use.</summary>
    public static bool NeedsCgroups(StepRequest request)
        => request.Insecure || request.CgroupParent is not null || request.Devices.Count > 0 || request.Limits != ResourceLimits.None;

    /// <summary>Runs the step.</summary>
    /// <returns>The outcome; or null and the reason when this runtime could not set the container up.</returns>
    public async Task<(StepOutcome? Outcome, string? RuntimeError)> RunAsync(HeldOutput output, CancellationToken cancellationToken)
    {
        _rootless = await _session.GetRootlessAsync(cancellationToken).ConfigureAwait(false);
        _network = _request.Network == StepNetwork.Default ? await _session.GetNetworkAsync(cancellationToken).ConfigureAwait(false) : null;
        var relays = new List<AgentRelay>();
        var succeeded = false;
        try
        {
            PrepareFiles(relays);
            var process = new StepProcess(Command(), _directory.Root, Environment, _script.Input, output.Add);
            var exitCode = await process.RunAsync(cancellationToken).ConfigureAwait(false);
            var result = Judge(exitCode, output);
            succeeded = result.Outcome is not null;
            return result;
        }
        finally
        {
            foreach (var relay in relays)
            {
                await relay.DisposeAsync().ConfigureAwait(false);
            }

            await CleanAsync(keepUpper: succeeded).ConfigureAwait(false);
        }
    }

    private void PrepareFiles(List<AgentRelay> relays)
    {
        try
        {
            _directory.Create();
            Prepare(relays);
        }
        catch (Exception e) when (SystemErrors.IsSystemError(e))
        {
            throw SystemErrors.ToException("Cannot prepare the step", _request.WorkDirectory, e, isWrite: true);
        }
    }

    // What the script does, in order: files in memory, mounts, the working directory, the runtime.
    private void Prepare(List<AgentRelay> relays)
    {
        _script.Line("umask 022");
        _script.Line("exec 3>&2 2>setup.log");
        _script.Line("set -e");
        HoldLayers();
        HideHybridCgroups();
        _script.Run("mount", "-t", "tmpfs", "-o", "mode=0700", "tmpfs", _directory.Bundle);
        var user = ContainerUser.Resolve(_root, _request.User);
        RequireMapped(user);
        _deviceEdits = _machine.Devices.Resolve(_request.Devices);
        var mounts = AddMounts(relays);
        MountRoot(mounts);
        CreateWorkingDirectory(user);
        _script.WriteFile($"{_directory.Bundle}/config.json", Specify(user, mounts.Mounts).ToJson());
        _script.Line(": > " + SetupScript.Quote(_directory.Started));
        _script.Line("exec 2>&3 3>&-");
        _script.Run(
            ["exec", .. _runtime.RunArguments(
                $"{_directory.Bundle}/state", _directory.RuntimeLog, _directory.Bundle, _id, CgroupPath is not null)]);
        if (_request.StandardInput is { } input)
        {
            _script.PassInput(input);
        }
    }

    // The runtime, which the script becomes, keeps the descriptor: the layers stay as long as it lives, also when this process dies before
    // it.
    private void HoldLayers()
    {
        if (_request.LayersInUse is { } path)
        {
            _script.Line($"if command -v flock > /dev/null; then exec 9< {SetupScript.Quote(path)}; flock -s 9 || :; fi");
        }
    }

    private void HideHybridCgroups()
    {
        if (!HidesHybridCgroups)
        {
            return;
        }

        if (!_session.IsRootless)
        {
            _script.Line("echo 0 > " + SetupScript.Quote(_machine.DeviceGroup!.ProcessesFile));
        }

        _script.Run("mount", "--bind", _machine.Cgroups.HybridUnified!, CgroupLayout.Mountpoint);
    }

    private StepMountPlan AddMounts(List<AgentRelay> relays)
    {
        var plan = new StepMountPlan(_directory, _points, _script, _session.IsRootless) { NoDevices = LacksDeviceRules };
        foreach (var target in DefaultMounts.Targets)
        {
            _points.AddOwn(target);
        }

        AddNetworkFiles(plan);
        foreach (var mount in _request.Mounts.OrderBy(mount => mount.Target.Count(c => c == '/')))
        {
            if (!_request.Insecure)
            {
                _points.RefuseOwn(mount.Target);
            }

            if (mount is SshStepMount ssh)
            {
                relays.Add(AgentRelay.Start(_directory.AgentSocket(plan.Count + 1), ssh.AgentSocket));
            }

            plan.Add(mount);
        }

        foreach (var mount in _deviceEdits.SelectMany(edit => edit.Mounts ?? []))
        {
            plan.AddDevice(mount);
        }

        return plan;
    }

    private void AddNetworkFiles(StepMountPlan plan)
    {
        var fallback = _network?.Nameservers is { Count: > 0 } own ? own : _session.Options.FallbackNameservers;
        File.WriteAllText(_directory.ResolvConf, ResolverConfiguration.Read(UsesHostNetwork, fallback));
        File.WriteAllText(_directory.Hosts, HostsFile.Create(_request.Hostname, _request.ExtraHosts));
        plan.AddFile("/etc/resolv.conf", _directory.ResolvConf);
        plan.AddFile("/etc/hosts", _directory.Hosts);
    }

    private void MountRoot(StepMountPlan plan)
    {
        // overlayfs wants a lower layer even where the image has none.
        IReadOnlyList<string> layers = _points.HasStubs || _request.LowerDirectories.Count == 0
            ? [_directory.Stubs, .. _request.LowerDirectories]
            : _request.LowerDirectories;
        plan.MountOverlay(layers, _directory.Lower, (_directory.Upper, _directory.Work), _directory.Merged);
        _script.Run("cd", _directory.Root);
    }

    // As Docker: the user owns what is made.
    private void CreateWorkingDirectory(ContainerUser user)
    {
        var path = _root.Resolve(_request.WorkingDirectory);
        RefuseProcess(path.Path);
        if (path.Exists || _points.Covers(path.Path))
        {
            return;
        }

        for (var count = path.ExistingCount + 1; count <= path.Entries.Count; count++)
        {
            var made = $"{_directory.Merged}/{path.Prefix(count)}";
            if (File.Exists($"{_directory.Stubs}/{path.Prefix(count)}") || Directory.Exists($"{_directory.Stubs}/{path.Prefix(count)}"))
            {
                continue;
            }

            // Nothing of the image is a link on this way; were one, this would leave the root.
            _script.Line($"[ ! -L {SetupScript.Quote(Path.GetDirectoryName(made)!)} ]");
            _script.Run("mkdir", "-m", "0755", made);
            if (user.Uid != 0 || user.Gid != 0)
            {
                _script.Run("chown", $"{user.Uid}:{user.Gid}", made);
            }
        }
    }

    // A runtime that leaves a descriptor of the machine open would start the process outside of its root (/proc/self/fd).
    private void RefuseProcess(string workingDirectory)
    {
        if (workingDirectory.StartsWith("/proc/", StringComparison.Ordinal))
        {
            throw new ZLayerException(
                ZLayerErrorKind.BuildStepInvalid, $"Cannot run the step: its working directory {workingDirectory} is in /proc.")
            {
                Subject = _request.WorkingDirectory,
                Advice = "Set another one with WORKDIR.",
            };
        }
    }

    private StepSpecification Specify(ContainerUser user, IReadOnlyList<SpecMount> mounts) => new()
    {
        Request = _request,
        User = user,
        RootPath = _directory.Merged,
        Mounts = mounts,
        DeviceEdits = _deviceEdits,
        CgroupPath = CgroupPath,
        IsUnifiedCgroup = _machine.Cgroups.IsUnified || HidesHybridCgroups,
        IsRootless = _session.IsRootless,
        SharesNetwork = UsesHostNetwork || HasOwnNetwork,
        OwnsNetwork = !_session.IsRootless || !UsesHostNetwork,
        Seccomp = _machine.Seccomp,
        AvailableCapabilities = (_rootless is { IsCurrent: false } ? ulong.MaxValue : _machine.Capabilities)
            & ~(LacksDeviceRules ? ContainerCapabilities.MakeNodes : 0),
        IsSingleIdNamespace = _rootless is { MappedIds: 1 },
    };

    private void RequireMapped(ContainerUser user)
    {
        if (_rootless is { } rootless && (user.Uid >= rootless.MappedIds || user.Gid >= rootless.MappedIds))
        {
            throw new ZLayerException(
                ZLayerErrorKind.OperationNotSupported,
                $"Cannot run as user {user.Uid}:{user.Gid}: the user namespace has {rootless.MappedIds} id(s){(rootless.Limitation is { } reason ? $", because {reason}" : "")}.")
            {
                Subject = _request.User,
                Advice = "Install uidmap and give your user a range of at least 65536 ids in /etc/subuid and /etc/subgid.",
            };
        }
    }

    private List<string> Command()
    {
        List<string> command = [];
        var user = _rootless?.NamespacePath;
        if (user is not null || HasOwnNetwork)
        {
            command.Add(_session.Programs.Require("nsenter", "run a step", "util-linux"));
            if (user is not null)
            {
                command.Add($"--user={user}");
            }

            if (HasOwnNetwork)
            {
                command.Add($"--net={_network!.NamespacePath}");
            }
        }

        command.AddRange([_session.Programs.Require("setpriv", "run a step", "util-linux"), "--pdeathsig", "KILL"]);
        command.AddRange([_session.Programs.Require("unshare", "run a step", "util-linux"), "--mount", "--propagation", "private"]);
        command.AddRange(["--pid", "--fork", "--kill-child", "--mount-proc", "/bin/sh", "-c", _script.Text]);
        return command;
    }

    private (StepOutcome? Outcome, string? RuntimeError) Judge(int exitCode, HeldOutput output)
    {
        if (!File.Exists(_directory.Started))
        {
            throw SetupFailed(output);
        }

        if (RuntimeLog.ReadError(_directory.RuntimeLog) is { } error)
        {
            if (RuntimeLog.ExitCodeOf(error) is not { } code)
            {
                return (null, error);
            }

            exitCode = code;
            var program = _request.Arguments[0];
            if (!output.LastError.Contains(program, StringComparison.Ordinal))
            {
                output.Add(new StepOutput($"{program}: {error}", IsError: true));
            }
        }

        _points.RemoveTraces(_directory.Upper);
        return (new StepOutcome
        {
            ExitCode = exitCode,
            Signal = exitCode is > 128 and <= 192 ? exitCode - 128 : null,
            UpperDirectory = _directory.Upper,
        }, null);
    }

    private ZLayerException SetupFailed(HeldOutput output)
    {
        var log = File.Exists(_directory.SetupLog) ? File.ReadAllText(_directory.SetupLog).Trim() : "";
        var reason = log.Length > 0 ? log : output.LastError.Length > 0 ? output.LastError : "the setup ended without a message";
        output.Discard();
        return new ZLayerException(ZLayerErrorKind.OperationNotSupported, $"Cannot set up the file systems of the step: {reason}")
        {
            Subject = _request.WorkDirectory,
            Advice = "The kernel must allow overlayfs on the data root's file system (ext4, xfs, btrfs or tmpfs; not another overlay) and new mount namespaces.",
        };
    }

    private async Task CleanAsync(bool keepUpper)
    {
        if (CgroupPath is { } cgroup)
        {
            _machine.Cgroups.Remove(cgroup);
        }

        if (_rootless is not null)
        {
            // Files of other owners can only be removed by the namespace's root.
            string[] doomed = [.. Directory.EnumerateFileSystemEntries(_directory.Root)
                .Where(path => !keepUpper || path != _directory.Upper)];
            if (doomed.Length > 0)
            {
                await _rootless.RunAsync(["rm", "-rf", "--", .. doomed], null, null, CancellationToken.None).ConfigureAwait(false);
            }

            return;
        }

        _directory.Clear(keepUpper);
    }
}
