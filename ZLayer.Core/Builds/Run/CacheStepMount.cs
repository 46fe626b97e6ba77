namespace ZLayer.Core.Builds.Run;

/// <summary>A directory that persists between builds: <c>--mount=type=cache</c>. <see cref="ICacheMounts"/> provides and locks it.</summary>
/// <param name="Target">Where, an absolute path in the step.</param>
public sealed record CacheStepMount(string Target) : StepMount(Target)
{
    /// <summary>The directory on the host, held by an <see cref="ICacheMountLease"/> until the step has ended.</summary>
    public required string Directory { get; init; }

    /// <summary>True when the step may only read.</summary>
    public bool ReadOnly { get; init; }

    /// <summary>True right after the directory was made: mode and owner are applied then, and only then.</summary>
    public bool IsNew { get; init; }

    /// <summary>The permission bits of a new directory.</summary>
    public int Mode { get; init; } = (int)(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute | UnixFileMode.GroupRead | UnixFileMode.GroupExecute | UnixFileMode.OtherRead | UnixFileMode.OtherExecute);

    /// <summary>The owner of a new directory, as the step sees it.</summary>
    public uint Uid { get; init; }

    /// <summary>The group of a new directory, as the step sees it.</summary>
    public uint Gid { get; init; }
}
