using ZLayer.Core.Errors;
using ZLayer.Core.Foundation.Text;

namespace ZLayer.Core.Runtimes.Specifications;

/// <summary>What the notations of container settings have in common.</summary>
internal static class Notation
{
    private static readonly string[] Propagations = ["private", "rprivate", "shared", "rshared", "slave", "rslave"];

    /// <summary>The error of a text that is not in its notation.</summary>
    public static ZLayerException Invalid(string what, string text, string reason, string advice)
        => new(ZLayerErrorKind.InvalidArgument, $"The {what} '{text}' is not valid: {reason}.") { Subject = text, Advice = advice };

    /// <summary>
    /// The fields of a line of comma-separated values, each cut at its first equals sign; the value is null where there is none.
    /// </summary>
    public static List<(string Key, string? Value)> Fields(string what, string text, string advice)
    {
        try
        {
            return [.. CsvFields.Split(text.Trim()).Select(field => Cut(field, '='))];
        }
        catch (SyntaxException e)
        {
            throw Invalid(what, text, e.Message, advice);
        }
    }

    public static (string Key, string? Value) Cut(string text, char separator)
        => text.IndexOf(separator, StringComparison.Ordinal) is >= 0 and var at ? (text[..at], text[(at + 1)..]) : (text, null);

    /// <summary>
    /// The parts of <c>/dev/device:value</c>. The last colon separates them: names of devices by their path have colons too.
    /// </summary>
    public static (string Path, string Value) DeviceValue(string what, string text, string advice)
    {
        ArgumentNullException.ThrowIfNull(text);
        const string Devices = "/dev/";
        var colon = text.LastIndexOf(':');
        return colon < 0 ? throw Invalid(what, text, "it has no colon", advice)
            : text.StartsWith(Devices, StringComparison.Ordinal) && colon > Devices.Length ? (text[..colon], text[(colon + 1)..])
            : throw Invalid(what, text, $"'{text[..colon]}' is not a path below /dev", advice);
    }

    public static bool IsPropagation(string text) => Propagations.Contains(text);

    public static bool IsDriveLetter(ReadOnlySpan<char> text) => text.Length == 1 && char.IsAsciiLetter(text[0]);

    /// <summary>Whether a text is a path with a Windows drive: <c>C:\data</c>.</summary>
    public static bool HasDrive(string text)
        => text.Length >= 3 && IsDriveLetter(text.AsSpan(0, 1)) && text[1] == ':' && text[2] is '\\' or '/';

    /// <summary>Whether an absolute path of a container, Linux or Windows.</summary>
    public static bool IsContainerPath(string text)
        => text.StartsWith('/') || HasDrive(text) || text.StartsWith(@"\\", StringComparison.Ordinal);

    /// <summary>Whether a text is a name that an engine gives volumes and containers: <c>[A-Za-z0-9][A-Za-z0-9_.-]*</c>.</summary>
    public static bool IsName(string text)
        => text.Length > 0 && char.IsAsciiLetterOrDigit(text[0]) && text.All(c => char.IsAsciiLetterOrDigit(c) || c is '_' or '.' or '-');
}
