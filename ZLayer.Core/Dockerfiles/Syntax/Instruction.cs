using ZLayer.Core.Foundation.Text;

namespace ZLayer.Core.Dockerfiles;

/// <summary>
/// One instruction of a Dockerfile. Words keep their variables and quotes as written until <see cref="Expand"/> is called.
/// </summary>
public abstract record Instruction
{
    /// <summary>Where the instruction's keyword starts.</summary>
    public SourceLocation Location { get; init; }

    /// <summary>The last line that belongs to the instruction, its heredocs included; from 1.</summary>
    public int EndLine { get; init; }

    /// <summary>The instruction as one logical line: continuations joined, comment lines inside dropped, heredoc bodies left out.</summary>
    public string OriginalText { get; init; } = "";

    /// <summary><see cref="OriginalText"/> as it is shown and kept: the credentials of addresses are masked.</summary>
    public string ShownText => Errors.AddressRedaction.Redact(OriginalText);

    /// <summary>The keyword as written: <c>RUN</c>, <c>run</c>.</summary>
    public string Keyword { get; init; } = "";

    /// <summary>The comment lines directly above, without <c>#</c> and outer white space; an empty comment starts a new block.</summary>
    public IReadOnlyList<string> Comments { get; init => field = value.ToArray(); } = [];

    /// <summary>The keyword in upper case.</summary>
    public string Name => Keyword.ToUpperInvariant();

    /// <summary>
    /// Replaces the variables in every word in which this kind of instruction allows them, and removes quotes where it does.
    /// Instructions without such words (CMD, ENTRYPOINT, HEALTHCHECK, SHELL, ONBUILD, MAINTAINER) return themselves.
    /// </summary>
    /// <param name="scope">The variables before this instruction; it notes which ones were used.</param>
    /// <returns>The instruction with final words.</returns>
    /// <exception cref="Errors.ZLayerException">
    /// <see cref="Errors.ZLayerErrorKind.DockerfileSyntaxError"/>: a bad substitution, an unclosed quote, or a final value that is not
    /// allowed.
    /// </exception>
    internal virtual Instruction Expand(VariableScope scope) => this;

    private protected string Word(string text, VariableScope scope, VariableExpansionOptions options = VariableExpansionOptions.None)
    {
        try
        {
            return VariableExpander.Word(text, scope, options);
        }
        catch (SyntaxException fault)
        {
            throw Unexpandable(text, fault);
        }
    }

    private protected string? OptionalWord(string? text, VariableScope scope) => text is null ? null : Word(text, scope);

    // A flag whose value is empty is absent, whether it is written so or its variables are.
    private protected string? FlagWord(string? text, VariableScope scope)
        => OptionalWord(text, scope) is { Length: > 0 } value ? value : null;

    private protected IReadOnlyList<string> EachWord(IReadOnlyList<string> texts, VariableScope scope)
        => [.. texts.Select(text => Word(text, scope))];

    private protected IReadOnlyList<string> SplitWords(string text, VariableScope scope)
    {
        try
        {
            return VariableExpander.Words(text, scope);
        }
        catch (SyntaxException fault)
        {
            throw Unexpandable(text, fault);
        }
    }

    // The text between heredoc marks: quotes mean nothing there, and the escape is a backslash whatever the file says.
    private protected IReadOnlyList<InlineFile> InlineFilesWith(IReadOnlyList<InlineFile> files, VariableScope scope)
    {
        var expanded = new List<InlineFile>(files.Count);
        foreach (InlineFile file in files)
        {
            expanded.Add(file.Expand
                ? file with { Content = Word(file.Content, scope.WithEscape('\\'), VariableExpansionOptions.IgnoreQuotes), Expand = false }
                : file);
        }

        return expanded;
    }

    private protected Errors.ZLayerException Fault(string message, string? advice = null)
        => Location.SyntaxError($"{Name}: {message}", advice);

    private Errors.ZLayerException Unexpandable(string text, SyntaxException fault)
        => Fault($"cannot expand \"{SyntaxException.Shown(text)}\": {fault.Message}");
}
