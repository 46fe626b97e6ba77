using System.Globalization;
using System.Text.RegularExpressions;
using ZLayer.Core.Runtimes.Docker;
using ZLayer.Core.Runtimes.Operations;
using ZLayer.Core.Tests.Engines;

namespace ZLayer.Core.Tests.Runtimes.Docker;

/// <summary>Runs so short that the engine notes their end before their start.</summary>
public sealed class ShortRunTests
{
    private static readonly DateTimeOffset Noon = new(2026, 1, 31, 12, 0, 0, TimeSpan.Zero);

    [Fact]
    public async Task The_lines_of_the_first_run_are_all_of_the_log()
        => Assert.Equal("", await SinceOfLogAsync(Event("start", 10.6), Event("die", 10.45)));

    [Fact]
    public async Task The_lines_of_the_second_run_begin_after_the_end_of_the_first()
    {
        var since = await SinceOfLogAsync(Event("start", 5), Event("die", 5.1), Event("start", 10.6), Event("die", 10.45));

        var time = double.Parse(since, CultureInfo.InvariantCulture) - Noon.ToUnixTimeSeconds();
        Assert.InRange(time, 5.2, 10.3);
    }

    // A container that started at 10.5 and ended at 10.4, as its engine notes it, and what of its log is asked for.
    private static async Task<string> SinceOfLogAsync(params string[] events)
    {
        var container = $$"""
            {"Id":"{{new string('a', 64)}}","Name":"/web","Config":{"Tty":true},"Created":"{{Time(1)}}",
             "State":{"Status":"exited","Running":false,"StartedAt":"{{Time(10.5)}}","FinishedAt":"{{Time(10.4)}}"} }
            """;
        await using var engine = new ScriptedEngine(request => request.AnswerAsync(ScriptedEngine.Answer(
            200,
            request.Line.Contains("/events", StringComparison.Ordinal) ? string.Concat(events)
                : request.Line.Contains("/logs", StringComparison.Ordinal) ? "run\n"
                : container)));
        await using var runtime = new DockerRuntime(new DockerRuntimeOptions { Host = engine.Host });

        await runtime.WaitForSignsAsync("web", new ContainerSigns { LogPattern = new Regex("run") }, TimeSpan.FromSeconds(30));

        var asked = engine.Requests.First(line => line.Contains("/logs", StringComparison.Ordinal));
        return Regex.Match(asked, "[?&]since=([0-9.]+)").Groups[1].Value;
    }

    private static string Time(double seconds) => Noon.AddSeconds(seconds).ToString("O", CultureInfo.InvariantCulture);

    private static string Event(string action, double seconds)
        => $$"""{"Type":"container","Action":"{{action}}","timeNano":{{(Noon.AddSeconds(seconds) - DateTimeOffset.UnixEpoch).Ticks * 100}} }""" + "\n";
}
