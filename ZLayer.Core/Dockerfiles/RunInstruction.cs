namespace ZLayer.Core.Dockerfiles;

/// <summary><c>RUN</c>: a command that makes a layer.</summary>
public sealed record RunInstruction : Instruction
{
    /// <summary>What to run.</summary>
    public required CommandLine Command { get; init; }

    /// <summary>The <c>--mount</c> flags in order, as written.</summary>
    public IReadOnlyList<RunMount> Mounts { get; init => field = value.ToArray(); } = [];

    /// <summary>The mounts with final values, one for each of <see cref="Mounts"/>; empty before <see cref="Expand"/>.</summary>
    public IReadOnlyList<RunMountOptions> MountOptions { get; init => field = value.ToArray(); } = [];

    /// <summary>The value of <c>--network</c>.</summary>
    public RunNetwork Network { get; init; }

    /// <summary>The value of <c>--security</c>.</summary>
    public RunSecurity Security { get; init; }

    /// <summary>The <c>--device</c> flags in order.</summary>
    public IReadOnlyList<RunDevice> Devices { get; init => field = value.ToArray(); } = [];

    /// <summary>Computes <see cref="MountOptions"/>. The command itself keeps its variables: the shell replaces them.</summary>
    /// <inheritdoc/>
    public override RunInstruction Expand(VariableScope scope)
        => this with { MountOptions = [.. Mounts.Select(mount => mount.Expand(scope))] };
}
