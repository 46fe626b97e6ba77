namespace ZLayer.Core.Dockerfiles;

/// <summary>A FROM with the instructions up to the next one.</summary>
public sealed record Stage
{
    /// <summary>The instruction that opens the stage.</summary>
    public required FromInstruction From { get; init; }

    /// <summary>The number by which <c>--from</c> may name it; from 0.</summary>
    public required int Index { get; init; }

    /// <summary>The instructions after FROM, in order.</summary>
    public required IReadOnlyList<Instruction> Instructions { get; init => field = value.ToArray(); }

    /// <summary>The name in lower case; null when it has none.</summary>
    public string? Name => From.StageName;

    /// <summary>What the comment <c># name description</c> above FROM says; null when absent.</summary>
    public string? Description { get; init; }
}
