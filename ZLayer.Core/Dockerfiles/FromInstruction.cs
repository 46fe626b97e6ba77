namespace ZLayer.Core.Dockerfiles;

/// <summary><c>FROM [--platform=…] image [AS name]</c>: opens a stage.</summary>
public sealed record FromInstruction : Instruction
{
    /// <summary>An image reference, the name of an earlier stage, or <c>scratch</c>; may hold global ARG variables.</summary>
    public required string Image { get; init; }

    /// <summary>The value of <c>--platform</c>; may hold variables; null when absent.</summary>
    public string? Platform { get; init; }

    /// <summary>The stage's name in lower case; null when absent.</summary>
    public string? StageName { get; init; }

    /// <inheritdoc/>
    public override FromInstruction Expand(VariableScope scope) => throw new NotImplementedException();
}
