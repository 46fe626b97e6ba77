using System.Globalization;

namespace ZLayer.Cli.Display;

/// <summary>Numbers and times as people read them.</summary>
internal static class Texts
{
    private static readonly string[] Units = ["B", "kB", "MB", "GB", "TB", "PB"];

    /// <summary>Decimal units and three digits: <c>13.4MB</c>.</summary>
    public static string Size(long bytes)
    {
        var value = (double)bytes;
        var unit = 0;
        while (value >= 999.5 && unit < Units.Length - 1)
        {
            value /= 1000;
            unit++;
        }

        var format = unit == 0 || value >= 99.95 ? "0" : value >= 9.995 ? "0.0" : "0.00";
        return value.ToString(format, CultureInfo.InvariantCulture) + Units[unit];
    }

    public static string Seconds(TimeSpan duration) => Math.Max(0, duration.TotalSeconds).ToString("0.0", CultureInfo.InvariantCulture) + "s";

    /// <summary>How long ago, in the largest unit that counts at least one: <c>3 hours ago</c>.</summary>
    public static string Age(DateTimeOffset? time, DateTimeOffset now)
    {
        // Reproducible images are dated 1970: that says nothing about their age.
        if (time is not { } then || then <= DateTimeOffset.UnixEpoch)
        {
            return "";
        }

        var age = now - then;
        (double Value, string Unit) = age switch
        {
            { TotalSeconds: < 1 } => (0, ""),
            { TotalMinutes: < 1 } => (age.TotalSeconds, "second"),
            { TotalHours: < 1 } => (age.TotalMinutes, "minute"),
            { TotalDays: < 1 } => (age.TotalHours, "hour"),
            { TotalDays: < 14 } => (age.TotalDays, "day"),
            { TotalDays: < 60 } => (age.TotalDays / 7, "week"),
            { TotalDays: < 730 } => (age.TotalDays / 30.4, "month"),
            _ => (age.TotalDays / 365.25, "year"),
        };
        return Unit.Length == 0 ? "just now" : string.Create(CultureInfo.InvariantCulture, $"{(long)Value} {Unit}{((long)Value == 1 ? "" : "s")} ago");
    }
}
