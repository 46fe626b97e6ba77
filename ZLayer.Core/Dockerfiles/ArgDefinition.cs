namespace ZLayer.Core.Dockerfiles;

/// <summary>One name of an ARG instruction.</summary>
/// <param name="Name">The name.</param>
/// <param name="Default">The default value; null when the instruction gives none.</param>
/// <param name="Description">What the comment <c># name description</c> above says; null when absent.</param>
public sealed record ArgDefinition(string Name, string? Default, string? Description = null);
