namespace ZLayer.Core.Runtimes.Specifications;

/// <summary>What is mounted.</summary>
public enum MountKind
{
    /// <summary>A file or directory of the host.</summary>
    Bind,
    /// <summary>A volume of the runtime; without a name, one that goes with the container.</summary>
    Volume,
    /// <summary>Memory.</summary>
    Tmpfs,
    /// <summary>A named pipe of Windows.</summary>
    NamedPipe,
    /// <summary>The files of an image, read-only.</summary>
    Image,
    /// <summary>A bucket of an S3 store.</summary>
    S3,
}
