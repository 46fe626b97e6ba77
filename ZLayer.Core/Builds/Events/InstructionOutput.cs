namespace ZLayer.Core.Builds.Events;

/// <summary>A line that a step printed.</summary>
/// <param name="Step">The number of the step.</param>
/// <param name="Stage">The index of its stage.</param>
/// <param name="Index">Its index in the stage.</param>
/// <param name="Line">The line, without its end.</param>
/// <param name="IsError">True when it came on standard error.</param>
public sealed record InstructionOutput(int Step, int Stage, int Index, string Line, bool IsError) : BuildEvent
{
    /// <inheritdoc/>
    protected override string Describe() => $"#{Step} {Line}";
}
