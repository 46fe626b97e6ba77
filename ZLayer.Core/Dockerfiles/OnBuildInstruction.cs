namespace ZLayer.Core.Dockerfiles;

/// <summary><c>ONBUILD</c>: an instruction for images that are built on this one.</summary>
public sealed record OnBuildInstruction : Instruction
{
    /// <summary>The trigger, checked already; nothing in it is expanded before it runs.</summary>
    public required Instruction Trigger { get; init; }

    /// <summary>
    /// The trigger's text with its heredocs, as an image config keeps it and <see cref="Dockerfile.ParseInstruction"/> reads it.
    /// </summary>
    public required string TriggerText { get; init; }
}
