using System.Buffers;
using System.Globalization;
using System.Text;

namespace ZLayer.Core.Errors;

/// <summary>
/// Text that others wrote, on its way to a display: names, tags, comments and labels of images, messages of registries and engines, lines
/// of a Dockerfile, paths. What would act on a terminal, or hide what is there, is shown as an escape, as <c>ls -b</c> and git do:
/// <c>\x1b</c>, <c>\n</c>, <c>\u202e</c>. Data that programs read stays as it is: only what people see goes through here.
/// </summary>
public static class DisplayText
{
    private const char Escape = '\x1b';

    // Nearly every text is of these alone and is passed on as it is.
    private static readonly SearchValues<char> Plain =
        SearchValues.Create(" !\"#$%&'()*+,-./0123456789:;<=>?@ABCDEFGHIJKLMNOPQRSTUVWXYZ[\\]^_`abcdefghijklmnopqrstuvwxyz{|}~");

    /// <summary>
    /// The text on one line: control characters, line breaks, direction marks and characters that are not seen become escapes.
    /// </summary>
    /// <param name="text">The text; null is empty.</param>
    public static string Line(string? text) => Show(text, keepsLines: false);

    /// <summary>
    /// As <see cref="Line"/>, for a text of several lines of our own, such as the trace of an exception: line feeds and tabs stay.
    /// </summary>
    /// <param name="text">The text; null is empty.</param>
    public static string Lines(string? text) => Show(text, keepsLines: true);

    /// <summary>
    /// A line that a process printed, for a place that is not a terminal of its own. As on a terminal, colours and other sequences are not
    /// seen and a carriage return begins the line anew; what is left is shown as <see cref="Line"/> does.
    /// </summary>
    /// <param name="line">The line without its end; null is empty.</param>
    public static string Output(string? line)
    {
        if (line is null || !line.AsSpan().ContainsAnyExcept(Plain))
        {
            return line ?? "";
        }

        var seen = WithoutSequences(line).TrimEnd('\r');
        return Line(seen[(seen.LastIndexOf('\r') + 1)..].Replace('\t', ' '));
    }

    private static string Show(string? text, bool keepsLines)
    {
        if (text is null || !text.AsSpan().ContainsAnyExcept(Plain))
        {
            return text ?? "";
        }

        var shown = new StringBuilder(text.Length + 16);
        var rest = text.AsSpan();
        while (!rest.IsEmpty)
        {
            var isWhole = Rune.DecodeFromUtf16(rest, out var rune, out var length) == OperationStatus.Done;
            if (isWhole && (!IsHidden(rune) || (keepsLines && rune.Value is '\n' or '\t')))
            {
                shown.Append(rest[..length]);
            }
            else
            {
                AppendEscape(shown, isWhole ? rune.Value : rest[0]);
            }

            rest = rest[length..];
        }

        return shown.ToString();
    }

    private static void AppendEscape(StringBuilder shown, int value)
        => _ = value switch
        {
            '\n' => shown.Append("\\n"),
            '\r' => shown.Append("\\r"),
            '\t' => shown.Append("\\t"),
            <= 0xff => shown.Append(CultureInfo.InvariantCulture, $"\\x{value:x2}"),
            <= 0xffff => shown.Append(CultureInfo.InvariantCulture, $"\\u{value:x4}"),
            _ => shown.Append(CultureInfo.InvariantCulture, $"\\U{value:x8}"),
        };

    private static bool IsHidden(Rune rune) => Rune.GetUnicodeCategory(rune) switch
    {
        UnicodeCategory.Control or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator => true,
        UnicodeCategory.Format => !IsNumberSign(rune.Value),
        _ => IsBlank(rune.Value),
    };

    // The Arabic, Syriac and Kaithi signs that stand before or around a number are formats by category and are seen.
    private static bool IsNumberSign(int value)
        => value is (>= 0x600 and <= 0x605) or 0x6dd or 0x70f or 0x890 or 0x891 or 0x8e2 or 0x110bd or 0x110cd;

    // Default_Ignorable_Code_Point (Unicode, DerivedCoreProperties) that are letters, marks or unassigned. Variation selectors stay: emoji
    // need them.
    private static bool IsBlank(int value)
        => value is 0x34f or 0x115f or 0x1160 or 0x17b4 or 0x17b5 or 0x2065 or 0x3164 or 0xffa0 or (>= 0xfff0 and <= 0xfff8) or (>= 0xe0000 and <= 0xe00ff) or (>= 0xe01f0 and <= 0xe0fff);

    // ECMA-48: CSI ends at the first byte of @ to ~; OSC, DCS, SOS, PM and APC at ST or BEL; others are intermediates and one final.
    private static string WithoutSequences(string line)
    {
        var seen = new StringBuilder(line.Length);
        for (var i = 0; i < line.Length; i++)
        {
            if (line[i] == Escape && i + 1 < line.Length)
            {
                i = EndOfSequence(line, i + 1);
            }
            else
            {
                seen.Append(line[i]);
            }
        }

        return seen.ToString();
    }

    /// <summary>The place of the last character of a sequence; the end of the line for one that is cut off.</summary>
    private static int EndOfSequence(string line, int introducer)
    {
        switch (line[introducer])
        {
            case '[':
                return PassWhile(line, introducer + 1, c => c is >= ' ' and < '@');
            case ']' or 'P' or 'X' or '^' or '_':
                var end = line.AsSpan(introducer).IndexOfAny('\a', Escape);
                return end < 0 ? line.Length - 1 : introducer + end + (line[introducer + end] == Escape ? 1 : 0);
            default:
                return PassWhile(line, introducer, c => c is >= ' ' and < '0');
        }
    }

    private static int PassWhile(string line, int at, Func<char, bool> belongs)
    {
        while (at < line.Length && belongs(line[at]))
        {
            at++;
        }

        return Math.Min(at, line.Length - 1);
    }
}
