namespace ZLayer.Core.Dockerfiles;

/// <summary><c>WORKDIR</c>: the working directory from here on.</summary>
public sealed record WorkdirInstruction : Instruction
{
    /// <summary>The path; a relative one continues the one before.</summary>
    public required string Path { get; init; }

    /// <inheritdoc/>
    public override WorkdirInstruction Expand(VariableScope scope) => this with { Path = Word(Path, scope) };
}
