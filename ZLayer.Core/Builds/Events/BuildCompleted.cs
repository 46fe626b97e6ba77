namespace ZLayer.Core.Builds.Events;

/// <summary>The build is done; the last event.</summary>
/// <param name="Result">What it made.</param>
public sealed record BuildCompleted(BuildResult Result) : BuildEvent
{
    /// <inheritdoc/>
    protected override string Describe()
        => $"Built {Result.ImageId}{(Result.Tags.Count == 0 ? "" : " " + string.Join(' ', Result.Tags.Select(t => t.ToFamiliarString())))}"
            + $" in {Seconds(Result.Duration)} ({Result.CacheHits}/{Result.CacheableSteps} cached)";
}
