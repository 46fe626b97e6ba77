namespace ZLayer.Core.Dockerfiles;

/// <summary><c>ENTRYPOINT</c>: the program that a container runs.</summary>
public sealed record EntrypointInstruction : Instruction
{
    /// <summary>The command; an empty exec form takes the base image's entry point away.</summary>
    public required CommandLine Command { get; init; }
}
