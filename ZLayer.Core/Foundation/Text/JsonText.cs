using System.Globalization;
using System.Text.Json;
using System.Text.Unicode;

namespace ZLayer.Core.Foundation.Text;

/// <summary>What is checked of a JSON text before anything is made of it, and how a fault of it is worded.</summary>
internal static class JsonText
{
    // A path in an error is the document's own words.
    private const int MaximumPath = 120;

    private static ReadOnlySpan<byte> ByteOrderMark => [0xEF, 0xBB, 0xBF];

    /// <summary>Goes over the whole text once.</summary>
    /// <returns>The text without its byte order mark.</returns>
    /// <exception cref="JsonException">It is too large, too deep, not JSON, or holds a text that is none.</exception>
    public static ReadOnlySpan<byte> Check(ReadOnlySpan<byte> json, JsonReaderOptions options, int maximumSize)
    {
        if (json.Length > maximumSize)
        {
            throw new JsonException(TooLarge(maximumSize));
        }

        json = json.StartsWith(ByteOrderMark) ? json[ByteOrderMark.Length..] : json;
        if (!json.ContainsAnyExcept(" \t\r\n"u8))
        {
            throw new JsonException("the document is empty");
        }

        var reader = new Utf8JsonReader(json, options);
        while (reader.Read())
        {
            if (reader.TokenType is JsonTokenType.String or JsonTokenType.PropertyName && !IsText(in reader))
            {
                throw At("a text is not valid Unicode", json, (int)reader.TokenStartIndex);
            }
        }

        return json;
    }

    /// <summary>What a document that is larger than it may be is refused with.</summary>
    public static string TooLarge(int maximumSize)
        => string.Create(CultureInfo.InvariantCulture, $"it is larger than {Math.Max(1, maximumSize / 1024)} KiB");

    /// <summary>What is wrong, as a clause without a full stop.</summary>
    public static string Explain(Exception e)
    {
        if (e is not JsonException json)
        {
            return "it holds a value that cannot be used";
        }

        if (json.LineNumber is not { } line)
        {
            return json.Message;
        }

        var place = string.Create(CultureInfo.InvariantCulture, $"line {line + 1}, byte {(json.BytePositionInLine ?? 0) + 1}");
        // The serialiser words every failed conversion alike and names its own types; the reader says what is wrong.
        var isConversion = json.Message.Contains("could not be converted", StringComparison.Ordinal);
        return isConversion
            && json.Path is { Length: > 1 } path ? $"{Shorten(path)} has a value of another type or out of its range ({place})"
            : isConversion ? $"a value has another type or is out of its range ({place})"
            : json.Path is { Length: > 1 } where ? $"{Shorten(where)}: {WithoutPlace(json.Message)} ({place})"
            : $"{WithoutPlace(json.Message)} ({place})";
    }

    /// <summary>A path of a document as errors show it: without the root, and not longer than a line.</summary>
    public static string Shorten(string path)
    {
        var text = path.StartsWith("$.", StringComparison.Ordinal) ? path[2..]
            : path.StartsWith("$[", StringComparison.Ordinal) ? path[1..]
            : path;
        text = string.Concat(text.Select(c => char.IsControl(c) || char.IsSurrogate(c) ? '\uFFFD' : c));
        return text.Length > MaximumPath ? text[..MaximumPath] + "…" : text;
    }

    private static bool IsText(in Utf8JsonReader reader)
    {
        if (!Utf8.IsValid(reader.ValueSpan))
        {
            return false;
        }

        if (!reader.ValueIsEscaped)
        {
            return true;
        }

        try
        {
            _ = reader.GetString();
            return true;
        }
        catch (InvalidOperationException)
        {
            return false; // Half of a surrogate pair: "\ud800".
        }
    }

    private static JsonException At(string why, ReadOnlySpan<byte> json, int position)
    {
        var before = json[..position];
        return new JsonException(why, path: null, before.Count((byte)'\n'), position - (before.LastIndexOf((byte)'\n') + 1));
    }

    private static string WithoutPlace(string message)
    {
        var end = message.IndexOf(" Path: ", StringComparison.Ordinal) is var path and >= 0
            ? path
            : message.IndexOf(" LineNumber: ", StringComparison.Ordinal);
        return (end < 0 ? message : message[..end]).TrimEnd('.');
    }
}
