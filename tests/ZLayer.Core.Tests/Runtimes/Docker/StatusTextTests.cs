using ZLayer.Core.Foundation.Text;
using ZLayer.Core.Runtimes.Docker.Documents;
using ZLayer.Core.Runtimes.Docker.Mapping;

namespace ZLayer.Core.Tests.Runtimes.Docker;

public sealed class StatusTextTests
{
    private const string Never = "0001-01-01T00:00:00Z";
    private static readonly DateTimeOffset Now = new(2026, 6, 1, 12, 0, 0, TimeSpan.Zero);

    [Theory]
    [InlineData("created", null, "Created")]
    [InlineData("running", null, "Up 5 minutes")]
    [InlineData("running", "healthy", "Up 5 minutes (healthy)")]
    [InlineData("running", "unhealthy", "Up 5 minutes (unhealthy)")]
    [InlineData("running", "starting", "Up 5 minutes (health: starting)")]
    [InlineData("running", "none", "Up 5 minutes")]
    [InlineData("paused", null, "Up 5 minutes (Paused)")]
    [InlineData("restarting", null, "Restarting (7) 2 seconds ago")]
    [InlineData("removing", null, "Removal In Progress")]
    [InlineData("exited", null, "Exited (7) 2 seconds ago")]
    [InlineData("dead", null, "Dead")]
    public void A_state_is_told_in_the_words_of_the_engine(string status, string? health, string expected)
        => Assert.Equal(expected, StatusText.Of(State(status) with { Health = health is null ? null : new HealthStateDocument { Status = health } }, Now));

    [Fact]
    public void An_end_of_which_the_time_is_not_known_has_no_age()
        => Assert.Equal("Exited (7)", StatusText.Of(State("exited") with { FinishedAt = Never }, Now));

    [Theory]
    [InlineData(-5, "Less than a second")]
    [InlineData(0, "Less than a second")]
    [InlineData(1, "1 second")]
    [InlineData(59, "59 seconds")]
    [InlineData(60, "About a minute")]
    [InlineData(46 * 60, "46 minutes")]
    [InlineData(3600, "About an hour")]
    [InlineData(47 * 3600, "47 hours")]
    [InlineData(8 * 86400, "8 days")]
    [InlineData(21 * 86400, "3 weeks")]
    [InlineData(120 * 86400, "4 months")]
    [InlineData(730 * 86400, "2 years")]
    public void Durations_are_told_in_the_words_of_docker(int seconds, string words) => Assert.Equal(words, Duration.InWords(TimeSpan.FromSeconds(seconds)));

    private static StateDocument State(string status) => new()
    {
        Status = status,
        ExitCode = 7,
        StartedAt = Now.AddMinutes(-5).ToString("O"),
        FinishedAt = Now.AddSeconds(-2).ToString("O"),
    };
}
