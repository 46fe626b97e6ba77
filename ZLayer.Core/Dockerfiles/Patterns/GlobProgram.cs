using System.Numerics;
using System.Text;

namespace ZLayer.Core.Dockerfiles;

/// <summary>
/// A compiled path pattern. It is run as the set of its reachable positions, one bit each, so that no pattern can make it slow;
/// literal parts are compared first, which answers most paths without running it.
/// </summary>
internal sealed class GlobProgram
{
    private const int BitsPerWord = 64;

    private readonly GlobToken[] _tokens;
    private readonly string _prefix;
    private readonly string _needle;

    internal GlobProgram(GlobToken[] all)
    {
        int literals = Array.FindIndex(all, token => token.Kind != GlobTokenKind.Literal);
        literals = literals < 0 ? all.Length : literals;
        _prefix = string.Concat(all.Take(literals).Select(token => token.Character));
        _tokens = all[literals..];
        _needle = LongestLiteral(_tokens);
    }

    /// <summary>The one path that matches; null when there are wildcards.</summary>
    internal string? Literal => _tokens.Length == 0 ? _prefix : null;

    private int WordCount => (_tokens.Length / BitsPerWord) + 1;

    internal bool IsMatch(ReadOnlySpan<char> path)
    {
        if (!path.StartsWith(_prefix))
        {
            return false;
        }

        ReadOnlySpan<char> rest = path[_prefix.Length..];
        return _tokens.Length == 0
            ? rest.IsEmpty
            : rest.Contains(_needle, StringComparison.Ordinal) && Run(rest, orParent: false) == Outcome.Match;
    }

    /// <summary>Says whether the path, or the path of a directory above it, matches.</summary>
    internal bool IsMatchOrParent(ReadOnlySpan<char> path)
    {
        if (!path.StartsWith(_prefix))
        {
            return false;
        }

        ReadOnlySpan<char> rest = path[_prefix.Length..];
        return _tokens.Length == 0
            ? rest.IsEmpty || rest[0] == '/'
            : rest.Contains(_needle, StringComparison.Ordinal) && Run(rest, orParent: true) == Outcome.Match;
    }

    /// <summary>Says whether some path below a directory can match.</summary>
    internal bool MayMatchBelow(ReadOnlySpan<char> directory)
    {
        string below = directory.IsEmpty ? "" : $"{directory}/";
        if (below.Length < _prefix.Length)
        {
            return _prefix.StartsWith(below, StringComparison.Ordinal);
        }

        return below.StartsWith(_prefix, StringComparison.Ordinal) && (_tokens.Length == 0
            ? false
            : Run(below.AsSpan(_prefix.Length), orParent: false) != Outcome.Dead);
    }

    private enum Outcome
    {
        Dead,
        Alive,
        Match,
    }

    private Outcome Run(ReadOnlySpan<char> text, bool orParent)
    {
        Span<ulong> current = WordCount <= 8 ? stackalloc ulong[WordCount] : new ulong[WordCount];
        Span<ulong> next = WordCount <= 8 ? stackalloc ulong[WordCount] : new ulong[WordCount];
        Reach(current, 0);
        while (!text.IsEmpty)
        {
            if (orParent && text[0] == '/' && IsReached(current, _tokens.Length))
            {
                return Outcome.Match;
            }

            Rune.DecodeFromUtf16(text, out Rune character, out int length);
            text = text[length..];
            next.Clear();
            if (!Advance(current, next, character))
            {
                return Outcome.Dead;
            }

            Span<ulong> swap = current;
            current = next;
            next = swap;
        }

        return IsReached(current, _tokens.Length) ? Outcome.Match : Outcome.Alive;
    }

    private bool Advance(ReadOnlySpan<ulong> current, Span<ulong> next, Rune character)
    {
        bool any = false;
        for (int word = 0; word < current.Length; word++)
        {
            for (ulong bits = current[word]; bits != 0; bits &= bits - 1)
            {
                int state = (word * BitsPerWord) + BitOperations.TrailingZeroCount(bits);
                any |= state < _tokens.Length && Step(next, state, character);
            }
        }

        return any;
    }

    private bool Step(Span<ulong> next, int state, Rune character)
    {
        bool isSeparator = character.Value == '/';
        ref readonly GlobToken token = ref _tokens[state];
        switch (token.Kind)
        {
            case GlobTokenKind.Literal when token.Character == character:
            case GlobTokenKind.Any when !isSeparator:
            case GlobTokenKind.Class when !isSeparator && token.Class!.Contains(character):
                Reach(next, state + 1);
                return true;
            case GlobTokenKind.Star when !isSeparator:
            case GlobTokenKind.All:
                Reach(next, state);
                return true;
            case GlobTokenKind.InDirectories:
                Reach(next, state);
                if (isSeparator)
                {
                    Reach(next, state + 1);
                }

                return true;
            default:
                return false;
        }
    }

    // Some tokens also accept nothing: then the position behind them is reached as well. What was reached already, was so with all behind
    // it.
    private void Reach(Span<ulong> set, int state)
    {
        while (!IsReached(set, state))
        {
            Mark(set, state);
            if (state == _tokens.Length)
            {
                return;
            }

            switch (_tokens[state].Kind)
            {
                case GlobTokenKind.Star or GlobTokenKind.All:
                    state++;
                    break;
                case GlobTokenKind.Directories:
                    Mark(set, state + 1);
                    state += 2;
                    break;
                default:
                    return;
            }
        }
    }

    private static void Mark(Span<ulong> set, int state) => set[state / BitsPerWord] |= 1UL << (state % BitsPerWord);

    private static bool IsReached(ReadOnlySpan<ulong> set, int state) => (set[state / BitsPerWord] >> (state % BitsPerWord) & 1) != 0;

    private static string LongestLiteral(GlobToken[] tokens)
    {
        string longest = "";
        var run = new StringBuilder();
        foreach (GlobToken token in tokens)
        {
            if (token.Kind == GlobTokenKind.Literal)
            {
                run.Append(token.Character.ToString());
                longest = run.Length > longest.Length ? run.ToString() : longest;
            }
            else
            {
                run.Clear();
            }
        }

        return longest;
    }
}
