using System.Diagnostics;
using ZLayer.Core.Runtimes;
using ZLayer.Core.Runtimes.Docker;
using ZLayer.Core.Tests.Engines;

namespace ZLayer.Core.Tests.Runtimes.Docker;

/// <summary>Where Podman's service answers otherwise than Docker does, word for word as Podman 5.8 says it.</summary>
public sealed class PodmanDifferenceTests
{
    private const string Sample = """{"read":"2026-11-28T23:24:05.019853218Z","preread":"0001-01-01T00:00:00Z","pids_stats":{"current":1},"cpu_stats":{"cpu_usage":{"total_usage":5},"online_cpus":2},"memory_stats":{"usage":7}}""";

    [Fact]
    public async Task Samples_come_every_second_though_its_own_stream_is_slower_and_end_with_the_container()
    {
        var asked = 0;
        await using var engine = new ScriptedEngine(request => request.AnswerAsync(
            ScriptedEngine.Answer(
                200,
                request.IsPing ? "OK"
                    : request.Line.Contains("/info", StringComparison.Ordinal) ? """{"MemTotal":4096}"""
                    : asked++ < 3 ? Sample : """{"cause":"container is stopped","message":"container is stopped","response":500}""",
                "Api-Version: 1.44\r\nLibpod-Api-Version: 5.8.6\r\n"),
            keepOpen: true));
        await using var runtime = new DockerRuntime(new DockerRuntimeOptions { Host = engine.Host });
        var watch = Stopwatch.StartNew();

        var samples = await runtime.StreamStatsAsync("web").ToListAsync().AsTask().WaitAsync(TimeSpan.FromSeconds(60));

        Assert.Equal(3, samples.Count);
        Assert.DoesNotContain(engine.Requests, request => request.Contains("stream=true", StringComparison.Ordinal));
        Assert.InRange(watch.Elapsed.TotalSeconds, 2, 30);
    }

    [Fact]
    public async Task Images_of_Docker_Hub_have_their_short_names()
    {
        await using var engine = new ScriptedEngine(request => request.AnswerAsync(ScriptedEngine.Answer(200, """
            [{"Id":"1","Names":["/a"],"Image":"docker.io/zlayer-test/busybox:1","State":"running"},
             {"Id":"2","Names":["/b"],"Image":"docker.io/library/busybox:latest","State":"running"},
             {"Id":"3","Names":["/c"],"Image":"quay.io/library/busybox:latest","State":"running"},
             {"Id":"4","Names":["/d"],"Image":"sha256:0123456789ab","State":"running"}]
            """), keepOpen: true));
        await using var runtime = new DockerRuntime(new DockerRuntimeOptions { Host = engine.Host });
        var containers = await runtime.ListContainersAsync(new ContainerFilter());
        Assert.Equal(["zlayer-test/busybox:1", "busybox:latest", "quay.io/library/busybox:latest", "sha256:0123456789ab"], containers.OrderBy(c => c.Id).Select(c => c.Image));
    }

    [Fact]
    public async Task States_that_it_does_not_know_are_not_asked_for()
    {
        await using var engine = new ScriptedEngine(ScriptedEngine.Answer(
            200, """[{"Id":"1","Names":["/a"],"State":"running"},{"Id":"2","Names":["/b"],"State":"exited"}]""", "Api-Version: 1.44\r\nLibpod-Api-Version: 5.8.6\r\n"));
        await using var runtime = new DockerRuntime(new DockerRuntimeOptions { Host = engine.Host });

        var containers = await runtime.ListContainersAsync(new ContainerFilter { States = [ContainerState.Running, ContainerState.Restarting] });

        Assert.Equal("a", Assert.Single(containers).Name);
        Assert.DoesNotContain(engine.Requests, request => request.Contains("restarting", StringComparison.Ordinal));
    }
}
