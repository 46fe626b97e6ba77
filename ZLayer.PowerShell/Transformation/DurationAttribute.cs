using System.Globalization;
using System.Management.Automation;
using ZLayer.Core.Errors;

namespace ZLayer.PowerShell.Transformation;

/// <summary>Takes TimeSpan, seconds, <c>'1.00:00:00'</c>, and numbers with units: <c>'30s'</c>, <c>'1h30m'</c>, <c>'7d'</c>, <c>'2w'</c>.</summary>
public sealed class DurationAttribute : ValueTransformationAttribute<TimeSpan>
{
    private protected override TimeSpan Convert(object input, PSObject wrapped, EngineIntrinsics engine) => input switch
    {
        string text => Parse(text.Trim()) ?? throw Invalid(text),
        int or long or short or byte or double or float or decimal => FromSeconds(LanguagePrimitives.ConvertTo<double>(input), $"{input}"),
        _ => throw Refuse(input, "a duration such as '30s', '7d' or a TimeSpan"),
    };

    private static TimeSpan? Parse(string text)
    {
        if (double.TryParse(text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var seconds))
        {
            return FromSeconds(seconds, text);
        }

        if (text.Contains(':', StringComparison.Ordinal))
        {
            return TimeSpan.TryParse(text, CultureInfo.InvariantCulture, out var span) && span >= TimeSpan.Zero ? span : null;
        }

        var sum = 0.0;
        for (var i = 0; i < text.Length;)
        {
            var start = i;
            while (i < text.Length && (char.IsAsciiDigit(text[i]) || text[i] == '.'))
            {
                i++;
            }

            if (!double.TryParse(text.AsSpan(start, i - start), NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var number))
            {
                return null;
            }

            var unitStart = i;
            while (i < text.Length && char.IsAsciiLetter(text[i]))
            {
                i++;
            }

            if (SecondsOf(text[unitStart..i]) is not { } factor)
            {
                return null;
            }

            sum += number * factor;
        }

        return text.Length == 0 ? null : FromSeconds(sum, text);
    }

    private static double? SecondsOf(string unit) => unit.ToLowerInvariant() switch
    {
        "ms" => 0.001,
        "s" => 1,
        "m" => 60,
        "h" => 3600,
        "d" => 86400,
        "w" => 7 * 86400,
        _ => null,
    };

    private static TimeSpan FromSeconds(double seconds, string text)
        => seconds >= 0 && seconds <= TimeSpan.MaxValue.TotalSeconds ? TimeSpan.FromSeconds(seconds) : throw Invalid(text);

    private static ZLayerException Invalid(string text)
        => new(ZLayerErrorKind.InvalidArgument, $"'{text}' is not a duration.") { Advice = "Write seconds, a TimeSpan, or a number with a unit such as '30s', '1h30m' or '7d'." };
}
