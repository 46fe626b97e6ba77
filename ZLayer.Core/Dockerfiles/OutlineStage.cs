namespace ZLayer.Core.Dockerfiles;

/// <summary>A stage as completion shows it.</summary>
/// <param name="Name">The name; the number as text when the stage has none.</param>
/// <param name="Base">The image or stage that it builds on, as written.</param>
/// <param name="Description">What the comment above FROM says; null when absent.</param>
/// <param name="IsDefault">True for the last stage: the one that is built when none is asked for.</param>
/// <param name="Location">Where its FROM is.</param>
public sealed record OutlineStage(string Name, string Base, string? Description, bool IsDefault, SourceLocation Location);
