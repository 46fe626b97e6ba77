namespace ZLayer.Core.Dockerfiles;

/// <summary>One pair of ENV or LABEL.</summary>
/// <param name="Name">The name.</param>
/// <param name="Value">The value.</param>
/// <param name="IsLegacy">True for the old form <c>ENV name value</c>.</param>
public sealed record NameValue(string Name, string Value, bool IsLegacy = false);
