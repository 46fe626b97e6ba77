using System.Collections;
using System.Globalization;
using System.Management.Automation;

namespace ZLayer.PowerShell;

/// <summary>
/// An object of the pipeline as the views read it: by the names of its properties, whether it is alive or a bag that came from a job.
/// </summary>
internal sealed class Row
{
    private readonly PSObject _source;

    private Row(PSObject source) => _source = source;

    /// <summary>The object.</summary>
    /// <param name="source">The object; a row is itself.</param>
    public static Row Of(object source) => source as Row ?? new Row(PSObject.AsPSObject(source));

    /// <summary>The text of a property; empty for none.</summary>
    /// <param name="path">The property, or properties of properties with dots between.</param>
    public string this[string path] => Text(Value(path));

    /// <summary>A property; null for none.</summary>
    /// <param name="path">The property, or properties of properties with dots between.</param>
    public object? Value(string path)
    {
        object? value = _source;
        foreach (var name in path.Split('.'))
        {
            value = value is null ? null : PSObject.AsPSObject(value).Properties[name]?.Value;
        }

        return Unwrapped(value);
    }

    /// <summary>The objects of a list.</summary>
    /// <param name="path">The property.</param>
    public IEnumerable<Row> Rows(string path) => Elements(Value(path)).Select(element => Of(element!));

    /// <inheritdoc/>
    public override string ToString() => Text(Unwrapped(_source));

    /// <summary>A value as text of no culture: of a dictionary its pairs, of a list its elements; empty for null.</summary>
    /// <param name="value">The value.</param>
    public static string Text(object? value) => value switch
    {
        null => "",
        string text => text,
        IDictionary or IEnumerable<KeyValuePair<string, string>> => Join(", ", Pairs(value).Select(pair => pair.Key + "=" + pair.Value)),
        IEnumerable and not PSObject => Join(", ", Elements(value)),
        _ => (string)LanguagePrimitives.ConvertTo(value, typeof(string), CultureInfo.InvariantCulture),
    };

    /// <summary>The elements of a list; a single value is its only one, null has none.</summary>
    /// <param name="value">The list.</param>
    public static IEnumerable<object?> Elements(object? value) => value switch
    {
        null => [],
        string text => [text],
        IEnumerable list => list.Cast<object?>().Where(element => element is not null).Select(Unwrapped),
        _ => [value],
    };

    /// <summary>The pairs of a dictionary in the order of their keys: a job keeps no other.</summary>
    /// <param name="value">The dictionary.</param>
    public static IEnumerable<KeyValuePair<string, string>> Pairs(object? value)
    {
        var pairs = value switch
        {
            IEnumerable<KeyValuePair<string, string>> own => own,
            IDictionary dictionary => Entries(dictionary),
            _ => [],
        };
        return pairs.OrderBy(pair => pair.Key, StringComparer.Ordinal);
    }

    /// <summary>A number; 0 for null.</summary>
    /// <param name="value">The number, or its text.</param>
    public static long Number(object? value)
        => value is null ? 0 : (long)Math.Min(Convert.ToDecimal(value, CultureInfo.InvariantCulture), long.MaxValue);

    /// <summary>The texts in one.</summary>
    /// <param name="separator">What is between them.</param>
    /// <param name="values">The values.</param>
    public static string Join(string separator, IEnumerable<object?> values) => string.Join(separator, values.Select(Text));

    private static IEnumerable<KeyValuePair<string, string>> Entries(IDictionary dictionary)
    {
        for (var entries = dictionary.GetEnumerator(); entries.MoveNext();)
        {
            yield return KeyValuePair.Create(Text(entries.Key), Text(Unwrapped(entries.Value)));
        }
    }

    // What comes from a job is a bag of properties, apart from numbers, texts and lists.
    private static object? Unwrapped(object? value) => value is PSObject { BaseObject: not PSCustomObject and var inner } ? inner : value;
}
