using System.Globalization;
using Tomlyn;
using Tomlyn.Parsing;
using Tomlyn.Syntax;

namespace ZLayer.Core.Registries.Configuration;

/// <summary>
/// Reads TOML (https://toml.io/en/v1.1.0) into tables that know their lines. Tomlyn reads the grammar; what its syntax tree leaves open is
/// decided here: which tables a header means, and what may not be defined twice. Its typed reader is not used, as it refuses an array of
/// tables that goes on after another table and does not tell the line of what has the wrong type.
/// </summary>
internal static class TomlDocument
{
    /// <summary>How deep arrays, inline tables and keys may be nested: their readers call themselves for each level.</summary>
    public const int MaximumDepth = 64;

    private static readonly TomlSerializerOptions Options = new() { MaxDepth = MaximumDepth };

    /// <summary>Reads a document.</summary>
    /// <exception cref="FormatException">It is not TOML; the message names the line.</exception>
    public static TomlTable Parse(string text)
    {
        var document = ParseSyntax(text);
        var root = new TomlTable();
        Fill(root, document.KeyValues);
        foreach (var header in document.Tables)
        {
            var path = PathOf(header.Name!);
            var table = header is TableArraySyntax ? Append(root, path, LineOf(header)) : Define(root, path, LineOf(header));
            Fill(table, header.Items);
        }

        return root;
    }

    private static DocumentSyntax ParseSyntax(string text)
    {
        CheckSyntax(text);
        var document = SyntaxParser.Parse(text, Options, validate: false);
        return document.Diagnostics.FirstOrDefault() is { } first ? throw Problem(first.Span.Start.Line + 1, Plain(first.Message)) : document;
    }

    // The parser of the tree goes on after an error, and does not say where the nesting is too deep. This one stops there and knows.
    private static void CheckSyntax(string text)
    {
        var parser = TomlParser.Create(text, Options);
        try
        {
            while (parser.MoveNext())
            {
            }
        }
        catch (TomlException e) when (e.Line is { } line)
        {
            throw parser.Depth > MaximumDepth
                ? Problem(line, $"values are nested more than {MaximumDepth} deep")
                : Problem(line, Plain(e.Diagnostics!.First().Message));
        }
        catch (TomlException)
        {
            // A key has too many parts: it is found in the tree, with its line.
        }
        catch (ArgumentOutOfRangeException)
        {
            // The parser cannot show the character that it misses: the document ends within an escape.
            throw Problem(1 + text.AsSpan().Count('\n'), "a string is broken off in an escape");
        }
    }

    private static void Fill(TomlTable table, IEnumerable<KeyValueSyntax> pairs)
    {
        foreach (var pair in pairs)
        {
            var (path, line) = (PathOf(pair.Key!), LineOf(pair));
            var owner = table;
            foreach (var name in path.AsSpan(..^1))
            {
                owner = owner.TryGetValue(name, out var inner)
                    ? inner as TomlTable is { Origin: TomlOrigin.DottedKey } dotted ? dotted : throw Twice(line, name)
                    : owner.Create(name, line, TomlOrigin.DottedKey);
            }

            if (!owner.TryAdd(path[^1], ToValue(pair.Value!)))
            {
                throw Twice(line, path[^1]);
            }

            owner.Lines[path[^1]] = line;
        }
    }

    private static TomlTable Define(TomlTable root, string[] path, int line)
    {
        var parent = Descend(root, path.AsSpan(..^1), line);
        if (!parent.TryGetValue(path[^1], out var value))
        {
            return parent.Create(path[^1], line, TomlOrigin.Header);
        }

        // [a.b] makes a table of a, which [a] may define afterwards.
        if (value is not TomlTable { Origin: TomlOrigin.Path } table)
        {
            throw Twice(line, path[^1]);
        }

        table.Line = line;
        table.Origin = TomlOrigin.Header;
        return table;
    }

    private static TomlTable Append(TomlTable root, string[] path, int line)
    {
        var parent = Descend(root, path.AsSpan(..^1), line);
        if (!parent.TryGetValue(path[^1], out var value))
        {
            parent[path[^1]] = value = new HeaderList();
            parent.Lines[path[^1]] = line;
        }

        if (value is not HeaderList list)
        {
            throw Twice(line, path[^1]);
        }

        var table = new TomlTable { Line = line, Origin = TomlOrigin.Header };
        list.Add(table);
        return table;
    }

    // A path through an array of tables means its last table.
    private static TomlTable Descend(TomlTable table, ReadOnlySpan<string> path, int line)
    {
        foreach (var name in path)
        {
            table = !table.TryGetValue(name, out var value)
                ? table.Create(name, line, TomlOrigin.Path)
                : value switch
                {
                    TomlTable { Origin: not TomlOrigin.Value } inner => inner,
                    HeaderList list => (TomlTable)list[^1],
                    _ => throw Twice(line, name),
                };
        }

        return table;
    }

    private static object ToValue(ValueSyntax value)
    {
        switch (value)
        {
            case StringValueSyntax text:
                return text.Value!;
            case BooleanValueSyntax flag:
                return flag.Value;
            case ArraySyntax array:
                return array.Items.Select(item => ToValue(item.Value!)).ToList();
            case InlineTableSyntax inline:
                var table = new TomlTable { Line = LineOf(inline), Origin = TomlOrigin.Value };
                Fill(table, inline.Items.Select(item => item.KeyValue!));
                return table;
            default:
                var token = value switch
                {
                    IntegerValueSyntax integer => integer.Token,
                    FloatValueSyntax number => number.Token,
                    _ => ((DateTimeValueSyntax)value).Token,
                };
                return new TomlScalar(token!.Text!);
        }
    }

    private static string[] PathOf(KeySyntax key)
    {
        string[] path = [NameOf(key.Key!), .. key.DotKeys.Select(part => NameOf(part.Key!))];
        return path.Length <= MaximumDepth ? path : throw Problem(LineOf(key), $"keys are nested more than {MaximumDepth} deep");
    }

    private static string NameOf(BareKeyOrStringValueSyntax part)
        => part is StringValueSyntax quoted ? quoted.Value! : ((BareKeySyntax)part).Key!.Text!;

    private static int LineOf(SyntaxNode node) => node.Span.Start.Line + 1;

    private static FormatException Twice(int line, string name) => Problem(line, $"'{name}' is set twice");

    private static FormatException Problem(int line, string what)
        => new(string.Create(CultureInfo.InvariantCulture, $"line {line}: {what}"));

    private static string Plain(string message)
    {
        var text = message.TrimEnd('.', '\\', '\n').Replace('`', '\'');
        return string.Concat(char.ToLowerInvariant(text[0]).ToString(), text.AsSpan(1));
    }

    /// <summary>An array of tables, one for each header <c>[[a]]</c>; a list in brackets is complete.</summary>
    private sealed class HeaderList : List<object>;
}
