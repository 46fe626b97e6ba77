namespace ZLayer.Core.Runtimes.Specifications;

/// <summary>When the runtime starts a container again.</summary>
public sealed partial record RestartPolicy
{
    /// <summary>When.</summary>
    public required RestartCondition Condition { get; init; }

    /// <summary>At most so often; null has no limit. <see cref="RestartCondition.OnFailure"/> only.</summary>
    public int? MaximumRetryCount { get; init; }
}
