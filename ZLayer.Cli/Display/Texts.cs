using System.Globalization;
using ZLayer.Core.Foundation.Text;

namespace ZLayer.Cli.Display;

/// <summary>Numbers and times as people read them.</summary>
internal static class Texts
{
    /// <summary>Decimal units and three digits: <c>13.4MB</c>.</summary>
    public static string Size(long bytes) => ByteSize.InWords(bytes);

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
