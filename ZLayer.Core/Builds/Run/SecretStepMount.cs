namespace ZLayer.Core.Builds.Run;

/// <summary>A secret as a file: <c>--mount=type=secret</c>. Its content lives in memory only.</summary>
/// <param name="Target">Where, an absolute path in the step.</param>
public sealed record SecretStepMount(string Target) : StepMount(Target)
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
