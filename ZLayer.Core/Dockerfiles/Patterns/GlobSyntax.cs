using System.Text;
using ZLayer.Core.Foundation.Text;

namespace ZLayer.Core.Dockerfiles;

/// <summary>
/// Compiles path patterns. Within a segment they are those of Go's filepath.Match; <c>**</c>, where it is allowed, is that of
/// moby/patternmatcher: at the end it takes everything, elsewhere any number of whole directories.
/// </summary>
internal sealed class GlobSyntax
{
    private readonly Rune[] _pattern;
    private readonly bool _doubleStar;
    private readonly List<GlobToken> _tokens = [];
    private int _position;

    private GlobSyntax(string pattern, bool doubleStar)
    {
        _pattern = [.. pattern.EnumerateRunes()];
        _doubleStar = doubleStar;
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
        while (_position < _pattern.Length)
        {
            if (_tokens.Count >= DockerfileLimits.PatternParts)
            {
                throw Malformed($"it is longer than {DockerfileLimits.PatternParts} characters, and no path is");
            }

            switch (_pattern[_position].Value)
            {
                case '*' when _doubleStar && Next() == '*':
                    DoubleStar();
                    break;
                case '*' when _tokens.Count > 0 && _tokens[^1].Kind == GlobTokenKind.Star:
                    _position++; // One is as good as many.
                    break;
                case '*':
                    Add(GlobTokenKind.Star);
                    break;
                case '?':
                    Add(GlobTokenKind.Any);
                    break;
                case '[':
                    _position++;
                    _tokens.Add(new GlobToken(GlobTokenKind.Class, Class: ReadClass()));
                    break;
                default:
                    _tokens.Add(new GlobToken(GlobTokenKind.Literal, ReadCharacter()));
                    break;
            }
        }

        return new GlobProgram([.. _tokens]);
    }

    private int Next() => _position + 1 < _pattern.Length ? _pattern[_position + 1].Value : -1;

    private void Add(GlobTokenKind kind)
    {
        _tokens.Add(new GlobToken(kind));
        _position++;
    }

    private void DoubleStar()
    {
        bool first = _position == 0;
        _position += 2;
        bool slash = _position < _pattern.Length && _pattern[_position].Value == '/';
        if (slash)
        {
            _position++;
        }

        if (_position == _pattern.Length || (first && !slash && HasLiteralTail()))
        {
            _tokens.Add(new GlobToken(GlobTokenKind.All));
            return;
        }

        if (_tokens.Count > 0 && _tokens[^1].Kind == GlobTokenKind.InDirectories)
        {
            return; // **/**/ is **/.
        }

        _tokens.Add(new GlobToken(GlobTokenKind.Directories));
        _tokens.Add(new GlobToken(GlobTokenKind.InDirectories));
    }

    private bool HasLiteralTail()
        => _pattern.AsSpan(_position).IndexOfAny([new Rune('*'), new Rune('?'), new Rune('['), new Rune('\\')]) < 0;

    private GlobClass ReadClass()
    {
        bool negated = _position < _pattern.Length && _pattern[_position].Value == '^';
        _position += negated ? 1 : 0;
        var ranges = new List<(Rune, Rune)>();
        while (true)
        {
            if (_position < _pattern.Length && _pattern[_position].Value == ']' && ranges.Count > 0)
            {
                _position++;
                return new GlobClass(negated, ranges);
            }

            if (_position >= _pattern.Length || _pattern[_position].Value is '-' or ']')
            {
                throw Malformed("a character class [ is not closed, or has a misplaced - or ]");
            }

            Rune low = ReadCharacter();
            Rune high = low;
            if (_position < _pattern.Length && _pattern[_position].Value == '-')
            {
                _position++;
                if (_position >= _pattern.Length || _pattern[_position].Value is '-' or ']')
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
        if (_pattern[_position].Value == '\\' && ++_position == _pattern.Length)
        {
            throw Malformed("nothing follows the last backslash");
        }

        return _pattern[_position++];
    }

    private SyntaxException Malformed(string why)
        => new($"the pattern \"{SyntaxException.Shown(string.Concat(_pattern))}\" is malformed: {why}");
}
