namespace ZLayer.Core.Runtimes;

/// <summary>What to wait for.</summary>
public enum WaitCondition
{
    /// <summary>The container does not run; true at once for one that has ended or was never started.</summary>
    NotRunning,
    /// <summary>The next exit, even of a container that does not run now.</summary>
    NextExit,
    /// <summary>The removal of the container.</summary>
    Removed,
}
