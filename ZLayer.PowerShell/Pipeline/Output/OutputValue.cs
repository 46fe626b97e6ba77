using System.Collections;
using System.Management.Automation;
using System.Net;
using System.Runtime.InteropServices;
using System.Text.Json;
using ZLayer.Core.Oci;
using ZLayer.Core.Runtimes.Observation;

namespace ZLayer.PowerShell.Pipeline;

/// <summary>
/// The values that objects of the pipeline have, one contract for all of them, so that what is written with ConvertTo-Json, Export-Csv or
/// Export-Clixml can be read back into the pipeline: digests, references, platforms, addresses, names of enumerations and durations are
/// texts that know their parts (<c>$image.Digest.Hex</c>); times are times, sizes are numbers, lists are arrays, nested records are objects
/// again.
/// </summary>
internal static class OutputValue
{
    /// <summary>What is written for a result of a cmdlet.</summary>
    /// <param name="result">The result; objects that are not ZLayer's own stay as they are.</param>
    public static object? OfResult(object? result)
    {
        if (result is LogRecord line)
        {
            return OutputLine.OfLog(line);
        }

        if (result is not PSObject wrapped)
        {
            return !IsOurs(result) ? result : result!.GetType().IsValueType ? Of(result) : OutputRecord.Of(result);
        }

        if (!IsOurs(wrapped.BaseObject))
        {
            return result;
        }

        // A wrapper is there for the names of other views.
        var shown = OutputRecord.Of(wrapped.BaseObject);
        foreach (var name in wrapped.TypeNames.Except(shown.TypeNames).Reverse().ToArray())
        {
            shown.TypeNames.Insert(0, name);
        }

        return shown;
    }

    /// <summary>What is shown for a value.</summary>
    /// <param name="value">The value of a property, or an item of a list.</param>
    public static object? Of(object? value) => value switch
    {
        null or string or byte[] => value,
        Enum or IPAddress => value.ToString(),
        // As Get-Date and files have it: PowerShell takes no DateTimeOffset from a DateTime, and jobs return one in pieces.
        DateTimeOffset time => time.LocalDateTime,
        TimeSpan duration => TextOf(duration, duration.ToString("c")),
        JsonElement json => OfJson(json),
        ReadOnlyMemory<byte> bytes => ToArray(bytes),
        IDictionary table => OfTable(table),
        IEnumerable<KeyValuePair<string, string>> table => new Dictionary<string, string>(table),
        IEnumerable list => OfList(list),
        // As users write it, and so find it: $image.Reference -eq 'app:1'.
        ImageReference reference => TextOf(reference, reference.ToFamiliarString()),
        _ when !IsOurs(value) => value,
        _ when OutputShape.Of(value.GetType()).IsText => value.ToString() is { Length: > 0 } text ? TextOf(value, text) : null,
        _ => OutputRecord.Of(value),
    };

    private static bool IsOurs(object? value)
        => value?.GetType() is { Namespace: { } name } type && name.StartsWith("ZLayer.Core", StringComparison.Ordinal);

    // A text with the parts of what it stands for; ConvertTo-Json writes the text alone.
    private static PSObject TextOf(object value, string text)
    {
        var wrapped = new PSObject(text);
        OutputShape.Of(value.GetType()).AddProperties(value, wrapped.Properties);
        return wrapped;
    }

    private static IDictionary OfTable(IDictionary table)
    {
        if (table.Values.Cast<object?>().All(value => value is null or string))
        {
            return table;
        }

        var result = new Dictionary<string, object?>();
        foreach (DictionaryEntry entry in table)
        {
            result[$"{entry.Key}"] = Of(entry.Value);
        }

        return result;
    }

    private static Array OfList(IEnumerable list) => list switch
    {
        IEnumerable<string> texts => texts as string[] ?? [.. texts],
        _ => list.Cast<object?>().Select(Of).ToArray(),
    };

    /// <summary>The bytes as an array, the one that they are where they are the whole of it.</summary>
    public static byte[] ToArray(ReadOnlyMemory<byte> bytes)
        => MemoryMarshal.TryGetArray(bytes, out var part) && part.Offset == 0 && part.Count == part.Array!.Length
            ? part.Array
            : bytes.ToArray();

    private static object? OfJson(JsonElement json)
    {
        switch (json.ValueKind)
        {
            case JsonValueKind.Object:
                var result = new PSObject();
                // Names that differ in case alone cannot both be properties: the first stays.
                foreach (var member in json.EnumerateObject().DistinctBy(member => member.Name, StringComparer.OrdinalIgnoreCase))
                {
                    result.Properties.Add(new PSNoteProperty(member.Name, OfJson(member.Value)), preValidated: true);
                }

                return result;
            case JsonValueKind.Array:
                return json.EnumerateArray().Select(OfJson).ToArray();
            case JsonValueKind.Number:
                return json.TryGetInt64(out var whole) ? whole : json.GetDouble();
            case JsonValueKind.True or JsonValueKind.False:
                return json.GetBoolean();
            default:
                return json.ValueKind == JsonValueKind.String ? json.GetString() : null;
        }
    }
}
