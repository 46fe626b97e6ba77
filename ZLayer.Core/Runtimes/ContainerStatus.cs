namespace ZLayer.Core.Runtimes;

/// <summary>Where a container is in its life.</summary>
/// <param name="Phase">The phase.</param>
/// <param name="ExitCode">The exit code; only for <see cref="ContainerPhase.Exited"/>.</param>
/// <param name="Reason">Why it failed; only for <see cref="ContainerPhase.Failed"/>.</param>
public sealed record ContainerStatus(ContainerPhase Phase, int? ExitCode = null, string? Reason = null)
{
    /// <summary>The phase in lower case.</summary>
    public override string ToString() => Phase.ToString().ToLowerInvariant();
}
