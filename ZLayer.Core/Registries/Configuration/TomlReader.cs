using System.Globalization;
using System.Text;

namespace ZLayer.Core.Registries.Configuration;

/// <summary>
/// Reads the TOML 1.0 of configuration files: tables, arrays of tables, dotted and quoted keys, strings of all four kinds, booleans, arrays
/// and inline tables. Numbers and dates are kept as their text, which is all that is needed of them. A package for this would be one more
/// assembly in every PowerShell process. Values are nested at most <see cref="MaximumDepth"/> deep: the reader calls itself for each level.
/// </summary>
internal sealed class TomlReader
{
    /// <summary>How deep arrays and inline tables may be nested.</summary>
    public const int MaximumDepth = 64;

    private readonly string _text;
    private int _position;
    private int _depth;

    // Lines are counted as the reader goes on, not from the beginning for each key.
    private int _counted;
    private int _line = 1;

    private TomlReader(string text) => _text = text;

    /// <summary>Reads a document.</summary>
    /// <exception cref="FormatException">It is not TOML; the message names the line.</exception>
    public static TomlTable Parse(string text) => new TomlReader(text).ReadDocument();

    private TomlTable ReadDocument()
    {
        var root = new TomlTable();
        var current = root;
        while (SkipToContent())
        {
            if (Take("[["))
            {
                var path = ReadKey();
                Expect("]]");
                current = AppendTable(Descend(root, path.AsSpan(..^1)), path[^1]);
            }
            else if (Take("["))
            {
                var path = ReadKey();
                Expect("]");
                current = Descend(root, path);
            }
            else
            {
                ReadPair(current);
            }

            ExpectEndOfLine();
        }

        return root;
    }

    private void ReadPair(TomlTable table)
    {
        var path = ReadKey();
        Expect("=");
        SkipBlanks();
        var (owner, line) = (Descend(table, path.AsSpan(..^1)), LineHere());
        if (!owner.TryAdd(path[^1], ReadValue()))
        {
            throw Problem($"'{path[^1]}' is set twice");
        }

        owner.Lines[path[^1]] = line;
    }

    // A path through an array of tables means its last table.
    private TomlTable Descend(TomlTable table, ReadOnlySpan<string> path)
    {
        foreach (var name in path)
        {
            if (!table.TryGetValue(name, out var next))
            {
                table[name] = next = new TomlTable { Line = LineHere() };
                table.Lines[name] = LineHere();
            }

            table = next switch
            {
                TomlTable inner => inner,
                List<object> { Count: > 0 } list when list[^1] is TomlTable last => last,
                _ => throw Problem($"'{name}' is not a table"),
            };
        }

        return table;
    }

    private TomlTable AppendTable(TomlTable parent, string name)
    {
        if (!parent.TryGetValue(name, out var list))
        {
            parent[name] = list = new List<object>();
            parent.Lines[name] = LineHere();
        }

        var table = new TomlTable { Line = LineHere() };
        (list as List<object> ?? throw Problem($"'{name}' is not an array of tables")).Add(table);
        return table;
    }

    private string[] ReadKey()
    {
        var parts = new List<string>();
        do
        {
            SkipBlanks();
            parts.Add(Peek is '"' or '\'' ? ReadString() : ReadBareKey());
            SkipBlanks();
        }
        while (Take("."));
        return [.. parts];
    }

    private string ReadBareKey()
    {
        var start = _position;
        while (char.IsAsciiLetterOrDigit(Peek) || Peek is '_' or '-')
        {
            _position++;
        }

        return _position > start ? _text[start.._position] : throw Problem("a key is expected");
    }

    private object ReadValue()
    {
        if (++_depth > MaximumDepth)
        {
            throw Problem($"values are nested more than {MaximumDepth} deep");
        }

        object value = Peek switch
        {
            '"' or '\'' => ReadString(),
            '[' => ReadArray(),
            '{' => ReadInlineTable(),
            _ => ReadScalar(),
        };
        _depth--;
        return value;
    }

    private object ReadScalar()
    {
        var start = _position;
        while (_position < _text.Length && Peek is not (',' or ']' or '}' or '#' or '\n' or '\r'))
        {
            _position++;
        }

