namespace ZLayer.Core.Dockerfiles;

/// <summary>A rule that a Dockerfile breaks.</summary>
/// <param name="Rule">The name of the rule, such as <c>StageNameCasing</c>.</param>
/// <param name="Message">What is wrong, in one sentence.</param>
/// <param name="Location">Where.</param>
/// <param name="Url">The page that explains the rule; null when there is none.</param>
public sealed record DockerfileWarning(string Rule, string Message, SourceLocation Location, string? Url)
{
    /// <summary>Renders the warning as <c>Dockerfile:12:1: StageNameCasing: …</c>.</summary>
    public override string ToString() => $"{Location}: {Rule}: {Message}";
}
