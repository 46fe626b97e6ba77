using ZLayer.Core.Runtimes.Specifications;

namespace ZLayer.Core.Runtimes;

/// <summary>What to change of a container; null leaves a setting alone.</summary>
public sealed record ContainerUpdate
{
    /// <summary>Limits.</summary>
    public ResourceLimits Limits { get; init; } = ResourceLimits.None;

    /// <summary>When the runtime starts it again.</summary>
    public RestartPolicy? RestartPolicy { get; init; }

    /// <summary>True when nothing is to change.</summary>
    public bool IsEmpty => Limits == ResourceLimits.None && RestartPolicy is null;
}
