using ZLayer.Core.Errors;

namespace ZLayer.Core.Builds.Events;

/// <summary>The build failed or was cancelled; the last event.</summary>
/// <param name="Kind">What went wrong; null when it was cancelled.</param>
/// <param name="Message">What went wrong, for people.</param>
public sealed record BuildFailed(ZLayerErrorKind? Kind, string Message) : BuildEvent
{
    /// <inheritdoc/>
    protected override string Describe() => $"ERROR: {Message}";
}
