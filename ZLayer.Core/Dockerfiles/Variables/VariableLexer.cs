using System.Text;
using ZLayer.Core.Foundation.Text;

namespace ZLayer.Core.Dockerfiles;

/// <summary>
/// One pass over one word: quotes, escapes and substitutions (POSIX XCU 2.2 and 2.6.2, without commands and arithmetic).
/// Text is collected twice at once: as one word and as words split at unquoted white space.
/// </summary>
internal sealed class VariableLexer(string source, VariableScope scope, VariableExpansionOptions options)
{
    // Each level is a few stack frames; nobody nests defaults deeper than this by hand.
    private const int MaximumDepth = 64;
    private const char End = '\uffff';

    private readonly char _escape = scope.Escape;
    private readonly bool _keepQuotes = options.HasFlag(VariableExpansionOptions.KeepQuotes);
    private readonly bool _ignoreQuotes = options.HasFlag(VariableExpansionOptions.IgnoreQuotes);
    private readonly bool _keepUnset = options.HasFlag(VariableExpansionOptions.KeepUnset);
    private int _position;
    private int _depth;

    internal (string Word, List<string> Words) Process()
        => Process(null, options.HasFlag(VariableExpansionOptions.KeepEscapes));

    private bool AtEnd => _position >= source.Length;

    private char Peek() => AtEnd ? End : source[_position];

    private (string Word, List<string> Words) Process(char? stop, bool keepEscapes)
    {
        if (++_depth > MaximumDepth)
        {
            throw new SyntaxException("substitutions are nested too deeply");
        }

        var result = new StringBuilder();
        var words = new WordSplitter();
        while (!AtEnd)
        {
            char next = source[_position];
            if (next == stop)
            {
                _position++;
                _depth--;
                return (result.ToString(), words.Finish());
            }

            Step(next, keepEscapes, result, words);
            CheckLength(result);
        }

        if (stop is not null)
        {
            throw new SyntaxException($"syntax error: missing '{stop}' in a substitution");
        }

        _depth--;
        return (result.ToString(), words.Finish());
    }

    // Where each variable doubles the one before, thirty lines are a gigabyte.
    private static void CheckLength(StringBuilder text)
    {
        if (text.Length > DockerfileLimits.ValueLength)
        {
            throw new SyntaxException($"with its variables replaced it is longer than {DockerfileLimits.ValueLength} characters");
        }
    }

    private void Step(char next, bool keepEscapes, StringBuilder result, WordSplitter words)
    {
        switch (next)
        {
            case '$':
                string value = Substitution(keepEscapes);
                result.Append(value);
                words.AddText(value);
                break;
            case '\'' when !_ignoreQuotes:
                AddRaw(SingleQuoted());
                break;
            case '"' when !_ignoreQuotes:
                AddRaw(DoubleQuoted(keepEscapes));
                break;
            case '<':
                AddRaw(HeredocOperator());
                break;
            default:
                Plain(next, keepEscapes, result, words);
                break;
        }

        void AddRaw(string text)
        {
            result.Append(text);
            words.AddRaw(text);
        }
    }

    private void Plain(char next, bool keepEscapes, StringBuilder result, WordSplitter words)
    {
        _position++;
        if (next != _escape)
        {
            result.Append(next);
            words.Add(next);
            return;
        }

        if (keepEscapes)
        {
            result.Append(next);
            words.AddRaw(next);
        }

        if (!AtEnd)
        {
            result.Append(source[_position]);
            words.AddRaw(source[_position]);
            _position++;
        }
    }

    // White space between << or <<- and its word does not split, so that "<< EOF" stays one word.
    private string HeredocOperator()
    {
        int start = _position++;
        if (Peek() != '<')
        {
            return "<";
        }

        _position++;
        bool dash = Peek() == '-' && _position + 1 < source.Length && (source[_position + 1] is ' ' or '\t' or '\r');
        _position += dash ? 1 : 0;
        while (Peek() is ' ' or '\t' or '\r')
        {
            _position++;
        }

        return source[start.._position];
    }

    private string SingleQuoted()
    {
        int close = source.IndexOf('\'', _position + 1);
        if (close < 0)
        {
            throw new SyntaxException("a single quote is not closed");
        }

        string text = _keepQuotes ? source[_position..(close + 1)] : source[(_position + 1)..close];
        _position = close + 1;
        return text;
    }

