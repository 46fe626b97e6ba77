using System.CommandLine;
using ZLayer.Cli.Arguments;
using ZLayer.Core.Runtimes;
using ZLayer.Core.Runtimes.Specifications;

namespace ZLayer.Cli.Commands.Containers.Creation;

/// <summary>What a container may do and see of the host.</summary>
internal sealed class IsolationOptions : OptionGroup
{
    private readonly Option<bool> _privileged = OptionOf.Flag("--privileged", "All capabilities and devices of the host");
    private readonly Option<string[]> _addCapabilities = OptionOf.List("--cap-add", "NAME", "A capability on top of the usual ones");
    private readonly Option<string[]> _dropCapabilities = OptionOf.List("--cap-drop", "NAME", "A capability to take away");
    private readonly Option<string[]> _security
        = OptionOf.List("--security-opt", "OPTION", "An option of AppArmor, SELinux or seccomp, or no-new-privileges");
    private readonly Option<string[]> _devices = OptionOf.List("--device", "HOST[:CONTAINER[:rwm]]", "A device");
    private readonly Option<string[]> _deviceRules
        = OptionOf.List("--device-cgroup-rule", "RULE", "A rule for devices, such as 'c 1:3 rwm'");
    private readonly Option<string?> _gpus = OptionOf.Text("--gpus", "REQUEST", "GPUs: all, a number, or device=0,1");
    private readonly Option<string[]> _ulimits = OptionOf.List("--ulimit", "NAME=SOFT[:HARD]", "A limit of its processes");
    private readonly Option<string[]> _sysctls = OptionOf.List("--sysctl", "NAME=VALUE", "A kernel parameter of its namespaces");
    private readonly Option<string?> _users = OptionOf.Text("--userns", "MODE", "The user namespace: host");
    private readonly Option<string?> _processes = OptionOf.Text("--pid", "MODE", "The process namespace: host, container:NAME");
    private readonly Option<string?> _ipc
        = OptionOf.Text("--ipc", "MODE", "The IPC namespace: host, shareable, private, none, container:NAME");
    private readonly Option<string?> _uts = OptionOf.Text("--uts", "MODE", "The namespace of the host name: host");
    private readonly Option<string?> _cgroupns = OptionOf.Text("--cgroupns", "MODE", "The cgroup namespace: host, private");
    private readonly Option<string?> _cgroupParent = OptionOf.Text("--cgroup-parent", "CGROUP", "The cgroup above its own");
    private readonly Option<string?> _ociRuntime
        = OptionOf.Text("--oci-runtime", "NAME", "The OCI runtime, by the name the engine knows it by (docker's --runtime)");
    private readonly Option<string?> _isolation = OptionOf.Text("--isolation", "MODE", "How Windows isolates it: process, hyperv");

    public override IEnumerable<Option> All =>
    [
        _privileged, _addCapabilities, _dropCapabilities, _security, _devices, _deviceRules, _gpus, _ulimits, _sysctls, _users, _processes, _ipc, _uts,
        _cgroupns, _cgroupParent, _ociRuntime, _isolation,
    ];

    public async Task<ContainerSpecification> ApplyAsync(
        ParseResult parsed, ContainerSpecification specification, CancellationToken cancellationToken)
    {
        var security = new List<string>();
        foreach (var option in parsed.All(_security))
        {
            security.Add(await SecurityOption.ReadAsync(option, Environment.CurrentDirectory, cancellationToken));
        }

        return specification with
        {
            Privileged = parsed.GetValue(_privileged),
            AddCapabilities = parsed.All(_addCapabilities),
            DropCapabilities = parsed.All(_dropCapabilities),
            SecurityOptions = security,
            Devices = parsed.ReadAll(_devices, DeviceMapping.Parse),
            DeviceCgroupRules = parsed.All(_deviceRules),
            Gpu = parsed.Read(_gpus, GpuRequest.Parse),
            Ulimits = parsed.ReadAll(_ulimits, Ulimit.Parse),
            Sysctls = KeyValues.Parse("--sysctl", parsed.All(_sysctls)),
            UserNamespace = parsed.GetValue(_users),
            PidNamespace = parsed.GetValue(_processes),
            IpcNamespace = parsed.GetValue(_ipc),
            UtsNamespace = parsed.GetValue(_uts),
            CgroupNamespace = parsed.GetValue(_cgroupns),
            CgroupParent = parsed.GetValue(_cgroupParent),
            OciRuntime = parsed.GetValue(_ociRuntime),
            Isolation = parsed.ReadValue(_isolation, IsolationName.Parse) ?? ContainerIsolation.Auto,
        };
    }
}
