namespace ZLayer.Core.Builds.Events;

/// <summary>A result is being written or pushed.</summary>
/// <param name="Name">What: <c>exporting to image</c>, <c>pushing localhost:5000/app:1</c>.</param>
public sealed record ExportStarted(string Name) : BuildEvent
{
    /// <inheritdoc/>
    protected override string Describe() => Name;
}