        var word = _text[start.._position].Trim();
        return word switch
        {
            "true" => true,
            "false" => false,
            [('+' or '-' or (>= '0' and <= '9')), ..] or "inf" or "nan" => new TomlScalar(word),
            _ => throw Problem($"'{word}' is not a value"),
        };
    }

    private List<object> ReadArray()
    {
        var values = new List<object>();
        Expect("[");
        while (SkipToContent() && !Take("]"))
        {
            values.Add(ReadValue());
            SkipToContent();
            if (!Take(",") && Peek != ']')
            {
                throw Problem("',' or ']' is expected");
            }
        }

        return values;
    }

    private TomlTable ReadInlineTable()
    {
        var table = new TomlTable { Line = LineHere() };
        Expect("{");
        SkipBlanks();
        while (!Take("}"))
        {
            ReadPair(table);
            SkipBlanks();
            if (!Take(",") && Peek != '}')
            {
                throw Problem("',' or '}' is expected");
            }

            SkipBlanks();
        }

        return table;
    }

    private string ReadString()
    {
        var quote = Peek;
        var isLong = _text.AsSpan(_position).StartsWith(new string(quote, 3));
        _position += isLong ? 3 : 1;
        if (isLong)
        {
            SkipNewLine();
        }

        var value = new StringBuilder();
        while (true)
        {
            if (_position >= _text.Length || (!isLong && Peek is '\n' or '\r'))
            {
                throw Problem("a string does not end");
            }

            if (isLong ? Take(new string(quote, 3)) : Take(quote.ToString()))
            {
                return value.ToString();
            }

            if (quote == '"' && Take("\\"))
            {
                ReadEscape(value);
            }
            else
            {
                value.Append(_text[_position++]);
            }
        }
    }

    private void ReadEscape(StringBuilder value)
    {
        var escape = Peek;
        _position++;
        switch (escape)
        {
            case 'n': value.Append('\n'); break;
            case 't': value.Append('\t'); break;
            case 'r': value.Append('\r'); break;
            case 'b': value.Append('\b'); break;
            case 'f': value.Append('\f'); break;
            case 'e': value.Append('\e'); break;
            case '"' or '\\': value.Append(escape); break;
            case 'u': value.Append(ReadRune(4)); break;
            case 'U': value.Append(ReadRune(8)); break;
            case ' ' or '\t' or '\r' or '\n':
                // A backslash at the end of a line joins it with the next.
                while (char.IsWhiteSpace(Peek))
                {
                    _position++;
                }

                break;
            default: throw Problem($"'\\{escape}' is not an escape");
        }
    }

    private string ReadRune(int length)
    {
        if (_position + length > _text.Length
            || !int.TryParse(_text.AsSpan(_position, length), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var code)
            || !Rune.IsValid(code))
        {
            throw Problem("a Unicode escape is damaged");
        }

        _position += length;
        return new Rune(code).ToString();
    }

    private char Peek => _position < _text.Length ? _text[_position] : '\0';

    private bool Take(string token)
    {
        if (!_text.AsSpan(_position).StartsWith(token))
        {
            return false;
        }

        _position += token.Length;
        return true;
    }

    private void Expect(string token)
    {
        SkipBlanks();
        if (!Take(token))
        {
            throw Problem($"'{token}' is expected");
        }
    }

    private void ExpectEndOfLine()
    {
        SkipBlanks();
        SkipComment();
        if (_position < _text.Length && !SkipNewLine())
        {
            throw Problem("the line should end here");
        }
    }

    // False at the end of the text.
    private bool SkipToContent()
    {
        do
        {
            SkipBlanks();
            SkipComment();
        }
        while (SkipNewLine());
        return _position < _text.Length;
    }

    private void SkipBlanks()
    {
        while (Peek is ' ' or '\t' or '\uFEFF')
        {
            _position++;
        }
    }

    private void SkipComment()
    {
        if (Peek == '#')
        {
            var end = _text.IndexOf('\n', _position);
            _position = end < 0 ? _text.Length : end;
        }
    }

    private bool SkipNewLine() => Take("\r\n") || Take("\n");

    private FormatException Problem(string what) => new($"line {LineHere()}: {what}");

    private int LineHere()
    {
        var end = Math.Min(_position, _text.Length);
        _line += _text.AsSpan(_counted, Math.Max(0, end - _counted)).Count('\n');
        _counted = Math.Max(_counted, end);
        return _line;
    }
}
