namespace ZLayer.Core.Dockerfiles;

/// <summary><c>STOPSIGNAL</c>: the signal that asks the container to end.</summary>
public sealed record StopSignalInstruction : Instruction
{
    /// <summary>A name with or without <c>SIG</c>, or a number.</summary>
    public required string Signal { get; init; }

    /// <inheritdoc/>
    public override StopSignalInstruction Expand(VariableScope scope) => this with { Signal = Word(Signal, scope) };
}
