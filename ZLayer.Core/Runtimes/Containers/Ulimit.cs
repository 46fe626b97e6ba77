using System.Globalization;
using ZLayer.Core.Errors;

namespace ZLayer.Core.Runtimes;

/// <summary>A limit of a process, as setrlimit(2) has it.</summary>
/// <param name="Name">Lower case and without <c>RLIMIT_</c>: <c>nofile</c>, <c>nproc</c>, <c>core</c>, …</param>
/// <param name="Soft">The limit in force; -1 for none.</param>
/// <param name="Hard">The limit up to which the process may raise it; -1 for none.</param>
public sealed record Ulimit(string Name, long Soft, long Hard)
{
    private static readonly string[] Names =
    [
        "as", "core", "cpu", "data", "fsize", "locks", "memlock", "msgqueue", "nice", "nofile", "nproc", "rss", "rtprio", "rttime", "sigpending", "stack",
    ];

    /// <summary>Parses <c>name=soft[:hard]</c> as <c>docker build --ulimit</c> writes it; <c>unlimited</c> and -1 mean no limit.</summary>
    /// <exception cref="ZLayerException">
    /// <see cref="ZLayerErrorKind.InvalidArgument"/>: an unknown name, no number, or soft above hard.
    /// </exception>
    public static Ulimit Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        var equals = text.IndexOf('=', StringComparison.Ordinal);
        var name = (equals < 0 ? text : text[..equals]).Trim().ToLowerInvariant();
        if (!Names.Contains(name))
        {
            throw Invalid(text, $"there is no limit named '{name}'", $"Use one of {string.Join(", ", Names)}.");
        }

        var values = equals < 0 ? [] : text[(equals + 1)..].Split(':');
        if (values.Length is not (1 or 2) || !TryParseValue(values[0], out var soft) || !TryParseValue(values[^1], out var hard))
        {
            throw Invalid(text, "it has no number", "Write name=soft[:hard], such as nofile=1024:4096.");
        }

        return hard == -1 || (soft != -1 && soft <= hard)
            ? new Ulimit(name, soft, hard)
            : throw Invalid(text, "the soft limit is above the hard limit", "Raise the hard limit or lower the soft one.");
    }

    /// <summary><c>name=soft:hard</c>.</summary>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Name}={Soft}:{Hard}");

    private static bool TryParseValue(string text, out long value)
    {
        if (text is "unlimited")
        {
            value = -1;
            return true;
        }

        return long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out value) && value >= -1;
    }

    private static ZLayerException Invalid(string text, string reason, string advice)
        => new(ZLayerErrorKind.InvalidArgument, $"The ulimit '{text}' is not valid: {reason}.") { Subject = text, Advice = advice };
}
