namespace ZLayer.Core.Builds.Events;

/// <summary>A stage begins: its base is being resolved.</summary>
/// <param name="Stage">Its index in the event stream.</param>
/// <param name="Title">Its name, with the platform when there are several.</param>
/// <param name="BaseImage">What it builds on.</param>
public sealed record StageStarted(int Stage, string Title, string BaseImage) : BuildEvent
{
    /// <inheritdoc/>
    protected override string Describe() => $"[{Title}] FROM {BaseImage}";
}
