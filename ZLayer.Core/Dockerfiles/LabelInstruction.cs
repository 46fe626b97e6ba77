namespace ZLayer.Core.Dockerfiles;

/// <summary><c>LABEL</c>: labels of the image.</summary>
public sealed record LabelInstruction : Instruction
{
    /// <summary>The pairs in order.</summary>
    public required IReadOnlyList<NameValue> Labels { get; init => field = value.ToArray(); }

    /// <inheritdoc/>
    public override LabelInstruction Expand(VariableScope scope) => this with
    {
        Labels = [.. Labels.Select(pair => pair with { Name = Word(pair.Name, scope), Value = Word(pair.Value, scope) })],
    };
}
