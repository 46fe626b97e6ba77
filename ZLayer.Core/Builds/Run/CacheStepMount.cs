namespace ZLayer.Core.Builds.Run;

/// <summary>
/// A directory that persists between builds: <c>--mount=type=cache</c>. <see cref="ICacheMounts"/> provides and locks it.
/// </summary>
/// <param name="Target">Where, an absolute path in the step.</param>
public sealed record CacheStepMount(string Target) : StepMount(Target)
{
    /// <summary>The directory on the host, held by an <see cref="ICacheMountLease"/> until the step has ended.</summary>
    public required string Directory { get; init; }

    /// <summary>True when the step may only read.</summary>
    public bool ReadOnly { get; init; }
}
