using System.Globalization;
using System.Text.RegularExpressions;

namespace ZLayer.Core.Runtimes.Docker.Mapping;

/// <summary>
/// Times from the words in which an engine's list tells of containers: <c>Up 5 minutes</c>, <c>Exited (0) 8 days ago</c>. They are as exact as
/// the unit, and never earlier than the truth: what is taken for older than a week is so.
/// </summary>
internal static partial class StatusText
{
    // The engine rounds hours to the nearest, and makes days, weeks and more of these.
    private static readonly TimeSpan Rounding = TimeSpan.FromMinutes(30);

    // Longer than any that an engine writes, and short enough for a pattern that looks back.
    private const int LongestStatus = 256;
    private static readonly TimeSpan LongestAge = TimeSpan.FromDays(365 * 1000);

    /// <summary>When a container that runs was started; null when the words do not tell.</summary>
    /// <param name="status">The words.</param>
    /// <param name="now">The time to count back from.</param>
    public static DateTimeOffset? StartedAt(string status, DateTimeOffset now)
        => status.Length <= LongestStatus && Up().Match(status) is { Success: true } match ? now - Age(match.Groups["age"].Value) : null;

    /// <summary>When a container that has ended did; null when the words do not tell.</summary>
    /// <param name="status">The words.</param>
    /// <param name="now">The time to count back from.</param>
    public static DateTimeOffset? FinishedAt(string status, DateTimeOffset now)
        => status.Length <= LongestStatus && Exited().Match(status) is { Success: true } match ? now - Age(match.Groups["age"].Value) : null;

    // The shortest age that the engine says so of (units.HumanDuration of go-units).
    private static TimeSpan? Age(string words)
    {
        if (words is "Less than a second")
        {
            return TimeSpan.Zero;
        }

        if (words is "About a minute" or "About an hour")
        {
            return words.EndsWith("hour", StringComparison.Ordinal) ? TimeSpan.FromHours(1) - Rounding : TimeSpan.FromMinutes(1);
        }

        var space = words.IndexOf(' ', StringComparison.Ordinal);
        if (space < 0 || !int.TryParse(words.AsSpan(0, space), NumberStyles.None, CultureInfo.InvariantCulture, out var count))
        {
            return null;
        }

        TimeSpan? unit = words[(space + 1)..].TrimEnd('s') switch
        {
            "second" => TimeSpan.FromSeconds(1),
            "minute" => TimeSpan.FromMinutes(1),
            "hour" => TimeSpan.FromHours(1),
            "day" => TimeSpan.FromDays(1),
            "week" => TimeSpan.FromDays(7),
            "month" => TimeSpan.FromDays(30),
            "year" => TimeSpan.FromDays(365),
            _ => null,
        };
        return unit is not { } length || count > LongestAge / length ? null
            : length < TimeSpan.FromHours(1) ? count * length
            : count * length - Rounding;
    }

    [GeneratedRegex(@"^Up (?<age>.+?)( \(.*\))?$")]
    private static partial Regex Up();

    [GeneratedRegex(@"^Exited \(-?\d+\) (?<age>.+) ago$")]
    private static partial Regex Exited();
}
