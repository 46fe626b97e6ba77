namespace ZLayer.Core.Builds.Events;

/// <summary>An instruction is done.</summary>
/// <param name="Step">The number of the step.</param>
/// <param name="Stage">The index of its stage.</param>
/// <param name="Index">Its index in the stage.</param>
/// <param name="Cached">True when its result was taken from the step cache.</param>
/// <param name="Reason">
/// Why it was a hit or a miss: <c>COPY package.json: content changed</c>; null for instructions that make no layer.
/// </param>
/// <param name="Duration">How long it took.</param>
public sealed record InstructionCompleted(int Step, int Stage, int Index, bool Cached, string? Reason, TimeSpan Duration) : BuildEvent
{
    /// <inheritdoc/>
    protected override string Describe()
        => Cached
            ? $"#{Step} CACHED ({Reason})"
            : $"#{Step} DONE {Seconds(Duration)}" + (Reason is null ? "" : $" ({Reason})");
}
