using ZLayer.Core.Errors;

namespace ZLayer.Core.Dockerfiles;

/// <summary>A place in a Dockerfile, as people and editors count: from 1.</summary>
/// <param name="File">The name of the file as the caller gave it; it is never opened.</param>
/// <param name="Line">The line, from 1.</param>
/// <param name="Column">The column in UTF-16 code units, from 1.</param>
public readonly record struct SourceLocation(string File, int Line, int Column)
{
    /// <summary>Renders the place as <c>Dockerfile:12:1</c>.</summary>
    public override string ToString() => $"{File}:{Line}:{Column}";

    internal ZLayerException SyntaxError(string message, string? advice = null)
        => new(ZLayerErrorKind.DockerfileSyntaxError, $"{this}: {message}")
        {
            Subject = ToString(),
            Advice = advice,
            Details = [$"{this}: {message}"],
        };
}
