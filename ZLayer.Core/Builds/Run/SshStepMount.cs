namespace ZLayer.Core.Builds.Run;

/// <summary>The socket of an SSH agent: <c>--mount=type=ssh</c>. The step sees a socket of its own whose traffic is passed on.</summary>
/// <param name="Target">
/// Where, an absolute path in the step; <c>SSH_AUTH_SOCK</c> is set to the first one's, unless the environment has it.
/// </param>
public sealed record SshStepMount(string Target) : StepMount(Target)
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
