using ZLayer.Core.Oci;
using ZLayer.Core.Runtimes;

namespace ZLayer.Core.Builds.Run;

/// <summary>One RUN step, with every variable expanded and every image resolved.</summary>
internal sealed record StepRequest
{
    /// <summary>
    /// The layers of the root file system, the base first; empty for <c>FROM scratch</c>. Directories as overlayfs has them: removed files
    /// are character devices 0/0, opaque directories carry <c>trusted.overlay.opaque</c> (<c>user.overlay.opaque</c> rootless). At most
    /// 499.
    /// </summary>
    public required IReadOnlyList<string> LowerDirectories { get; init => field = value.ToArray(); }

    /// <summary>
    /// A file that names the layers in use: a process that locks it keeps them from being removed; null where nobody removes them.
    /// </summary>
    public string? LayersInUse { get; init; }

    /// <summary>An empty directory on the store's file system that this step owns: its changes and its scratch space go there.</summary>
    public required string WorkDirectory { get; init; }

    /// <summary>The program and its arguments, at least one.</summary>
    public required IReadOnlyList<string> Arguments { get; init => field = value.ToArray(); }

    /// <summary>The whole environment, <c>KEY=VALUE</c>. Values may be secrets: they never reach a disk or a command line.</summary>
    public IReadOnlyList<string> Environment { get; init => field = value.ToArray(); } = [];

    /// <summary>The working directory, absolute; created when missing, as Docker does.</summary>
    public string WorkingDirectory { get; init; } = "/";

    /// <summary>
    /// The user, <c>name|uid[:group|gid]</c>, looked up in the image's own <c>/etc/passwd</c> and <c>/etc/group</c>; empty for root.
    /// </summary>
    public string User { get; init; } = "";

    /// <summary>What is mounted beside the root file system; deeper targets are mounted later.</summary>
    public IReadOnlyList<StepMount> Mounts { get; init => field = value.ToArray(); } = [];

    /// <summary>Which network the step sees.</summary>
    public StepNetwork Network { get; init; }

    /// <summary>True for <c>--security=insecure</c>: all capabilities, no masked paths, no seccomp, all devices.</summary>
    public bool Insecure { get; init; }

    /// <summary>CDI devices by qualified name, such as <c>nvidia.com/gpu=all</c>.</summary>
    public IReadOnlyList<string> Devices { get; init => field = value.ToArray(); } = [];

    /// <summary>The host name inside the step.</summary>
    public string Hostname { get; init; } = "buildkitsandbox";

    /// <summary>More lines for <c>/etc/hosts</c>.</summary>
    public IReadOnlyList<(string Host, string Address)> ExtraHosts { get; init => field = value.ToArray(); } = [];

    /// <summary>The size of <c>/dev/shm</c> in bytes; null for 64 MiB.</summary>
    public long? ShmSize { get; init; }

    /// <summary>Resource limits of the process; none are changed when empty.</summary>
    public IReadOnlyList<Ulimit> Ulimits { get; init => field = value.ToArray(); } = [];

    /// <summary>The cgroup below which the step's own is made; null for <c>/zlayer</c>.</summary>
    public string? CgroupParent { get; init; }

    /// <summary>Limits of memory and CPU.</summary>
    public ResourceLimits Limits { get; init; } = ResourceLimits.None;

    /// <summary>The platform of the image.</summary>
    public Platform Platform { get; init; } = Platform.Host;

    /// <summary>What the process reads from its standard input; null for an empty input.</summary>
    public ReadOnlyMemory<byte>? StandardInput { get; init; }
}

/// <summary>Which network a step sees.</summary>
internal enum StepNetwork
{
    /// <summary>A network of its own with a way out: a bridge as root, user-mode networking otherwise.</summary>
    Default = 0,
    /// <summary>A loopback interface only.</summary>
    None,
    /// <summary>The network of the machine.</summary>
    Host,
}
