using ZLayer.Core.Errors;
using ZLayer.Core.Foundation.Text;

namespace ZLayer.Core.Dockerfiles;

/// <summary>Replaces variables in a word the way Dockerfiles do: like a POSIX shell, without command substitution and arithmetic.</summary>
internal static class VariableExpander
{
    /// <summary>Expands one word to one word.</summary>
    /// <param name="word">The word as written.</param>
    /// <param name="scope">The variables.</param>
    /// <param name="options">How quotes and escapes are treated.</param>
    /// <returns>The final word.</returns>
    /// <exception cref="ZLayerException">
    /// <see cref="ZLayerErrorKind.DockerfileSyntaxError"/>: a bad substitution, an unclosed quote, or <c>${name:?message}</c>.
    /// </exception>
    public static string ExpandWord(string word, VariableScope scope, VariableExpansionOptions options = VariableExpansionOptions.None)
        => Guard(word, () => Word(word, scope, options));

    /// <summary>Expands a text and then splits it at white space that is not quoted.</summary>
    /// <param name="text">The text as written.</param>
    /// <param name="scope">The variables.</param>
    /// <param name="options">How quotes and escapes are treated.</param>
    /// <returns>The final words.</returns>
    /// <exception cref="ZLayerException">
    /// <see cref="ZLayerErrorKind.DockerfileSyntaxError"/>: a bad substitution, an unclosed quote, or <c>${name:?message}</c>.
    /// </exception>
    public static IReadOnlyList<string> ExpandWords(
        string text, VariableScope scope, VariableExpansionOptions options = VariableExpansionOptions.None)
        => Guard(text, () => Words(text, scope, options));

    internal static string Word(string word, VariableScope scope, VariableExpansionOptions options = VariableExpansionOptions.None)
        => IsPlain(word, scope.Escape) ? word : new VariableLexer(word, scope, options).Process().Word;

    internal static List<string> Words(string text, VariableScope scope, VariableExpansionOptions options = VariableExpansionOptions.None)
        => new VariableLexer(text, scope, options).Process().Words;

    // Most words of a Dockerfile hold nothing to expand.
    private static bool IsPlain(string word, char escape)
        => word.AsSpan().IndexOfAny("$'\"") < 0 && !word.Contains(escape, StringComparison.Ordinal);

    private static T Guard<T>(string text, Func<T> expand)
    {
        try
        {
            return expand();
        }
        catch (SyntaxException fault)
        {
            throw new ZLayerException(
                ZLayerErrorKind.DockerfileSyntaxError, $"Cannot expand the variables in \"{SyntaxException.Shown(text)}\": {fault.Message}.")
            {
                Subject = text,
            };
        }
    }
}

/// <summary>How <see cref="VariableExpander"/> treats quotes, escapes and unset variables.</summary>
[Flags]
internal enum VariableExpansionOptions
{
    /// <summary>Quotes and escapes are processed and removed; unset variables are empty.</summary>
    None = 0,
    /// <summary>Quotes guard their content and stay in the result.</summary>
    KeepQuotes = 1,
    /// <summary>Escape characters stay in the result.</summary>
    KeepEscapes = 2,
    /// <summary>Quotes are ordinary characters: for the bodies of heredocs.</summary>
    IgnoreQuotes = 4,
    /// <summary>References to unset variables stay as they are.</summary>
    KeepUnset = 8,
}
