namespace ZLayer.Core.Builds.Events;

/// <summary>A stage is done.</summary>
/// <param name="Stage">Its index in the event stream.</param>
/// <param name="Title">Its name.</param>
public sealed record StageCompleted(int Stage, string Title) : BuildEvent
{
    /// <inheritdoc/>
    protected override string Describe() => $"[{Title}] complete";
}
