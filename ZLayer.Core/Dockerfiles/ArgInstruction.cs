namespace ZLayer.Core.Dockerfiles;

/// <summary><c>ARG</c>: variables that the caller of the build may set.</summary>
public sealed record ArgInstruction : Instruction
{
    /// <summary>The definitions in order. A default may use the ones before it, on the same line too.</summary>
    public required IReadOnlyList<ArgDefinition> Arguments { get; init => field = value.ToArray(); }

    /// <summary>
    /// Replaces the variables in the defaults, all with the same scope; to honour earlier definitions of one line, expand them one by one.
    /// </summary>
    /// <inheritdoc/>
    public override ArgInstruction Expand(VariableScope scope) => this with
    {
        Arguments = [.. Arguments.Select(argument => argument with { Default = OptionalWord(argument.Default, scope) })],
    };
}
