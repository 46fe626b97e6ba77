namespace ZLayer.Core.Builds.Run;

/// <summary>Something that is mounted in a step beside its root file system.</summary>
/// <param name="Target">Where, an absolute path in the step; created when missing, and removed from the step's changes again.</param>
public abstract record StepMount(string Target);
