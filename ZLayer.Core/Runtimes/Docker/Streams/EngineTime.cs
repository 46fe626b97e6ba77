namespace ZLayer.Core.Runtimes.Docker.Streams;

/// <summary>The times that engines write before the lines of a log: RFC 3339 with up to nine decimals, and a space.</summary>
internal static class EngineTime
{
    private const int SecondsLength = 19;

    /// <summary>Longer than the longest: <c>2006-01-02T15:04:05.123456789+07:00</c> and the space.</summary>
    public const int MaximumLength = 36;

    /// <summary>Reads a time at the beginning of a text.</summary>
    /// <param name="text">The text.</param>
    /// <param name="time">The time; what is finer than 100 ns is cut off.</param>
    /// <param name="nanoseconds">What was cut off: 0 to 99.</param>
    /// <param name="length">The length of the time with its space.</param>
    public static bool TryRead(ReadOnlySpan<byte> text, out DateTimeOffset time, out int nanoseconds, out int length)
    {
        time = default;
        (nanoseconds, length) = (0, 0);
        if (text.Length <= SecondsLength || !TryReadSeconds(text, out var ticks))
        {
            return false;
        }

        var at = SecondsLength;
        if (text[at] == '.')
        {
            var scale = TimeSpan.TicksPerSecond;
            var fine = TimeSpan.NanosecondsPerTick;
            for (at++; at < text.Length && char.IsAsciiDigit((char)text[at]); at++)
            {
                scale /= 10;
                ticks += (text[at] - '0') * scale;
                if (scale == 0)
                {
                    fine /= 10;
                    nanoseconds += (int)((text[at] - '0') * fine);
                }
            }
        }

        if (!TryReadOffset(text[at..], out var offset, out var offsetLength)
            || at + offsetLength >= text.Length
            || text[at + offsetLength] != ' ')
        {
            return false;
        }

        ticks -= offset;
        if (ticks < 0 || ticks > DateTime.MaxValue.Ticks)
        {
            return false;
        }

        time = new DateTimeOffset(ticks, TimeSpan.Zero);
        length = at + offsetLength + 1;
        return true;
    }

    private static bool TryReadSeconds(ReadOnlySpan<byte> text, out long ticks)
    {
        ticks = 0;
        if (text[4] != '-' || text[7] != '-' || text[10] != 'T' || text[13] != ':' || text[16] != ':'
            || !TryReadNumber(text[..4], out var year) || !TryReadNumber(text.Slice(5, 2), out var month) || !TryReadNumber(
                text.Slice(8, 2), out var day)
            || !TryReadNumber(text.Slice(11, 2), out var hour) || !TryReadNumber(text.Slice(14, 2), out var minute) || !TryReadNumber(
                text.Slice(17, 2), out var second)
            || year < 1 || month is < 1 or > 12 || day < 1 || day > DateTime.DaysInMonth(year, month) || hour > 23 || minute > 59 || second > 59)
        {
            return false;
        }

        ticks = new DateTime(year, month, day, hour, minute, second, DateTimeKind.Utc).Ticks;
        return true;
    }

    private static bool TryReadOffset(ReadOnlySpan<byte> text, out long ticks, out int length)
    {
        (ticks, length) = (0, 1);
        if (text.IsEmpty || text[0] == 'Z')
        {
            return !text.IsEmpty;
        }

        length = 6;
        if (text.Length < length
            || text[0] is not ((byte)'+' or (byte)'-')
            || text[3] != ':'
            || !TryReadNumber(text.Slice(1, 2), out var hours)
            || !TryReadNumber(text.Slice(4, 2), out var minutes))
        {
            return false;
        }

        ticks = (hours * TimeSpan.TicksPerHour + minutes * TimeSpan.TicksPerMinute) * (text[0] == '-' ? -1 : 1);
        return true;
    }

    private static bool TryReadNumber(ReadOnlySpan<byte> digits, out int number)
    {
        number = 0;
        foreach (var digit in digits)
        {
            if (!char.IsAsciiDigit((char)digit))
            {
                return false;
            }

            number = number * 10 + (digit - '0');
        }

        return true;
    }
}
