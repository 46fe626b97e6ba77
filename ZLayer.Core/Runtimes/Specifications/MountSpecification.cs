namespace ZLayer.Core.Runtimes.Specifications;

/// <summary>Something to mount into a container.</summary>
public sealed partial record MountSpecification
{
    /// <summary>What is mounted.</summary>
    public required MountKind Kind { get; init; }

    /// <summary>
    /// The path on the host, the volume's name, the image, or the bucket; null for a tmpfs and for a volume without a name.
    /// </summary>
    public string? Source { get; init; }

    /// <summary>The absolute path in the container.</summary>
    public required string Target { get; init; }

    /// <summary>May only be read.</summary>
    public bool ReadOnly { get; init; }

    /// <summary>How mounts below propagate: <c>rprivate</c>, <c>rshared</c>, <c>rslave</c>, …; bind only.</summary>
    public string? Propagation { get; init; }

    /// <summary>
    /// What happens to mounts below the source: <c>disabled</c> leaves them out, <c>writable</c> leaves them writable below a read-only
    /// mount, <c>readonly</c> insists that they become read-only too; null is as the runtime does it. Bind only.
    /// </summary>
    public string? Recursion { get; init; }

    /// <summary>How SELinux labels it: <c>z</c> shared, <c>Z</c> private; bind and volume only.</summary>
    public char? SelinuxLabel { get; init; }

    /// <summary>Makes the directory on the host when it is missing, as <c>docker run -v</c> does; bind only.</summary>
    public bool CreateSource { get; init; }

    /// <summary>Leaves a new volume empty instead of filling it from the image; volume only.</summary>
    public bool NoCopy { get; init; }

    /// <summary>A directory of the volume or image to mount instead of its root; volume and image only.</summary>
    public string? Subpath { get; init; }

    /// <summary>The volume driver with its options; volume only.</summary>
    public string? Driver { get; init; }

    /// <summary>Options of the driver; volume only.</summary>
    public IReadOnlyDictionary<string, string> DriverOptions { get; init; } = new Dictionary<string, string>();

    /// <summary>Labels of a new volume; volume only.</summary>
    public IReadOnlyDictionary<string, string> Labels { get; init; } = new Dictionary<string, string>();

    /// <summary>The size in bytes; tmpfs only.</summary>
    public long? Size { get; init; }

    /// <summary>The permissions of its root, such as 0x1FF for 0777; tmpfs only.</summary>
    public int? Mode { get; init; }

    /// <summary>Options as mount(8) takes them, such as <c>noexec</c>; tmpfs only.</summary>
    public IReadOnlyList<string> Options { get; init => field = value.ToArray(); } = [];
}

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
