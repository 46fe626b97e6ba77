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

    /// <summary>The stage's name as written.</summary>
    internal string? StageNameAsWritten { get; init; }

    /// <summary>The word AS as written.</summary>
    internal string? AsKeyword { get; init; }

    /// <summary>Replaces the variables in the image and the platform. Both must not become empty.</summary>
    /// <inheritdoc/>
    public override FromInstruction Expand(VariableScope scope)
    {
        string image = Word(Image, scope);
        if (image.Length == 0)
        {
            throw Fault($"the base image \"{Image}\" is empty after its variables are replaced", UnsetAdvice(scope));
        }

        string? platform = OptionalWord(Platform, scope);
        if (platform?.Length == 0)
        {
            throw Fault($"--platform={Platform} is empty after its variables are replaced", UnsetAdvice(scope));
        }

        return this with { Image = image, Platform = platform };
    }

    private static string? UnsetAdvice(VariableScope scope) => scope.Unset.Count == 0
        ? null
        : $"Declare {string.Join(", ", scope.Unset)} with ARG before the first FROM and give it a default, or set it for the build.";
}
