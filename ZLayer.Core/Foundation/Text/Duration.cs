using System.Globalization;
using ZLayer.Core.Errors;

namespace ZLayer.Core.Foundation.Text;

/// <summary>Durations as people write them: <c>30s</c>, <c>1h30m</c>, <c>7d</c>, seconds alone, or a time span <c>1.00:00:00</c>.</summary>
public static class Duration
{
    private static readonly Dictionary<string, decimal> Units = new(StringComparer.Ordinal)
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

    /// <summary>A duration in docker's words: <c>Less than a second</c>, <c>About an hour</c>, <c>3 days</c>.</summary>
    /// <param name="duration">The duration; what is negative is less than a second.</param>
    public static string InWords(TimeSpan duration)
    {
        var hours = (int)(duration.TotalHours + 0.5);
        return duration switch
        {
            { TotalSeconds: < 1 } => "Less than a second",
            { TotalSeconds: < 2 } => "1 second",
            { TotalMinutes: < 1 } => $"{(int)duration.TotalSeconds} seconds",
            { TotalMinutes: < 2 } => "About a minute",
            { TotalHours: < 1 } => $"{(int)duration.TotalMinutes} minutes",
            _ when hours == 1 => "About an hour",
            _ when hours < 48 => $"{hours} hours",
            _ when hours < 24 * 7 * 2 => $"{hours / 24} days",
            _ when hours < 24 * 30 * 2 => $"{hours / 24 / 7} weeks",
            _ when hours < 24 * 365 * 2 => $"{hours / 24 / 30} months",
            _ => $"{(int)duration.TotalHours / 24 / 365} years",
        };
    }

    /// <summary>Parses a duration that is not negative.</summary>
    /// <exception cref="ZLayerException"><see cref="ZLayerErrorKind.InvalidArgument"/>.</exception>
    public static TimeSpan Parse(string text)
        => TryParse(text, out var duration)
            ? duration
            : throw new ZLayerException(ZLayerErrorKind.InvalidArgument, $"'{text}' is not a duration.")
            {
                Subject = text,
                Advice = "Write seconds, a TimeSpan, or a number with a unit such as '30s', '1h30m' or '7d'.",
            };

    /// <summary>As <see cref="Parse"/>, without an error.</summary>
    public static bool TryParse(string? text, out TimeSpan duration)
    {
        var trimmed = text?.Trim().ToLowerInvariant() ?? "";
        duration = default;
        if (decimal.TryParse(trimmed, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var seconds))
        {
            return TryTicks(Math.Min(seconds, long.MaxValue) * TimeSpan.TicksPerSecond, out duration);
        }

        return trimmed.Contains(':', StringComparison.Ordinal)
            ? TimeSpan.TryParse(trimmed, CultureInfo.InvariantCulture, out duration) && duration >= TimeSpan.Zero
            : Scan(trimmed, withDays: true) is { } ticks && TryTicks(ticks, out duration);
    }

    /// <summary>
    /// A duration in Go's notation, such as <c>1m30s</c>, which may be negative; null when it is none. Truncated to 100 ns.
    /// </summary>
    internal static TimeSpan? ParseGo(string text)
    {
        var isNegative = text.StartsWith('-');
        var rest = isNegative || text.StartsWith('+') ? text.AsSpan(1) : text;
        if (rest is "0")
        {
            return TimeSpan.Zero;
        }

        // The limit is that of nanoseconds in 64 bits, in which an image config keeps it.
        return Scan(rest, withDays: false) is { } ticks && ticks <= long.MaxValue / 100
            ? TimeSpan.FromTicks((long)(isNegative ? -ticks : ticks))
            : null;
    }

    private static decimal? Scan(ReadOnlySpan<char> rest, bool withDays)
    {
        if (rest.Length == 0)
        {
            return null;
        }

        decimal ticks = 0;
        while (rest.Length > 0)
        {
            var digits = rest.IndexOfAnyExceptInRange('.', '9');
            var letters = digits < 0 ? -1 : rest[digits..].IndexOfAnyInRange('.', '9');
            var unit = digits < 0 ? default : letters < 0 ? rest[digits..] : rest.Slice(digits, letters);
            if (digits <= 0 || digits > 18
                || !decimal.TryParse(rest[..digits], NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var number)
                || TicksOf(unit.ToString(), withDays) is not { } scale || number > long.MaxValue / scale)
            {
                return null;
            }

            ticks += number * scale;
            if (ticks > long.MaxValue)
            {
                return null;
            }

            rest = rest[(digits + unit.Length)..];
        }

        return ticks;
    }

    private static decimal? TicksOf(string unit, bool withDays) => unit switch
    {
        "d" when withDays => TimeSpan.TicksPerDay,
        "w" when withDays => 7 * TimeSpan.TicksPerDay,
        _ => Units.TryGetValue(unit, out var ticks) ? ticks : null,
    };

    private static bool TryTicks(decimal ticks, out TimeSpan duration)
    {
        duration = ticks is >= 0 and <= long.MaxValue ? TimeSpan.FromTicks((long)ticks) : default;
        return ticks is >= 0 and <= long.MaxValue;
    }
}
