namespace ZLayer.Core.Dockerfiles;

/// <summary>What a <c>RUN --mount</c> mounts.</summary>
public enum RunMountKind
{
    /// <summary>Files of the context, a stage or an image.</summary>
    Bind = 0,
    /// <summary>A directory that persists between builds.</summary>
    Cache,
    /// <summary>A file system in memory.</summary>
    Tmpfs,
    /// <summary>A secret as a file or environment variable.</summary>
    Secret,
    /// <summary>The socket of an SSH agent.</summary>
    Ssh,
}
