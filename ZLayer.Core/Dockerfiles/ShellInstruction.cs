namespace ZLayer.Core.Dockerfiles;

/// <summary><c>SHELL</c>: the shell of the shell forms from here on.</summary>
public sealed record ShellInstruction : Instruction
{
    /// <summary>The shell and its options; at least one.</summary>
    public required IReadOnlyList<string> Shell { get; init => field = value.ToArray(); }
}
