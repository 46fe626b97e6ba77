using System.Net;
using ZLayer.Core.Runtimes.Observation;
using ZLayer.Core.Runtimes.Specifications;

namespace ZLayer.Core.Runtimes;

/// <summary>Everything about a container.</summary>
public sealed record ContainerDetail : ContainerInfo
{
    /// <summary>The process id on the host; null when it does not run or has no process of its own.</summary>
    public int? Pid { get; init; }

    /// <summary>The address, that of the default network first; null when it has none.</summary>
    public IPAddress? IPAddress { get; init; }

    /// <summary>How it is connected, one for each network.</summary>
    public IReadOnlyList<NetworkAttachment> NetworkAttachments { get; init => field = value.ToArray(); } = [];

    /// <summary>The health check's state; null without a check.</summary>
    public HealthDetail? HealthDetail { get; init; }

    /// <summary>Whether the kernel killed it for its memory.</summary>
    public bool OomKilled { get; init; }

    /// <summary>Why the runtime could not start it; null when there is nothing to say.</summary>
    public string? Error { get; init; }

    /// <summary>How often the restart policy started it again.</summary>
    public int RestartCount { get; init; }

    /// <summary>
    /// What the command begins with, of the container or else of its image; null without one. <see cref="ContainerInfo.Command"/> is the
    /// whole.
    /// </summary>
    public IReadOnlyList<string>? EntryPoint { get; init => field = value?.ToArray(); }

    /// <summary>The limits of its cgroup.</summary>
    public ResourceLimits Limits { get; init; } = ResourceLimits.None;

    /// <summary>When the runtime starts it again.</summary>
    public RestartPolicy RestartPolicy { get; init; } = new() { Condition = RestartCondition.No };

    /// <summary>How it is connected: <c>bridge</c>, <c>host</c>, <c>none</c>, <c>container:ID</c>, or the name of a network.</summary>
    public string? NetworkMode { get; init; }

    /// <summary>How its health is checked, by the container's own check or else that of its image; null without a check.</summary>
    public HealthCheck? HealthCheck { get; init; }

    /// <summary>What is mounted into it.</summary>
    public IReadOnlyList<MountInfo> Mounts { get; init => field = value.ToArray(); } = [];

    /// <summary>The environment of its process. It may hold secrets: every user of the runtime can read them.</summary>
    public IReadOnlyDictionary<string, string> Environment { get; init; } = new Dictionary<string, string>();

    /// <summary>The working directory.</summary>
    public string? WorkingDirectory { get; init; }

    /// <summary>The user of its process.</summary>
    public string? User { get; init; }

    /// <summary>The host name.</summary>
    public string? Hostname { get; init; }

    /// <summary>Whether it has a terminal.</summary>
    public bool Tty { get; init; }

    /// <summary>Whether its input is kept open.</summary>
    public bool OpenStdin { get; init; }

    /// <summary>Whether it is removed when it ends.</summary>
    public bool AutoRemove { get; init; }

    /// <summary>The platform: <c>linux</c>, <c>windows</c>.</summary>
    public string? Os { get; init; }

    /// <summary>
    /// A time that lies between the lines of the log from earlier runs and those since the last start; null when there was no earlier run, or
    /// it is not told: see <see cref="Operations.ContainerReadiness"/>.
    /// </summary>
    internal DateTimeOffset? RunSince { get; init; }

    /// <summary>The runtime's whole answer, as it came: JSON.</summary>
    public string Raw { get; init; } = "";
}
