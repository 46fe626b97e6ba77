using System.Text;
using ZLayer.Core.Foundation.Text;

namespace ZLayer.Core.Dockerfiles;

/// <summary>
/// The pattern of <c>${name#pattern}</c> and its kin: <c>?</c> is one character, <c>*</c> any number, <c>\</c> escapes.
/// Matching tracks the set of reachable pattern positions, so its cost is bounded by pattern × text whatever the pattern is; that product
/// has a limit.
/// </summary>
internal sealed class ShellPattern
{
    private static readonly Rune Newline = new('\n');
    private readonly Token[] _tokens;

    private ShellPattern(Token[] tokens) => _tokens = tokens;

    private enum TokenKind
    {
        Literal,
        Any,
        Star,
    }

    internal static ShellPattern Parse(string pattern)
    {
        var tokens = new List<Token>();
        Rune[] runes = [.. pattern.EnumerateRunes()];
        for (int i = 0; i < runes.Length; i++)
        {
            switch (runes[i].Value)
            {
                case '*' when tokens.Count > 0 && tokens[^1].Kind == TokenKind.Star:
                    break; // One is as good as many.
                case '*':
                    tokens.Add(new Token(TokenKind.Star, default));
                    break;
                case '?':
                    tokens.Add(new Token(TokenKind.Any, default));
                    break;
                case '\\' when i + 1 < runes.Length && runes[i + 1].Value is '}' or '/' or '*' or '?' or '\\':
                    tokens.Add(new Token(TokenKind.Literal, runes[++i]));
                    break;
                case '\\':
                    throw new SyntaxException(
                        $"invalid pattern ({pattern}) in a substitution: a backslash may stand before * ? \\ / and }} only");
                default:
                    tokens.Add(new Token(TokenKind.Literal, runes[i]));
                    break;
            }
        }

        return new ShellPattern([.. tokens]);
    }

    internal string TrimStart(string value, bool longest)
    {
        Rune[] runes = Runes(value);
        int end = MatchEnd(runes, longest);
        return end < 0 ? value : Text(runes.AsSpan(end));
    }

    // The shortest or longest tail is the shortest or longest head of everything reversed.
    internal string TrimEnd(string value, bool longest)
    {
        Rune[] reversed = Runes(value);
        Array.Reverse(reversed);
        int end = new ShellPattern([.. _tokens.Reverse()]).MatchEnd(reversed, longest);
        if (end < 0)
        {
            return value;
        }

        Rune[] rest = reversed[end..];
        Array.Reverse(rest);
        return Text(rest);
    }

    internal string Replace(string value, string replacement, bool all)
    {
        Rune[] runes = Runes(value);
        int[] ends = LongestEnds(runes);
        var result = new StringBuilder();
        int position = 0;
        int previousEnd = -1;
        while (position <= runes.Length)
        {
            int end = ends[position];
            // As everywhere: an empty match right behind the previous match does not count.
            if (end >= 0 && !(end == position && position == previousEnd))
            {
                result.Append(replacement);
                if (result.Length > DockerfileLimits.ValueLength)
                {
                    throw new SyntaxException(
                        $"what a substitution replaces becomes longer than {DockerfileLimits.ValueLength} characters");
                }

                previousEnd = end;
                if (!all)
                {
                    return result.Append(Text(runes.AsSpan(end))).ToString();
                }

                if (end > position)
                {
                    position = end;
                    continue;
                }
            }

            if (position < runes.Length)
            {
                result.Append(runes[position].ToString());
            }

            position++;
        }

        return result.ToString();
    }

    private Rune[] Runes(string value)
        => (long)value.Length * _tokens.Length <= DockerfileLimits.PatternSteps
            ? [.. value.EnumerateRunes()]
            : throw new SyntaxException($"a pattern of {_tokens.Length} characters is too long for a value of {value.Length}");

    /// <summary>
    /// The end of the longest match that starts at each position, -1 where none does: computed from the end of the text, so that a match
    /// that is not to be found is not looked for from every position again.
    /// </summary>
    private int[] LongestEnds(Rune[] text)
    {
        var ends = new int[text.Length + 1];
        var behind = new int[_tokens.Length + 1];
        var here = new int[_tokens.Length + 1];
        Array.Fill(behind, -1);
        for (int i = text.Length; i >= 0; i--)
        {
            here[_tokens.Length] = i;
            for (int t = _tokens.Length - 1; t >= 0; t--)
            {
                here[t] = EndFrom(t, i < text.Length ? text[i] : null, here, behind);
            }

            ends[i] = here[0];
            (here, behind) = (behind, here);
        }

        return ends;
    }

    private int EndFrom(int token, Rune? character, int[] here, int[] behind) => _tokens[token].Kind switch
    {
        TokenKind.Star => Math.Max(here[token + 1], character is { } passed && passed != Newline ? behind[token] : -1),
        TokenKind.Any => character is { } any && any != Newline ? behind[token + 1] : -1,
        _ => character == _tokens[token].Character ? behind[token + 1] : -1,
    };

    /// <summary>The end of the shortest or longest match that starts at the beginning; -1 when there is none.</summary>
    private int MatchEnd(Rune[] text, bool longest)
    {
        var reachable = new bool[_tokens.Length + 1];
        var next = new bool[_tokens.Length + 1];
        Reach(reachable, 0);
        int end = -1;
        for (int i = 0; ; i++)
        {
            if (reachable[_tokens.Length])
            {
                end = i;
                if (!longest)
                {
                    return end;
                }
            }

            if (i == text.Length || !Advance(ref reachable, ref next, text[i]))
            {
                return end;
            }
        }
    }

    private bool Advance(ref bool[] reachable, ref bool[] next, Rune character)
    {
        Array.Clear(next);
        bool any = false;
        for (int i = 0; i < _tokens.Length; i++)
        {
            if (!reachable[i])
            {
                continue;
            }

            bool matches = _tokens[i].Kind == TokenKind.Literal ? _tokens[i].Character == character : character != Newline;
            if (matches)
            {
                Reach(next, _tokens[i].Kind == TokenKind.Star ? i : i + 1);
                any = true;
            }
        }

        (reachable, next) = (next, reachable);
        return any;
    }

    private void Reach(bool[] set, int position)
    {
        set[position] = true;
        while (position < _tokens.Length && _tokens[position].Kind == TokenKind.Star && !set[position + 1])
        {
            set[++position] = true;
        }
    }

    private static string Text(ReadOnlySpan<Rune> runes)
    {
        var text = new StringBuilder(runes.Length);
        foreach (Rune rune in runes)
        {
            text.Append(rune.ToString());
        }

        return text.ToString();
    }

    private readonly record struct Token(TokenKind Kind, Rune Character);
}
