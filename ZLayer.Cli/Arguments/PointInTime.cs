using System.Globalization;
using ZLayer.Core.Errors;
using ZLayer.Core.Foundation.Text;

namespace ZLayer.Cli.Arguments;

/// <summary>A time: as RFC 3339 writes it, seconds since 1970, or how long ago, such as <c>1h30m</c>.</summary>
internal static class PointInTime
{
    /// <summary>
    /// A time to the nanosecond, as engines and their command lines write it: RFC 3339, always nine digits, <c>Z</c> for UTC.
    /// </summary>
    /// <param name="time">The time; its offset is written.</param>
    /// <param name="nanoseconds">What it has beyond units of 100 ns.</param>
    public static string Write(DateTimeOffset time, int nanoseconds)
        => time.ToString("yyyy-MM-ddTHH:mm:ss.fffffff", CultureInfo.InvariantCulture)
            + nanoseconds.ToString("00", CultureInfo.InvariantCulture)
            + (time.Offset == TimeSpan.Zero ? "Z" : time.ToString("zzz", CultureInfo.InvariantCulture));

    /// <summary>Reads a time; one without an offset is local.</summary>
    public static DateTimeOffset Parse(string text, DateTimeOffset now)
    {
        if (decimal.TryParse(text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var seconds) && seconds < 253402300800)
        {
            return DateTimeOffset.UnixEpoch.AddTicks((long)(seconds * TimeSpan.TicksPerSecond));
        }

        // What is longer ago than times go back is no time.
        if (Duration.TryParse(text, out var ago) && ago < now - DateTimeOffset.MinValue)
        {
            return now - ago;
        }

        // A fraction with nine digits, as engines write it, is more than .NET's seven.
        return DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeLocal, out var time)
            ? time
            : throw new ZLayerException(ZLayerErrorKind.InvalidArgument, $"'{text}' is not a time.")
            {
                Advice = "Write 2026-01-31T12:00:00Z, seconds since 1970, or how long ago: 10m, 1h30m.",
            };
    }
}
