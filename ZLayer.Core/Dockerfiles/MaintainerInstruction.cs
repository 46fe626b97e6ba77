namespace ZLayer.Core.Dockerfiles;

/// <summary><c>MAINTAINER</c>: the author; replaced by a label long ago.</summary>
public sealed record MaintainerInstruction : Instruction
{
    /// <summary>The author.</summary>
    public required string Maintainer { get; init; }
}
