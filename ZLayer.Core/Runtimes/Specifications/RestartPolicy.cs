namespace ZLayer.Core.Runtimes.Specifications;

/// <summary>When the runtime starts a container again.</summary>
public sealed partial record RestartPolicy
{
    /// <summary>When.</summary>
    public required RestartCondition Condition { get; init; }

    /// <summary>At most so often; null has no limit. <see cref="RestartCondition.OnFailure"/> only.</summary>
    public int? MaximumRetryCount { get; init; }
}

/// <summary>When the runtime starts a container again.</summary>
public enum RestartCondition
{
    /// <summary>Never.</summary>
    No,
    /// <summary>Whenever it ends, and when the runtime starts.</summary>
    Always,
    /// <summary>As always, but not after it was stopped on purpose.</summary>
    UnlessStopped,
    /// <summary>When it ends with an exit code other than 0.</summary>
    OnFailure,
}
