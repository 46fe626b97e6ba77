namespace ZLayer.Core.Dockerfiles;

/// <summary>Replaces variables in a word the way Dockerfiles do: like a POSIX shell, without command substitution and arithmetic.</summary>
public static class VariableExpander
{
    /// <summary>Expands one word to one word.</summary>
    /// <param name="word">The word as written.</param>
    /// <param name="scope">The variables.</param>
    /// <param name="options">How quotes and escapes are treated.</param>
    /// <returns>The final word.</returns>
    /// <exception cref="Errors.ZLayerException"><see cref="Errors.ZLayerErrorKind.DockerfileSyntaxError"/>: a bad substitution, an unclosed quote, or <c>${name:?message}</c>.</exception>
    public static string ExpandWord(string word, VariableScope scope, VariableExpansionOptions options = VariableExpansionOptions.None)
        => throw new NotImplementedException();

    /// <summary>Expands a text and then splits it at white space that is not quoted.</summary>
    /// <param name="text">The text as written.</param>
    /// <param name="scope">The variables.</param>
    /// <param name="options">How quotes and escapes are treated.</param>
    /// <returns>The final words.</returns>
    /// <exception cref="Errors.ZLayerException"><see cref="Errors.ZLayerErrorKind.DockerfileSyntaxError"/>: a bad substitution, an unclosed quote, or <c>${name:?message}</c>.</exception>
    public static IReadOnlyList<string> ExpandWords(string text, VariableScope scope, VariableExpansionOptions options = VariableExpansionOptions.None)
        => throw new NotImplementedException();
}
