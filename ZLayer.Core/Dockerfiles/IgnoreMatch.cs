namespace ZLayer.Core.Dockerfiles;

/// <summary>What an ignore file says about a path.</summary>
/// <param name="Excluded">True when the path is left out.</param>
/// <param name="Line">The line of the last pattern that decided, from 1; 0 when none matched.</param>
/// <param name="Pattern">That pattern as written; null when none matched.</param>
public readonly record struct IgnoreMatch(bool Excluded, int Line, string? Pattern);
