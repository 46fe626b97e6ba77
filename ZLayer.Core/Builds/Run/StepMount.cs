namespace ZLayer.Core.Builds.Run;

/// <summary>Something that is mounted in a step beside its root file system.</summary>
/// <param name="Target">Where, an absolute path in the step; created when missing, and removed from the step's changes again.</param>
internal abstract record StepMount(string Target);

/// <summary>Files of the build context, a stage or an image: <c>--mount=type=bind</c>.</summary>
/// <param name="Target">Where, an absolute path in the step.</param>
internal sealed record BindStepMount(string Target) : StepMount(Target)
{
    /// <summary>
    /// The directories that hold the files, the lowest first: one host directory or file, or the stacked layers of an image.
    /// A stack of several is combined as overlayfs does.
    /// </summary>
    public required IReadOnlyList<string> Sources { get; init => field = value.ToArray(); }

    /// <summary>
    /// The path below the sources that is mounted; symbolic links are followed inside them and never lead out. Empty or <c>/</c> for all.
    /// </summary>
    public string SubPath { get; init; } = "";

    /// <summary>False lets the step write; what it writes is discarded after the step and never reaches the sources.</summary>
    public bool ReadOnly { get; init; } = true;
}

/// <summary>
/// A directory that persists between builds: <c>--mount=type=cache</c>. <see cref="ICacheMounts"/> provides and locks it.
/// </summary>
/// <param name="Target">Where, an absolute path in the step.</param>
internal sealed record CacheStepMount(string Target) : StepMount(Target)
{
    /// <summary>The directory on the host, held by an <see cref="ICacheMountLease"/> until the step has ended.</summary>
    public required string Directory { get; init; }

    /// <summary>True when the step may only read.</summary>
    public bool ReadOnly { get; init; }
}

/// <summary>A secret as a file: <c>--mount=type=secret</c>. Its content lives in memory only.</summary>
/// <param name="Target">Where, an absolute path in the step.</param>
internal sealed record SecretStepMount(string Target) : StepMount(Target)
{
    /// <summary>The secret.</summary>
    public required ReadOnlyMemory<byte> Content { get; init; }

    /// <summary>The permission bits of the file.</summary>
    public int Mode { get; init; } = (int)UnixFileMode.UserRead;

    /// <summary>The owner, as the step sees it.</summary>
    public uint Uid { get; init; }

    /// <summary>The group, as the step sees it.</summary>
    public uint Gid { get; init; }

    /// <summary>Where the secret is mounted; never what it is.</summary>
    public override string ToString() => $"secret at {Target}";
}

/// <summary>The socket of an SSH agent: <c>--mount=type=ssh</c>. The step sees a socket of its own whose traffic is passed on.</summary>
/// <param name="Target">
/// Where, an absolute path in the step; <c>SSH_AUTH_SOCK</c> is set to the first one's, unless the environment has it.
/// </param>
internal sealed record SshStepMount(string Target) : StepMount(Target)
{
    /// <summary>The socket of the agent on the host.</summary>
    public required string AgentSocket { get; init; }

    /// <summary>The permission bits of the socket.</summary>
    public int Mode { get; init; } = (int)(UnixFileMode.UserRead | UnixFileMode.UserWrite);

    /// <summary>The owner, as the step sees it.</summary>
    public uint Uid { get; init; }

    /// <summary>The group, as the step sees it.</summary>
    public uint Gid { get; init; }
}

/// <summary>A file system in memory: <c>--mount=type=tmpfs</c>.</summary>
/// <param name="Target">Where, an absolute path in the step.</param>
/// <param name="Size">The most it may hold in bytes; null for no limit of its own.</param>
internal sealed record TmpfsStepMount(string Target, long? Size = null) : StepMount(Target);
