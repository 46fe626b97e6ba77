using ZLayer.Core.Errors;

namespace ZLayer.Core.Dockerfiles;

/// <summary>A fault in one word or line, on its way to the place that knows the location. It never leaves this namespace.</summary>
internal sealed class SyntaxException(string message) : Exception(message)
{
    private const int LongestShown = 200;

    /// <summary>A text of the file as a message quotes it: its beginning where it is long.</summary>
    internal static string Shown(string text) => text.Length <= LongestShown ? text : string.Concat(text.AsSpan(0, LongestShown), "…");

    internal static ZLayerException At(SourceLocation location, string message, string? advice = null)
        => new(ZLayerErrorKind.DockerfileSyntaxError, $"{location}: {message}")
        {
            Subject = location.ToString(),
            Advice = advice,
            Details = [$"{location}: {message}"],
        };
}
