using System.Diagnostics.CodeAnalysis;
using ZLayer.Core.Errors;

namespace ZLayer.Core.Runtimes.Specifications;

public sealed partial record DeviceMapping
{
    private const string Advice = "Write /dev/host[:/dev/container][:rwm], or the name of a CDI device such as 'nvidia.com/gpu=all'.";

    /// <summary>Whether <see cref="Source"/> names a CDI device, <c>vendor/class=name</c>, instead of a path.</summary>
    public bool IsCdi => IsCdiName(Source);

    /// <summary>Parses <c>/dev/host[:/dev/container][:rwm]</c> or the name of a CDI device.</summary>
    /// <exception cref="ZLayerException"><see cref="ZLayerErrorKind.InvalidArgument"/>.</exception>
    public static DeviceMapping Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        if (IsCdiName(text))
        {
            return new DeviceMapping { Source = text };
        }

        var parts = text.Split(':');
        var (target, access) = parts.Length switch
        {
            1 => (null, "rwm"),
            2 => IsAccess(parts[1]) ? (null, parts[1]) : (parts[1], "rwm"),
            3 => (parts[1], parts[2]),
            _ => throw Invalid(text, "it has too many colons"),
        };
        if (!parts[0].StartsWith('/') || target is not (null or ['/', ..]))
        {
            throw Invalid(text, $"'{(parts[0].StartsWith('/') ? target : parts[0])}' is not an absolute path");
        }

        return IsAccess(access)
            ? new DeviceMapping
            {
                Source = parts[0],
                Target = target,
                Read = access.Contains('r'),
                Write = access.Contains('w'),
                MakeNode = access.Contains('m'),
            }
            : throw Invalid(text, $"'{access}' is not made of r (read), w (write) and m (make the node)");
    }

    /// <summary>As <see cref="Parse"/>, without an error.</summary>
    public static bool TryParse([NotNullWhen(true)] string? text, [NotNullWhen(true)] out DeviceMapping? device)
    {
        try
        {
            device = text is null ? null : Parse(text);
        }
        catch (ZLayerException)
        {
            device = null;
        }

        return device is not null;
    }

    /// <summary><c>/dev/host:/dev/container:rwm</c>, or the name of a CDI device.</summary>
    public override string ToString() => IsCdi ? Source : $"{Source}:{Target ?? Source}:{Access}";

    /// <summary><c>rwm</c>, or what of it is allowed.</summary>
    internal string Access => (Read ? "r" : "") + (Write ? "w" : "") + (MakeNode ? "m" : "");

    private static bool IsAccess(string text)
        => text.Length > 0 && text.All(c => c is 'r' or 'w' or 'm') && text.Distinct().Count() == text.Length;

    /// <summary>
    /// The grammar of the Container Device Interface: vendor and class begin with a letter, the name with a letter or digit, and all end
    /// with one.
    /// </summary>
    private static bool IsCdiName(string text)
    {
        var (kind, name) = Notation.Cut(text, '=');
        var (vendor, deviceClass) = Notation.Cut(kind, '/');
        return IsWord(vendor, "_-.") && char.IsAsciiLetter(vendor[0])
            && deviceClass is not null && IsWord(deviceClass, "_-.") && char.IsAsciiLetter(deviceClass[0])
            && name is not null && IsWord(name, "_-.:");
    }

    private static bool IsWord(string text, string punctuation)
        => text.Length > 0 && char.IsAsciiLetterOrDigit(text[0]) && char.IsAsciiLetterOrDigit(text[^1])
            && text.All(c => char.IsAsciiLetterOrDigit(c) || punctuation.Contains(c, StringComparison.Ordinal));

    private static ZLayerException Invalid(string text, string reason) => Notation.Invalid("device", text, reason, Advice);
}
