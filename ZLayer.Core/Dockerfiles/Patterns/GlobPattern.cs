using ZLayer.Core.Errors;
using ZLayer.Core.Foundation.Text;

namespace ZLayer.Core.Dockerfiles;

/// <summary>
/// A path pattern: <c>*</c>, <c>?</c>, <c>[a-z]</c>, <c>[^a]</c> and <c>\</c> within a segment, and, where asked for, <c>**</c> across
/// segments. Safe for concurrent use.
/// </summary>
internal sealed class GlobPattern
{
    private readonly GlobProgram _program;

    private GlobPattern(string text, GlobProgram program)
    {
        Text = text;
        _program = program;
    }

    /// <summary>The pattern as given.</summary>
    public string Text { get; }

    /// <summary>True when the pattern has no wildcards: it matches one path.</summary>
    public bool IsLiteral => _program.Literal is not null;

    /// <summary>
    /// The one path that a pattern without wildcards matches, escapes removed, empty for the root; null when there are wildcards.
    /// </summary>
    public string? LiteralPath => _program.Literal;

    /// <summary>Compiles a pattern.</summary>
    /// <param name="pattern">
    /// The pattern, with <c>/</c>; it is cleaned: <c>./</c>, <c>//</c>, <c>..</c> and a leading <c>/</c> are resolved.
    /// </param>
    /// <param name="doubleStar">True to let <c>**</c> match any number of segments; false to read it as <c>*</c>.</param>
    /// <returns>The compiled pattern.</returns>
    /// <exception cref="ZLayerException"><see cref="ZLayerErrorKind.InvalidArgument"/>: the pattern is malformed.</exception>
    public static GlobPattern Parse(string pattern, bool doubleStar = false)
    {
        string clean = GlobSyntax.Clean(pattern).TrimStart('/');
        try
        {
            return new GlobPattern(pattern, GlobSyntax.Compile(clean == "." ? "" : clean, doubleStar));
        }
        catch (SyntaxException fault)
        {
            throw new ZLayerException(ZLayerErrorKind.InvalidArgument, $"Cannot use a path pattern: {fault.Message}.")
            {
                Subject = pattern,
                Advice = "Close every [ with ], and write a literal [, *, ? or \\ with a backslash before it.",
            };
        }
    }

    /// <summary>Says whether the whole path matches.</summary>
    /// <param name="path">A clean path with <c>/</c>, without a leading one.</param>
    /// <returns>True when it matches.</returns>
    public bool IsMatch(string path) => _program.IsMatch(path);

    /// <summary>Says whether the path or one of its parent directories matches, as <c>--exclude</c> asks.</summary>
    /// <param name="path">A clean path with <c>/</c>, without a leading one.</param>
    /// <returns>True when it matches.</returns>
    public bool IsMatchOrParent(string path) => _program.IsMatchOrParent(path);

    /// <summary>Says whether something below a directory may match, so that a walker can skip it otherwise.</summary>
    /// <param name="directory">A clean path with <c>/</c>, without a leading one; empty for the root.</param>
    /// <returns>False when nothing below can match.</returns>
    public bool MayMatchBelow(string directory) => _program.MayMatchBelow(directory);
}
