using System.Globalization;

namespace ZLayer.Core.Foundation.Text;

/// <summary>A number of seconds since 1970 that somebody wrote, as a time.</summary>
internal static class UnixSeconds
{
    /// <summary>The time; null for what is no number, or lies before 1970 or after the year 9999.</summary>
    public static DateTimeOffset? Parse(string text)
        => long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var seconds)
            && seconds >= 0 && seconds <= DateTimeOffset.MaxValue.ToUnixTimeSeconds()
                ? DateTimeOffset.FromUnixTimeSeconds(seconds)
                : null;
}
