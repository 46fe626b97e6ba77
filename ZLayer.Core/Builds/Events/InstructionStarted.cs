namespace ZLayer.Core.Builds.Events;

/// <summary>An instruction begins.</summary>
/// <param name="Step">The number of the step in the whole build, from 1, in the order of starting.</param>
/// <param name="Stage">The index of its stage.</param>
/// <param name="Index">Its index in the stage, from 0.</param>
/// <param name="Title">Stage and position: <c>build 2/5</c>.</param>
/// <param name="Instruction">The instruction with variables expanded.</param>
public sealed record InstructionStarted(int Step, int Stage, int Index, string Title, string Instruction) : BuildEvent
{
    /// <inheritdoc/>
    protected override string Describe() => $"#{Step} [{Title}] {Instruction}";
}
