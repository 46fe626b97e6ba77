using System.Text;

namespace ZLayer.Core.Dockerfiles;

/// <summary>
/// The pattern of <c>${name#pattern}</c> and its kin: <c>?</c> is one character, <c>*</c> any number, <c>\</c> escapes.
/// Matching tracks the set of reachable pattern positions, so its cost is bounded by pattern × text whatever the pattern is.
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
                    throw new SyntaxException($"invalid pattern ({pattern}) in a substitution: a backslash may stand before * ? \\ / and }} only");
                default:
                    tokens.Add(new Token(TokenKind.Literal, runes[i]));
                    break;
            }
        }

        return new ShellPattern([.. tokens]);
    }

    internal string TrimStart(string value, bool longest)
    {
        Rune[] runes = [.. value.EnumerateRunes()];
        int end = MatchEnd(runes, 0, longest);
        return end < 0 ? value : Text(runes.AsSpan(end));
    }

    // The shortest or longest tail is the shortest or longest head of everything reversed.
    internal string TrimEnd(string value, bool longest)
    {
        Rune[] reversed = [.. value.EnumerateRunes().Reverse()];
        int end = new ShellPattern([.. _tokens.Reverse()]).MatchEnd(reversed, 0, longest);
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
        Rune[] runes = [.. value.EnumerateRunes()];
        var result = new StringBuilder();
        int position = 0;
        int previousEnd = -1;
        while (position <= runes.Length)
        {
            int end = MatchEnd(runes, position, longest: true);
            // As everywhere: an empty match right behind the previous match does not count.
            if (end >= 0 && !(end == position && position == previousEnd))
            {
                result.Append(replacement);
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

    /// <summary>The end of the shortest or longest match that starts at <paramref name="start"/>; -1 when there is none.</summary>
    private int MatchEnd(Rune[] text, int start, bool longest)
    {
        var reachable = new bool[_tokens.Length + 1];
        Reach(reachable, 0);
        int end = -1;
        for (int i = start; ; i++)
        {
            if (reachable[_tokens.Length])
            {
                end = i;
                if (!longest)
                {
                    return end;
                }
            }

            if (i == text.Length || !Advance(ref reachable, text[i]))
            {
                return end;
            }
        }
    }

    private bool Advance(ref bool[] reachable, Rune character)
    {
        var next = new bool[_tokens.Length + 1];
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

        reachable = next;
        return any;
    }

    private void Reach(bool[] set, int position)
    {
        set[position] = true;
        while (position < _tokens.Length && _tokens[position].Kind == TokenKind.Star)
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
