namespace ZLayer.Core.Dockerfiles;

/// <summary><c>CMD</c>: the default command or the default arguments of the entry point.</summary>
public sealed record CmdInstruction : Instruction
{
    /// <summary>The command.</summary>
    public required CommandLine Command { get; init; }
}
