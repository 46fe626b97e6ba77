namespace ZLayer.Core.Runtimes;

/// <summary>How a container ended.</summary>
public enum WaitReason
{
    /// <summary>Its process exited by itself.</summary>
    Exited,
    /// <summary>A signal killed its process.</summary>
    Signal,
    /// <summary>The kernel killed it for its memory.</summary>
    OomKilled,
    /// <summary>The runtime could not run it.</summary>
    RuntimeError,
}
