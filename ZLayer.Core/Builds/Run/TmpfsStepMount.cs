namespace ZLayer.Core.Builds.Run;

/// <summary>A file system in memory: <c>--mount=type=tmpfs</c>.</summary>
/// <param name="Target">Where, an absolute path in the step.</param>
/// <param name="Size">The most it may hold in bytes; null for no limit of its own.</param>
public sealed record TmpfsStepMount(string Target, long? Size = null) : StepMount(Target);
