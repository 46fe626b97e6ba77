namespace ZLayer.Core.Dockerfiles;

/// <summary><c>USER</c>: who runs the commands from here on.</summary>
public sealed record UserInstruction : Instruction
{
    /// <summary>A name or number, with an optional <c>:group</c>.</summary>
    public required string User { get; init; }

    /// <inheritdoc/>
    public override UserInstruction Expand(VariableScope scope) => this with { User = Word(User, scope) };
}
