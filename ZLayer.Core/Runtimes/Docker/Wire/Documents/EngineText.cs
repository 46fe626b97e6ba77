using System.Buffers;
using System.Buffers.Text;
using System.Text;
using System.Text.Json;
using System.Text.Unicode;
using ZLayer.Core.Foundation.Text;

namespace ZLayer.Core.Runtimes.Docker.Wire;

/// <summary>
/// Reads the JSON of an engine as the engine's own command line does, which is written in Go: half of a surrogate pair and bytes that are
/// not UTF-8 become U+FFFD, and what is null in a list is nothing. So one odd entry does not hide the others. Everything else is left to
/// <see cref="CheckedJson"/>.
/// </summary>
internal static class EngineText
{
    private const int HexLength = 4;

    /// <summary>The text to read: the same bytes where nothing had to be mended.</summary>
    public static ReadOnlyMemory<byte> Mend(ReadOnlyMemory<byte> json)
        => WithoutNullElements(
            WithoutLoneSurrogates(Utf8.IsValid(json.Span) ? json : Encoding.UTF8.GetBytes(Encoding.UTF8.GetString(json.Span))));

    /// <summary>Whether the document is <c>null</c>: how Go writes a list without entries that nobody made.</summary>
    public static bool IsNull(ReadOnlySpan<byte> json) => json.Trim(" \t\r\n"u8).SequenceEqual("null"u8);

    // A backslash is in no other place than a text, so that the texts need not be looked for.
    private static ReadOnlyMemory<byte> WithoutLoneSurrogates(ReadOnlyMemory<byte> json)
    {
        var text = json.Span;
        byte[]? mended = null;
        var at = text.IndexOf((byte)'\\');
        while (at >= 0 && at + 1 < text.Length)
        {
            var next = at + 2;
            if (EscapeAt(text, at) is { } unit)
            {
                next += HexLength;
                if (char.IsHighSurrogate(unit) && EscapeAt(text, next) is { } second && char.IsLowSurrogate(second))
                {
                    next += 2 + HexLength;
                }
                else if (char.IsSurrogate(unit))
                {
                    "fffd"u8.CopyTo((mended ??= text.ToArray()).AsSpan(at + 2));
                }
            }

            var gap = text[Math.Min(next, text.Length)..].IndexOf((byte)'\\');
            at = gap < 0 ? -1 : next + gap;
        }

        return mended ?? json;
    }

    // The UTF-16 unit of an escape such as \u00e9.
    private static char? EscapeAt(ReadOnlySpan<byte> text, int at)
        => at + 2 + HexLength <= text.Length && text[at] == '\\' && text[at + 1] == 'u'
            && Utf8Parser.TryParse(text.Slice(at + 2, HexLength), out ushort unit, out var read, 'x') && read == HexLength
                ? (char)unit
                : null;

    private static ReadOnlyMemory<byte> WithoutNullElements(ReadOnlyMemory<byte> json)
    {
        if (json.Span.IndexOf("null"u8) < 0)
        {
            return json;
        }

        try
        {
            return DropNullElements(json.Span) ?? json;
        }
        catch (JsonException)
        {
            // Who reads the record says what is wrong with the document.
            return json;
        }
    }

    private static ReadOnlyMemory<byte>? DropNullElements(ReadOnlySpan<byte> json)
    {
        var reader = new Utf8JsonReader(json, new JsonReaderOptions { MaxDepth = CheckedJson.MaximumDepth });
        Span<Level> levels = stackalloc Level[CheckedJson.MaximumDepth + 2];
        ArrayBufferWriter<byte>? kept = null;
        var (copied, end) = (0, 0);
        while (reader.Read())
        {
            ref var level = ref levels[reader.CurrentDepth];
            // What is dropped begins behind the token before, so that the comma between them goes along.
            var dropped = end;
            if (reader.TokenType == JsonTokenType.Null && level.IsList)
            {
                dropped = (int)reader.BytesConsumed;
                level.HasDropped = true;
            }
            else if (reader.TokenType is not (JsonTokenType.EndArray or JsonTokenType.EndObject or JsonTokenType.PropertyName))
            {
                dropped = level is { IsList: true, HasDropped: true, HasKept: false } ? (int)reader.TokenStartIndex : end;
                level.HasKept = true;
            }

            if (reader.TokenType is JsonTokenType.StartArray or JsonTokenType.StartObject)
            {
                levels[reader.CurrentDepth + 1] = new Level { IsList = reader.TokenType == JsonTokenType.StartArray };
            }

            if (dropped > end)
            {
                (kept ??= new ArrayBufferWriter<byte>(json.Length)).Write(json[copied..end]);
                copied = dropped;
            }

            end = (int)reader.BytesConsumed;
        }

        kept?.Write(json[copied..]);
        return kept?.WrittenMemory;
    }

    private struct Level
    {
        public bool IsList;
        public bool HasKept;
        public bool HasDropped;
    }
}
