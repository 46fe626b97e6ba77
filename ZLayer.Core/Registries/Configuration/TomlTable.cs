using System.Globalization;

namespace ZLayer.Core.Registries.Configuration;

/// <summary>
/// A table of a TOML document: values are texts, booleans, <see cref="TomlScalar"/>, tables, and lists of these. What is asked for and is
/// of another type is an error that names the line and the key, never absent.
/// </summary>
internal sealed class TomlTable : Dictionary<string, object>
{
    public TomlTable()
        : base(StringComparer.Ordinal)
    {
    }

    /// <summary>Where the table begins.</summary>
    public int Line { get; set; }

    /// <summary>What made the table, which decides what may still be added to it.</summary>
    public TomlOrigin Origin { get; set; }

    /// <summary>Where each key is set.</summary>
    public Dictionary<string, int> Lines { get; } = new(StringComparer.Ordinal);

    /// <summary>The text of a key; null when it is not set.</summary>
    /// <exception cref="FormatException">It is no text.</exception>
    public string? Text(string key) => Value<string>(key, "a text in quotes");

    /// <summary>The boolean of a key; null when it is not set.</summary>
    /// <exception cref="FormatException">It is no boolean.</exception>
    public bool? Flag(string key) => Value<object>(key, "") is null ? null : Value<bool>(key, "true or false, without quotes");

    /// <summary>The tables of a key; none when it is not set.</summary>
    /// <exception cref="FormatException">It is no array of tables.</exception>
    public IReadOnlyList<TomlTable> Tables(string key)
    {
        var list = Value<List<object>>(key, $"an array of tables: [[{key}]]") ?? [];
        return list.TrueForAll(item => item is TomlTable)
            ? [.. list.Cast<TomlTable>()]
            : throw Wrong(key, list, $"an array of tables: [[{key}]]");
    }

    /// <summary>Makes the table of a key that is not set.</summary>
    public TomlTable Create(string key, int line, TomlOrigin origin)
    {
        var table = new TomlTable { Line = line, Origin = origin };
        this[key] = table;
        Lines[key] = line;
        return table;
    }

    /// <summary>An error about this table.</summary>
    public FormatException Problem(string what) => new(string.Create(CultureInfo.InvariantCulture, $"line {Line}: {what}"));

    private T? Value<T>(string key, string wanted)
        => !TryGetValue(key, out var value) ? default : value is T typed ? typed : throw Wrong(key, value, wanted);

    private FormatException Wrong(string key, object value, string wanted)
    {
        var found = value switch
        {
            string => "a text",
            bool => "true or false",
            TomlScalar => "a number or date",
            TomlTable => "a table",
            _ => "a list",
        };
        return new FormatException(
            string.Create(
                CultureInfo.InvariantCulture, $"line {Lines.GetValueOrDefault(key, Line)}: '{key}' is {found}; it must be {wanted}"));
    }
}

/// <summary>A number or a date, as it is written.</summary>
internal sealed record TomlScalar(string Text);

/// <summary>What made a table of a TOML document.</summary>
internal enum TomlOrigin
{
    /// <summary>The header of a table below it, such as <c>[a.b]</c> for a: it may be defined once, and grow.</summary>
    Path,
    /// <summary>Its own header, of a table or of one in an array of tables: other headers may add tables.</summary>
    Header,
    /// <summary>A key with dots: more such keys and headers of other tables may add to it.</summary>
    DottedKey,
    /// <summary>Braces: it is complete.</summary>
    Value,
}
