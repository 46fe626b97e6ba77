namespace ZLayer.Core.Builds.Events;

/// <summary>Something surprising that does not stop the build: a lint rule, a fall-back.</summary>
/// <param name="Rule">The name of the rule, or <c>Build</c>.</param>
/// <param name="Message">What was found.</param>
/// <param name="Location">Where: <c>Dockerfile:12:1</c>; null when it is nowhere in a file.</param>
public sealed record BuildWarning(string Rule, string Message, string? Location) : BuildEvent
{
    /// <inheritdoc/>
    protected override string Describe() => $"WARNING: {(Location is null ? "" : Location + ": ")}{Rule}: {Message}";
}
