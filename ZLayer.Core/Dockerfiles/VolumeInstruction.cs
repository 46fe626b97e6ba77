namespace ZLayer.Core.Dockerfiles;

/// <summary><c>VOLUME</c>: paths that hold data outside of the image.</summary>
public sealed record VolumeInstruction : Instruction
{
    /// <summary>The paths in order.</summary>
    public required IReadOnlyList<string> Paths { get; init => field = value.ToArray(); }

    /// <inheritdoc/>
    public override VolumeInstruction Expand(VariableScope scope)
    {
        IReadOnlyList<string> paths = EachWord(Paths, scope);
        return paths.Contains("") ? throw Fault("a volume is empty after its variables are replaced") : this with { Paths = paths };
    }
}
