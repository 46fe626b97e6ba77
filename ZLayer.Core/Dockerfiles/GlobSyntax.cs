using System.Text;

namespace ZLayer.Core.Dockerfiles;

/// <summary>
/// Compiles path patterns. Within a segment they are those of Go's filepath.Match; <c>**</c>, where it is allowed, is that of
/// moby/patternmatcher: at the end it takes everything, elsewhere any number of whole directories.
/// </summary>
internal sealed class GlobSyntax
{
    private readonly Rune[] pattern;
    private readonly bool doubleStar;
    private readonly List<GlobToken> tokens = [];
    private int position;

    private GlobSyntax(string pattern, bool doubleStar)
    {
        this.pattern = [.. pattern.EnumerateRunes()];
        this.doubleStar = doubleStar;
    }

    internal static GlobProgram Compile(string pattern, bool doubleStar) => new GlobSyntax(pattern, doubleStar).Read();

    /// <summary>Throws when the pattern is malformed.</summary>
    internal static void Check(string pattern) => Compile(pattern, doubleStar: true);

    /// <summary>The shortest spelling of a path (Go's path.Clean): no empty and dot segments, <c>..</c> resolved where it can be.</summary>
    internal static string Clean(string path)
    {
        bool rooted = path.StartsWith('/');
        var segments = new List<string>();
        foreach (string segment in path.Split('/'))
        {
            if (segment is "" or ".")
            {
                continue;
            }

            if (segment != "..")
            {
                segments.Add(segment);
            }
            else if (segments.Count > 0 && segments[^1] != "..")
            {
                segments.RemoveAt(segments.Count - 1);
            }
            else if (!rooted)
            {
                segments.Add(segment);
            }
        }

        string clean = string.Join('/', segments);
        return rooted ? "/" + clean : clean.Length == 0 ? "." : clean;
    }

    private GlobProgram Read()
    {
        while (position < pattern.Length)
        {
            switch (pattern[position].Value)
            {
                case '*' when doubleStar && Next() == '*':
                    DoubleStar();
                    break;
                case '*':
                    Add(GlobTokenKind.Star);
                    break;
                case '?':
                    Add(GlobTokenKind.Any);
                    break;
                case '[':
                    position++;
                    tokens.Add(new GlobToken(GlobTokenKind.Class, Class: ReadClass()));
                    break;
                default:
                    tokens.Add(new GlobToken(GlobTokenKind.Literal, ReadCharacter()));
                    break;
            }
        }

        return new GlobProgram([.. tokens]);
    }

    private int Next() => position + 1 < pattern.Length ? pattern[position + 1].Value : -1;

    private void Add(GlobTokenKind kind)
    {
        tokens.Add(new GlobToken(kind));
        position++;
    }

    private void DoubleStar()
    {
        bool first = position == 0;
        position += 2;
        bool slash = position < pattern.Length && pattern[position].Value == '/';
        if (slash)
        {
            position++;
        }

        bool literalTail = pattern.AsSpan(position).IndexOfAny([new Rune('*'), new Rune('?'), new Rune('['), new Rune('\\')]) < 0;
        if (position == pattern.Length || (first && !slash && literalTail))
        {
            tokens.Add(new GlobToken(GlobTokenKind.All));
            return;
        }

        tokens.Add(new GlobToken(GlobTokenKind.Directories));
        tokens.Add(new GlobToken(GlobTokenKind.InDirectories));
    }

    private GlobClass ReadClass()
    {
        bool negated = position < pattern.Length && pattern[position].Value == '^';
        position += negated ? 1 : 0;
        var ranges = new List<(Rune, Rune)>();
        while (true)
        {
            if (position < pattern.Length && pattern[position].Value == ']' && ranges.Count > 0)
            {
                position++;
                return new GlobClass(negated, ranges);
            }

            if (position >= pattern.Length || pattern[position].Value is '-' or ']')
            {
                throw Malformed("a character class [ is not closed, or has a misplaced - or ]");
            }

            Rune low = ReadCharacter();
            Rune high = low;
            if (position < pattern.Length && pattern[position].Value == '-')
            {
                position++;
                if (position >= pattern.Length || pattern[position].Value is '-' or ']')
                {
                    throw Malformed("a range in a character class has no end");
                }

                high = ReadCharacter();
            }

            ranges.Add((low, high));
        }
    }

    private Rune ReadCharacter()
    {
        if (pattern[position].Value == '\\' && ++position == pattern.Length)
        {
            throw Malformed("nothing follows the last backslash");
        }

        return pattern[position++];
    }

    private SyntaxException Malformed(string why) => new($"the pattern \"{string.Concat(pattern)}\" is malformed: {why}");
}
