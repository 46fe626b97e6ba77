namespace ZLayer.Core.Dockerfiles;

/// <summary>A build argument as completion shows it.</summary>
/// <param name="Name">The name.</param>
/// <param name="Default">The default as written; null when there is none.</param>
/// <param name="Description">What the comment above ARG says; null when absent.</param>
/// <param name="Stage">The number of the stage that declares it first; null for a global one.</param>
/// <param name="Location">Where its ARG is.</param>
public sealed record OutlineArgument(string Name, string? Default, string? Description, int? Stage, SourceLocation Location);
