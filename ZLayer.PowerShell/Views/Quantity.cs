using System.Buffers;
using System.Globalization;
using System.Management.Automation;
using System.Text;
using ZLayer.Core.Errors;
using ZLayer.Core.Foundation.Text;
using ZLayer.Core.Oci;

namespace ZLayer.PowerShell;

/// <summary>Numbers as people read them. The views call it; the objects keep the numbers.</summary>
public static class Quantity
{
    private static readonly SearchValues<char> ColourParameters = SearchValues.Create("0123456789;:");

    /// <summary>Bytes with a unit of powers of 1000, three digits: <c>187 MB</c>, <c>1.24 GB</c>.</summary>
    /// <param name="bytes">How many bytes.</param>
    public static string Size(long bytes) => ByteSize.InWords(bytes, " ");

    /// <summary>How far a transfer is: <c>12.4 MB/88.1 MB</c>.</summary>
    /// <param name="current">Bytes so far.</param>
    /// <param name="total">Bytes in all; null when not known.</param>
    public static string Progress(long current, long? total)
        => total is { } known ? $"{Size(current)}/{Size(known)}" : Size(current);

    /// <summary>How long ago something was: <c>5 min ago</c>, <c>3 days ago</c>; empty for null.</summary>
    /// <param name="time">When it was: a time, or what became of one in a job or a file.</param>
    public static string Age(object? time) => Age(ToTime(time), DateTimeOffset.UtcNow);

    /// <summary>A time on this machine's clock; empty for null.</summary>
    /// <param name="time">When it was: a time, or what became of one in a job or a file.</param>
    /// <param name="format">How it is written.</param>
    public static string Local(object? time, string format)
        => ToTime(time) is { } then ? then.LocalDateTime.ToString(format, CultureInfo.CurrentCulture) : "";

    /// <summary>A time with its distance from UTC, as this session's culture writes it; empty for null.</summary>
    /// <param name="time">When it was: a time, or what became of one in a job or a file.</param>
    public static string Time(object? time) => ToTime(time)?.ToString(CultureInfo.CurrentCulture) ?? "";

    /// <summary>The name of an image as people write it.</summary>
    /// <param name="reference">A reference, or the text of one.</param>
    public static string Name(object? reference)
        => ImageReference.TryParse(reference?.ToString(), out var parsed) ? parsed.ToFamiliarString() : reference?.ToString() ?? "";

    /// <summary>A duration: <c>0.41 s</c>, <c>12.3 s</c>, <c>2 min 5 s</c>.</summary>
    /// <param name="duration">How long.</param>
    public static string Duration(TimeSpan duration)
        => duration.TotalSeconds < 60
            ? duration.TotalSeconds.ToString(duration.TotalSeconds < 9.995 ? "0.00" : "0.0", CultureInfo.InvariantCulture) + " s"
            : duration.TotalMinutes < 60
                ? $"{(int)duration.TotalMinutes} min {duration.Seconds} s"
                : $"{(int)duration.TotalHours} h {duration.Minutes} min";

    /// <summary>The first 12 characters of a digest's hexadecimal part; empty for none.</summary>
    /// <param name="digest">A digest or its text.</param>
    public static string ShortDigest(object? digest)
    {
        var text = digest?.ToString() ?? "";
        var hex = text[(text.IndexOf(':', StringComparison.Ordinal) + 1)..];
        return OneLine(hex.Length > 12 ? hex[..12] : hex);
    }

    /// <summary>
    /// What others wrote, on one line and fit for a display: line breaks are spaces, the rest is as in <see cref="DisplayText"/>.
    /// </summary>
    /// <param name="text">The text.</param>
    public static string OneLine(string? text)
        => text is null ? "" : DisplayText.Line(text.ReplaceLineEndings(" ").Replace('\t', ' ').Trim());

    /// <summary>A line that a process printed, as it is seen on a terminal, in one colour.</summary>
    /// <param name="line">The line.</param>
    public static string Output(string? line) => DisplayText.Output(line);

    /// <summary>Text without control characters other than colours (SGR): what a build step printed goes to a terminal with it.</summary>
    /// <param name="text">The text.</param>
    public static string Printable(string? text)
    {
        if (text is null)
        {
            return "";
        }

        var result = new StringBuilder(text.Length);
        for (var i = 0; i < text.Length; i++)
        {
            var length = ColourLength(text.AsSpan(i));
            if (length > 0)
            {
                result.Append(text, i, length);
                i += length - 1;
            }
            else
            {
                result.Append(char.IsControl(text[i]) && text[i] is not ('\n' or '\t') ? '\uFFFD' : text[i]);
            }
        }

        return result.ToString();
    }

    // ESC [ digits and semicolons m (ECMA-48, SGR).
    private static int ColourLength(ReadOnlySpan<char> text)
    {
        if (text.Length < 3 || text[0] != '\u001B' || text[1] != '[')
        {
            return 0;
        }

        var end = text[2..].IndexOfAnyExcept(ColourParameters) + 2;
        return end >= 2 && end < text.Length && text[end] == 'm' ? end + 1 : 0;
    }

    // A DateTimeOffset comes back from a job as a bag of its properties.
    private static DateTimeOffset? ToTime(object? time) => time switch
    {
        null => null,
        DateTimeOffset exact => exact,
        DateTime local => local,
        PSObject { BaseObject: not PSCustomObject and var inner } => ToTime(inner),
        PSObject bag when Inner(bag.Properties["UtcDateTime"]?.Value) is DateTime utc
            => new DateTimeOffset(DateTime.SpecifyKind(utc, DateTimeKind.Utc))
                .ToOffset(Inner(bag.Properties["Offset"]?.Value) is TimeSpan offset ? offset : TimeSpan.Zero),
        // From a session that does not know the module: of no culture.
        string text when DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, out var read) => read,
        _ => null,
    };

    private static object? Inner(object? value) => value is PSObject wrapper ? wrapper.BaseObject : value;

    internal static string Age(DateTimeOffset? time, DateTimeOffset now)
    {
        if (time is not { } then)
        {
            return "";
        }

        var age = now - then;
        return age.TotalSeconds < 0 ? "in the future"
            : age.TotalSeconds < 60 ? $"{(int)age.TotalSeconds} s ago"
            : age.TotalMinutes < 60 ? $"{(int)age.TotalMinutes} min ago"
            : age.TotalHours < 48 ? $"{(int)age.TotalHours} h ago"
            : age.TotalDays < 60 ? $"{(int)age.TotalDays} days ago"
            : age.TotalDays < 730 ? $"{(int)(age.TotalDays / 30.44)} months ago"
            : $"{(int)(age.TotalDays / 365.25)} years ago";
    }
}
