using ZLayer.Core.Tests.Engines;

namespace ZLayer.Core.Tests.Cli.Containers;

/// <summary>Times of events, as docker's command line writes them.</summary>
public sealed class EventTimeTests : IDisposable
{
    private readonly CliProcess _cli = new();

    public void Dispose() => _cli.Dispose();

    [SkippableTheory]
    [InlineData("UTC", "2026-01-31T12:00:00.000000007Z")]
    [InlineData("Asia/Kolkata", "2026-01-31T17:30:00.000000007+05:30")]
    public async Task Events_have_nine_digits_of_a_second_and_the_zone(string zone, string time)
    {
        Skip.IfNot(TimeZoneInfo.TryFindSystemTimeZoneById(zone, out _), "needs the system's data of time zones (tzdata)");
        const string Happened = """{"Type":"container","Action":"start","Actor":{"ID":"abc","Attributes":{}},"time":1769860800,"timeNano":1769860800000000007}""" + "\n";
        await using var engine = new ScriptedEngine(request => request.AnswerAsync(
            ScriptedEngine.Answer(200, request.Line.Contains("/events", StringComparison.Ordinal) ? Happened : "{}"), keepOpen: true));
        _cli.Environment["DOCKER_HOST"] = engine.Host;
        _cli.Environment["TZ"] = zone;

        var result = _cli.Run("events", "--runtime", "docker", "--since", "1", "--until", "2");

        Assert.Equal($"{time} container start abc\n", result.Output);
    }
}
