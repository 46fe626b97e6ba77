using System.Globalization;
using ZLayer.Core.Foundation.Text;

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

    public static string Seconds(TimeSpan duration)
        => Math.Max(0, duration.TotalSeconds).ToString("0.0", CultureInfo.InvariantCulture) + "s";

    /// <summary>How long ago, in docker's words: <c>About an hour ago</c>, <c>3 days ago</c>.</summary>
    public static string Age(DateTimeOffset? time, DateTimeOffset now)
    {
        // Reproducible images are dated 1970: that says nothing about their age.
        if (time is not { } then || then <= DateTimeOffset.UnixEpoch)
        {
            return "";
        }

        return $"{Duration.InWords(now - then)} ago";
    }
}
