namespace ZLayer.Core.Foundation.Text;

/// <summary>A fault in one word or line, on its way to the place that knows the location. It never leaves the assembly.</summary>
internal sealed class SyntaxException(string message) : Exception(message)
{
    private const int LongestShown = 200;

    /// <summary>A text as a message quotes it: its beginning where it is long.</summary>
    internal static string Shown(string text) => text.Length <= LongestShown ? text : string.Concat(text.AsSpan(0, LongestShown), "…");
}
