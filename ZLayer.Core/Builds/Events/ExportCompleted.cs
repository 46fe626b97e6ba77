namespace ZLayer.Core.Builds.Events;

/// <summary>A result is written or pushed.</summary>
/// <param name="Name">Which one, as in <see cref="ExportStarted"/>.</param>
/// <param name="Duration">How long it took.</param>
public sealed record ExportCompleted(string Name, TimeSpan Duration) : BuildEvent
{
    /// <inheritdoc/>
    protected override string Describe() => $"{Name} DONE {Seconds(Duration)}";
}
