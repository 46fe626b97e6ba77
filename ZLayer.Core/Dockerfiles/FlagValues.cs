using System.Globalization;

namespace ZLayer.Core.Dockerfiles;

/// <summary>The notations of values in flags: booleans, sizes in bytes, durations.</summary>
internal static class FlagValues
{
    private static readonly Dictionary<string, decimal> DurationUnits = new(StringComparer.Ordinal)
    {
        ["ns"] = 0.01m,
        ["us"] = TimeSpan.TicksPerMicrosecond,
        ["µs"] = TimeSpan.TicksPerMicrosecond,
        ["μs"] = TimeSpan.TicksPerMicrosecond,
        ["ms"] = TimeSpan.TicksPerMillisecond,
        ["s"] = TimeSpan.TicksPerSecond,
        ["m"] = TimeSpan.TicksPerMinute,
        ["h"] = TimeSpan.TicksPerHour,
    };

    /// <summary>A boolean as mounts and devices write it; null when it is none.</summary>
    internal static bool? Boolean(string text) => text switch
    {
        "1" or "t" or "T" or "true" or "True" or "TRUE" => true,
        "0" or "f" or "F" or "false" or "False" or "FALSE" => false,
        _ => null,
    };

    /// <summary>A size with a binary unit, such as <c>64m</c> or <c>1.5GiB</c>, in bytes; null when it is none.</summary>
    internal static long? Size(string text)
    {
        int end = text.AsSpan().LastIndexOfAnyInRange('0', '9') + 1;
        string unit = text[end..].Trim().ToLowerInvariant();
        int power = unit is "" or "b" ? 0 : "kmgtp".IndexOf(unit[0], StringComparison.Ordinal) + 1;
        bool known = unit is "" or "b" || (power > 0 && unit[1..] is "" or "b" or "ib");
        if (!known || !decimal.TryParse(text[..end], NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out decimal number))
        {
            return null;
        }

        double bytes = (double)number * Math.Pow(1024, power);
        return bytes < long.MaxValue ? (long)bytes : null;
    }

    /// <summary>A duration such as <c>1m30s</c> or <c>1.5h</c>, truncated to 100 ns; null when it is none.</summary>
    internal static TimeSpan? Duration(string text)
    {
        bool negative = text.StartsWith('-');
        ReadOnlySpan<char> rest = negative || text.StartsWith('+') ? text.AsSpan(1) : text;
        if (rest.Length == 0)
        {
            return null;
        }

        if (rest is "0")
        {
            return TimeSpan.Zero;
        }

        decimal ticks = 0;
        while (rest.Length > 0)
        {
            int digits = rest.IndexOfAnyExceptInRange('.', '9');
            int letters = digits < 0 ? -1 : rest[digits..].IndexOfAnyInRange('.', '9');
            ReadOnlySpan<char> unit = digits < 0 ? default : letters < 0 ? rest[digits..] : rest.Slice(digits, letters);
            if (digits <= 0 || digits > 18
                || !decimal.TryParse(rest[..digits], NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out decimal number)
                || !DurationUnits.TryGetValue(unit.ToString(), out decimal scale))
            {
                return null;
            }

            ticks += number * scale;
            // The limit is that of nanoseconds in 64 bits, in which an image config keeps it.
            if (ticks > long.MaxValue / 100)
            {
                return null;
            }

            rest = rest[(digits + unit.Length)..];
        }

        return TimeSpan.FromTicks((long)(negative ? -ticks : ticks));
    }
}
