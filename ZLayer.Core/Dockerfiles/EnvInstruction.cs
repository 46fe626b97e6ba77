namespace ZLayer.Core.Dockerfiles;

/// <summary><c>ENV</c>: environment variables of this stage from here on.</summary>
public sealed record EnvInstruction : Instruction
{
    /// <summary>The pairs in order. All of them are expanded with the environment before the instruction.</summary>
    public required IReadOnlyList<NameValue> Variables { get; init => field = value.ToArray(); }

    /// <inheritdoc/>
    public override EnvInstruction Expand(VariableScope scope) => this with
    {
        Variables = [.. Variables.Select(pair => pair with { Name = Word(pair.Name, scope), Value = Word(pair.Value, scope) })],
    };
}