    private string DoubleQuoted(bool keepEscapes)
    {
        var text = new StringBuilder();
        _position++;
        if (_keepQuotes)
        {
            text.Append('"');
        }

        while (!AtEnd)
        {
            char next = source[_position];
            if (next == '"')
            {
                _position++;
                return (_keepQuotes ? text.Append('"') : text).ToString();
            }

            if (next == '$')
            {
                text.Append(Substitution(keepEscapes));
                CheckLength(text);
                continue;
            }

            _position++;
            if (next == _escape && (Peek() == '"' || Peek() == '$' || Peek() == _escape))
            {
                if (keepEscapes)
                {
                    text.Append(next);
                }

                next = source[_position++];
            }

            text.Append(next);
        }

        throw new SyntaxException("a double quote is not closed");
    }

    private string Substitution(bool keepEscapes)
    {
        _position++;
        if (Peek() != '{')
        {
            string plain = Name();
            return plain.Length == 0 ? "$" : scope.Get(plain) ?? (_keepUnset ? "$" + plain : "");
        }

        _position++;
        if (AtEnd)
        {
            throw new SyntaxException("syntax error: missing '}'");
        }

        if (Peek() is '{' or '}' or ':')
        {
            throw new SyntaxException("syntax error: bad substitution");
        }

        string name = Name();
        if (AtEnd)
        {
            throw new SyntaxException("syntax error: missing '}'");
        }

        char modifier = source[_position++];
        return modifier switch
        {
            '}' => scope.Get(name) ?? (_keepUnset ? $"${{{name}}}" : ""),
            '/' => Replacement(name),
            '#' or '%' => Trimmed(name, modifier),
            ':' or '-' or '+' or '?' => Conditional(name, modifier, keepEscapes),
            _ => throw new SyntaxException($"unsupported modifier ({modifier}) in the substitution of {name}"),
        };
    }

    private string Conditional(string name, char first, bool keepEscapes)
    {
        bool emptyIsUnset = first == ':';
        char modifier = first;
        string operation = first.ToString();
        if (emptyIsUnset)
        {
            modifier = Peek();
            operation += AtEnd ? "" : modifier;
            _position++;
        }

        if (modifier is not ('-' or '+' or '?'))
        {
            throw new SyntaxException($"unsupported modifier ({operation}) in the substitution of {name}");
        }

        string word = Process('}', keepEscapes: false).Word;
        string? value = scope.Get(name);
        if (value is null && _keepUnset)
        {
            return $"${{{name}{operation}{word}}}";
        }

        bool missing = value is null || (emptyIsUnset && value.Length == 0);
        return modifier switch
        {
            '-' => missing ? word : value!,
            '+' => missing ? "" : word,
            _ when missing => throw new SyntaxException(
                $"{name}: {(word.Length > 0 ? word : value is null ? "is not allowed to be unset" : "is not allowed to be empty")}"),
            _ => value!,
        };
    }

    private string Trimmed(string name, char modifier)
    {
        string word = Process('}', keepEscapes: true).Word;
        string? value = scope.Get(name);
        if (value is null && _keepUnset)
        {
            return $"${{{name}{modifier}{word}}}";
        }

        bool longest = word.StartsWith(modifier);
        var pattern = ShellPattern.Parse(longest ? word[1..] : word);
        return modifier == '#' ? pattern.TrimStart(value ?? "", longest) : pattern.TrimEnd(value ?? "", longest);
    }

    private string Replacement(string name)
    {
        bool all = Peek() == '/';
        if (all)
        {
            _position++;
        }

        string pattern = Process('/', keepEscapes: true).Word;
        string replacement = Process('}', keepEscapes: true).Word;
        string? value = scope.Get(name);
        if (value is null && _keepUnset)
        {
            return $"${{{name}/{(all ? "/" : "")}{pattern}/{replacement}}}";
        }

        return ShellPattern.Parse(pattern).Replace(value ?? "", replacement, all);
    }

    // A name; or digits; or one special parameter, which is never set in a Dockerfile.
    private string Name()
    {
        int start = _position;
        if (char.IsDigit(Peek()))
        {
            while (char.IsDigit(Peek()))
            {
                _position++;
            }
        }
        else if (!AtEnd && "@*#?-$!".Contains(source[_position], StringComparison.Ordinal))
        {
            _position++;
        }
        else
        {
            while (!AtEnd && (char.IsLetterOrDigit(source[_position]) || source[_position] == '_'))
            {
                _position++;
            }
        }

        return source[start.._position];
    }
}
