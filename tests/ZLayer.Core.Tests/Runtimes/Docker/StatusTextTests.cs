using ZLayer.Core.Runtimes.Docker.Mapping;

namespace ZLayer.Core.Tests.Runtimes.Docker;

public sealed class StatusTextTests
{
    private static readonly DateTimeOffset Now = new(2026, 6, 1, 12, 0, 0, TimeSpan.Zero);

    [Theory]
    [InlineData("Exited (0) Less than a second ago", 0)]
    [InlineData("Exited (137) 1 second ago", 1)]
    [InlineData("Exited (-1) 59 seconds ago", 59)]
    [InlineData("Exited (0) About a minute ago", 60)]
    [InlineData("Exited (0) 46 minutes ago", 46 * 60)]
    [InlineData("Exited (0) About an hour ago", 1800)]
    [InlineData("Exited (0) 47 hours ago", (47 * 3600) - 1800)]
    [InlineData("Exited (0) 8 days ago", (8 * 86400) - 1800)]
    [InlineData("Exited (0) 3 weeks ago", (21 * 86400) - 1800)]
    [InlineData("Exited (0) 4 months ago", (120 * 86400) - 1800)]
    [InlineData("Exited (0) 2 years ago", (730 * 86400) - 1800)]
    public void An_end_is_never_taken_for_earlier_than_the_words_allow(string status, int secondsAgo)
    {
        Assert.Equal(Now.AddSeconds(-secondsAgo), StatusText.FinishedAt(status, Now));
        Assert.Null(StatusText.StartedAt(status, Now));
    }

    [Theory]
    [InlineData("Up 5 minutes", 300)]
    [InlineData("Up 5 minutes (healthy)", 300)]
    [InlineData("Up 2 seconds (health: starting)", 2)]
    [InlineData("Up Less than a second (Paused)", 0)]
    public void A_start_is_told_with_and_without_what_follows(string status, int secondsAgo)
    {
        Assert.Equal(Now.AddSeconds(-secondsAgo), StatusText.StartedAt(status, Now));
        Assert.Null(StatusText.FinishedAt(status, Now));
    }

    [Theory]
    [InlineData("")]
    [InlineData("Created")]
    [InlineData("Dead")]
    [InlineData("Restarting (1) 5 seconds ago")]
    [InlineData("Up")]
    [InlineData("Exited (0) a while ago")]
    [InlineData("Exited (0) 2147483647 years ago")]
    [InlineData("Exited (0) 5883517 years ago")]
    [InlineData("Exited (0) 99999999999 days ago")]
    [InlineData("Up 2147483647 weeks")]
    [InlineData("Up 1001 years (healthy)")]
    public void Other_words_tell_no_time(string status)
    {
        Assert.Null(StatusText.StartedAt(status, Now));
        Assert.Null(StatusText.FinishedAt(status, Now));
    }

    [Fact]
    public void Words_without_end_are_not_looked_through()
    {
        var clock = System.Diagnostics.Stopwatch.StartNew();

        Assert.Null(StatusText.StartedAt("Up " + string.Concat(Enumerable.Repeat(" (", 1_000_000)), Now));
        Assert.Null(StatusText.FinishedAt("Exited (0) " + string.Concat(Enumerable.Repeat(" ago", 1_000_000)), Now));

        Assert.InRange(clock.Elapsed, TimeSpan.Zero, TimeSpan.FromSeconds(5));
    }
}
