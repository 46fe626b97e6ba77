using System.Collections;
using System.Management.Automation;
using System.Management.Automation.Language;
using ZLayer.Core;
using ZLayer.Core.Errors;
using ZLayer.PowerShell.Pipeline;

namespace ZLayer.PowerShell.Completion;

/// <summary>
/// The base of completers. PowerShell offers file names when a completer throws or returns nothing, so neither happens: without a match
/// the typed word comes back. Nothing is asked, written or fetched, and it takes no longer than a quarter of a second.
/// </summary>
public abstract class Completer : IArgumentCompleter
{
    private static readonly TimeSpan Budget = TimeSpan.FromMilliseconds(250);

    /// <inheritdoc/>
    public IEnumerable<CompletionResult> CompleteArgument(
        string commandName, string parameterName, string wordToComplete, CommandAst commandAst, IDictionary fakeBoundParameters)
    {
        var word = Unquote(wordToComplete ?? "");
        try
        {
            var find = PrepareFor(commandName, word, fakeBoundParameters ?? new Hashtable());
            var search = Task.Run(() => find().ToList());
            if (search.Wait(Budget))
            {
                var matches = search.Result.Where(candidate => IsTypeable(candidate.Text) && Matches(candidate, word))
                    .DistinctBy(candidate => candidate.Text)
                    .Select(ToResult)
                    .ToList();
                if (matches.Count > 0)
                {
                    return matches;
                }
            }
        }
        catch (Exception)
        {
            // A store that cannot be read, a Dockerfile with errors: there is nothing to offer.
        }

        return word.Length == 0
            ? [new CompletionResult(" ", "(none)", CompletionResultType.ParameterValue, "Nothing to offer")]
            : [ToResult(new Candidate(word))];
    }

    /// <summary>Takes what is needed of the session, on its thread, and returns the search, which runs on another.</summary>
    /// <param name="word">What was typed, without quotes.</param>
    /// <param name="bound">The parameters that were given before.</param>
    private protected abstract Func<IEnumerable<Candidate>> Prepare(string word, IDictionary bound);

    /// <summary>As <see cref="Prepare"/>, for completers that offer other values for other cmdlets.</summary>
    /// <param name="command">The cmdlet.</param>
    /// <param name="word">What was typed, without quotes.</param>
    /// <param name="bound">The parameters that were given before.</param>
    private protected virtual Func<IEnumerable<Candidate>> PrepareFor(string command, string word, IDictionary bound)
        => Prepare(word, bound);

    /// <summary>Whether a candidate fits what was typed; by default it begins with it.</summary>
    /// <param name="candidate">The candidate.</param>
    /// <param name="word">What was typed.</param>
    private protected virtual bool Matches(Candidate candidate, string word)
        => candidate.Text.StartsWith(word, StringComparison.OrdinalIgnoreCase)
            || WildcardPattern.Get(word + "*", WildcardOptions.IgnoreCase).IsMatch(candidate.Text);

    /// <summary>The text of a parameter that was given; null without it.</summary>
    /// <param name="bound">The parameters.</param>
    /// <param name="name">The name.</param>
    private protected static string? Bound(IDictionary bound, string name) => bound[name]?.ToString() is { Length: > 0 } text ? text : null;

    /// <summary>A path of PowerShell as a full path. Only on the session's thread.</summary>
    /// <param name="path">The path.</param>
    private protected static string FullPath(string path)
        => (string)ScriptBlock.Create("param($path) $ExecutionContext.SessionState.Path.GetUnresolvedProviderPathFromPSPath($path)")
            .Invoke(path)[0].BaseObject;

    /// <summary>The engine of the data root that the command names. Only on the session's thread.</summary>
    /// <param name="bound">The parameters.</param>
    private protected static ZLayerEngine EngineOf(IDictionary bound)
        => ZLayerSession.Current.GetEngine(Bound(bound, "Root") is { } root ? FullPath(root) : null);

    private static CompletionResult ToResult(Candidate candidate)
        => new(Quote(candidate.Text), candidate.Text, CompletionResultType.ParameterValue, string.IsNullOrWhiteSpace(candidate.ToolTip)
            ? candidate.Text
            : DisplayText.Lines(candidate.ToolTip));

    // A name with an escape sequence or a direction mark in it is not put into a command line.
    private static bool IsTypeable(string text) => DisplayText.Line(text) == text;

    private static string Quote(string text)
        => text.Length > 0 && text.All(c => char.IsLetterOrDigit(c) || "-_./:=+*\\~".Contains(c, StringComparison.Ordinal))
            ? text
            : $"'{CodeGeneration.EscapeSingleQuotedStringContent(text)}'";

    private static string Unquote(string word) => word.Trim('\'', '"');
}
