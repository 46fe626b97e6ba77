using System.Globalization;
using System.Text.RegularExpressions;
using ZLayer.Core.Foundation.Text;

namespace ZLayer.Core.Dockerfiles;

/// <summary>Finds the marks of heredocs in a command: <c>[number]&lt;&lt;[-]WORD</c>, as words of their own.</summary>
internal static partial class HeredocWord
{
    private static readonly Dictionary<string, string> NoVariables = [];

    /// <summary>The marks of a line in order, with empty bodies. A line that no shell can split has none.</summary>
    internal static List<Heredoc> FindAll(string line)
    {
        const VariableExpansionOptions AsWritten
            = VariableExpansionOptions.KeepQuotes | VariableExpansionOptions.KeepEscapes | VariableExpansionOptions.KeepUnset;
        var marks = new List<Heredoc>();
        foreach (string word in TrySplit(line, AsWritten) ?? [])
        {
            if (Parse(word) is { } mark)
            {
                marks.Add(mark);
            }
        }

        return marks;
    }

    /// <summary>Reads one word; null when it is no heredoc mark.</summary>
    internal static Heredoc? Parse(string word)
    {
        Match match = Mark().Match(word);
        string name = match.Groups[3].Value;
        if (!match.Success || name.Length == 0
            || TrySplit(name, VariableExpansionOptions.KeepUnset) is not [string plain]
            || TrySplit(name, VariableExpansionOptions.KeepUnset | VariableExpansionOptions.KeepQuotes) is not [string raw])
        {
            return null;
        }

        _ = int.TryParse(match.Groups[1].Value, NumberStyles.None, CultureInfo.InvariantCulture, out int descriptor);
        bool quoted = plain.Count(IsQuote) != raw.Count(IsQuote);
        return new Heredoc(plain, "", !quoted, match.Groups[2].Length > 0, descriptor);
    }

    private static bool IsQuote(char character) => character is '\'' or '"';

    // The shell's own rules apply, so the escape is a backslash whatever the Dockerfile's is.
    private static List<string>? TrySplit(string text, VariableExpansionOptions options)
    {
        try
        {
            return VariableExpander.Words(text, new VariableScope(NoVariables), options);
        }
        catch (SyntaxException)
        {
            // A shell command with an odd quote or a substitution that only the shell knows: not for us to judge.
            return null;
        }
    }

    [GeneratedRegex(@"^([0-9]*)<<(-?)\s*([^<]*)\z", RegexOptions.CultureInvariant)]
    private static partial Regex Mark();
}
