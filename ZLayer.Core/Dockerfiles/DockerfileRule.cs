namespace ZLayer.Core.Dockerfiles;

/// <summary>The description of a rule that Dockerfiles should follow.</summary>
/// <param name="Name">The name, such as <c>StageNameCasing</c>.</param>
/// <param name="Description">What the rule asks for.</param>
/// <param name="IsExperimental">True when it warns only where <c># check=experimental=</c> asks for it.</param>
/// <param name="Url">The page that explains it; null when there is none.</param>
public sealed record DockerfileRule(string Name, string Description, bool IsExperimental, string? Url);
