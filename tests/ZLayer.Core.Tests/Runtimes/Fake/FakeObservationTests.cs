using ZLayer.Core.Errors;
using ZLayer.Core.Runtimes.Execution;
using ZLayer.Core.Runtimes.Observation;
using ZLayer.Core.Runtimes.Specifications;
using ZLayer.Core.Runtimes;

namespace ZLayer.Core.Tests.Runtimes.Fake;

public sealed class FakeObservationTests : FakeTestBase
{
    [Fact]
    public async Task Following_what_never_ends_goes_as_far_as_somebody_reads()
    {
        await RunAsync("ticker", "sh", "-c", "while true; do echo tick; sleep 60; done");
        Assert.Equal(5, (await Runtime.StreamLogsAsync("ticker", new LogOptions { Follow = true }, Soon).Take(5).ToListAsync()).Count);
        await RunAsync("quiet");
        using var source = new CancellationTokenSource(20);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await Runtime.StreamLogsAsync("quiet", new LogOptions { Follow = true }, source.Token).ToListAsync());
        Assert.Empty(await Runtime.StreamLogsAsync("quiet", new LogOptions { Follow = true, Until = DateTimeOffset.UtcNow }, Soon).ToListAsync());
    }

    [Fact]
    public async Task Samples_grow_by_the_same_amounts_until_the_end()
    {
        await RunAsync("web", "sleep", "5");
        var samples = await Runtime.StreamStatsAsync("web", Soon).ToListAsync();
        Assert.Equal(5, samples.Count);
        Assert.All(samples.Zip(samples.Skip(1)), pair => Assert.Equal(50_000_000UL, pair.Second.CpuTotalNanoseconds - pair.First.CpuTotalNanoseconds));
        Assert.Equal(5.0, ContainerStatistic.From("web", "id", samples[0], samples[1]).CpuPercent);
        Assert.Equal(ZLayerErrorKind.ContainerNotRunning, await KindAsync(() => Runtime.GetContainerStatsAsync("web")));
    }

    [Fact]
    public async Task Processes_are_those_that_run()
    {
        await RunAsync("web");
        await using var session = await Runtime.OpenExecAsync("web", new ExecOptions { Command = ["cat"], AttachStdIn = true, User = "nobody" });
        var top = await Runtime.GetContainerProcessesAsync("web", []);
        Assert.Equal([("root", "sleep infinity"), ("nobody", "cat")], top.Processes.Select(p => (p[0], p[7])));
        await session.CloseInputAsync();
        Assert.Single((await Runtime.GetContainerProcessesAsync("web", [])).Processes);
    }

    [Fact]
    public async Task A_command_that_waits_for_input_does_not_let_its_container_grow_old()
    {
        await RunAsync("web", "sleep", "1000");
        await using var session = await Runtime.OpenExecAsync("web", new ExecOptions { Command = ["cat"], AttachStdIn = true });
        var reading = session.ReadAsync(Soon).ToListAsync();
        await session.Input.WriteAsync("a\n"u8.ToArray());
        await session.CloseInputAsync();
        Assert.Equal("a\n", TextOf(Assert.Single(await reading)));
        Assert.Equal(ContainerPhase.Running, (await Runtime.GetContainerStateAsync("web")).Phase);
    }

    [Fact]
    public async Task A_command_dies_with_its_container()
    {
        await RunAsync("web");
        var running = ExecAsync("web", "sleep", "infinity");
        Assert.False(running.IsCompleted);
        await Runtime.KillContainerAsync("web");
        Assert.Equal(137, (await running).ExitCode);
    }

    [Theory]
    [InlineData("A=1; echo \"$A ${B:-none} $(echo in | cat)\"", "1 none in\n")]
    [InlineData("if [ -f /etc/passwd ]; then echo yes; else echo no; fi", "yes\n")]
    [InlineData("false || echo or; true && echo and; false && echo never", "or\nand\n")]
    [InlineData("echo x > /tmp/f; echo y >> /tmp/f; cat < /tmp/f; ls /tmp", "x\ny\nf\n")]
    [InlineData("n=0; until [ \"$n\" = xx ]; do n=x$n; [ $n = xx0 ] && n=xx; done; echo $n", "xx\n")]
    [InlineData("cd /tmp && pwd; echo $?", "/tmp\n0\n")]
    [InlineData("printf '%s-%s\\n' a b; echo 'a  b'; x='a  b'; echo $x", "a-b\na  b\na b\n")]
    [InlineData("nosuch; echo $?", "127\n")]
    [InlineData("seq 2 | wc -l", "2\n")]
    public async Task The_shell_knows_what_tests_need(string script, string expected)
    {
        await RunAsync("web");
        Assert.Equal(expected, (await ExecAsync("web", "sh", "-c", script)).StdOut);
    }

    [Theory]
    [InlineData("if true")]
    [InlineData("echo 'open")]
    [InlineData("echo a &")]
    [InlineData("echo $(")]
    [InlineData("&& true")]
    [InlineData("echo \"$(echo")]
    public async Task A_script_that_is_not_understood_is_said_so(string script)
    {
        await RunAsync("web");
        var result = await ExecAsync("web", "sh", "-c", script);
        Assert.Equal(2, result.ExitCode);
        Assert.Contains("syntax error", result.StdErr, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_loop_without_end_lets_its_starter_go()
    {
        await RunAsync("busy", "sh", "-c", "while true; do :; done");
        await Runtime.StopContainerAsync("busy", ContainerStopOptions.Default, Soon);
        Assert.Equal(143, (await Runtime.GetContainerStateAsync("busy")).ExitCode);
    }

    [Fact]
    public async Task Non_utf8_bytes_stay_in_the_log()
    {
        await RunAsync(new ContainerSpecification { Image = "alpine", Name = "cat", Command = ["cat"], OpenStdin = true, StdinOnce = true });
        await using (var session = await Runtime.AttachAsync("cat", new AttachOptions { StdIn = true }))
        {
            await session.Input.WriteAsync(new byte[] { 0xFF, 0xFE, (byte)'\n' });
        }

        var line = Assert.Single(await Runtime.GetLogsAsync("cat"));
        Assert.Equal([0xFF, 0xFE], line.Bytes.ToArray());
        Assert.Equal("\uFFFD\uFFFD", line.Text);
    }

    [Fact]
    public async Task A_filter_restricts_by_everything_it_names()
    {
        await RunAsync(new ContainerSpecification { Image = "alpine", Name = "a", Labels = new Dictionary<string, string> { ["tier"] = "front" } });
        await RunAsync(new ContainerSpecification { Image = "nginx:1", Name = "b", Network = "host" });
        async Task<string> Names(ContainerFilter filter) => string.Join(' ', (await Runtime.ListContainersAsync(filter)).Select(c => c.Name));
        Assert.Equal("b a", await Names(ContainerFilter.None));
        Assert.Equal("a", await Names(new ContainerFilter { Labels = ["tier=front"] }));
        Assert.Equal("b", await Names(new ContainerFilter { Images = ["nginx:1"] }));
        Assert.Equal("b", await Names(new ContainerFilter { Networks = ["host"] }));
        Assert.Equal("", await Names(new ContainerFilter { States = [ContainerState.Exited] }));
        await RunAsync(new ContainerSpecification { Image = "alpine", Name = "web-1", Command = ["sh", "-c", "exit 3"], Mounts = [new MountSpecification { Kind = MountKind.Volume, Source = "data", Target = "/data" }] });
        Assert.Equal("web-1", await Names(new ContainerFilter { NamePatterns = ["eb-"] }));
        Assert.Equal("b a", await Names(new ContainerFilter { NamePatterns = ["^a$", "^b"] }));
        Assert.Equal("", await Names(new ContainerFilter { NamePatterns = ["["] }));
        Assert.Equal("", await Names(new ContainerFilter { NamePatterns = ["a"], IdPatterns = ["^no"] }));
        Assert.Equal("web-1", await Names(new ContainerFilter { ExitCodes = [1, 3] }));
        Assert.Equal("web-1", await Names(new ContainerFilter { Volumes = ["data"] }));
        Assert.Equal("web-1 b a", await Names(new ContainerFilter { Health = [HealthStatus.None] }));
        Assert.Equal("a", await Names(new ContainerFilter { Before = "b" }));
        Assert.Equal("web-1", await Names(new ContainerFilter { Since = "b" }));
        await RunAsync(new ContainerSpecification { Image = "alpine", Name = "ports", Ports = PortMapping.Parse("8080:80"), ExposedPorts = ["90/udp"] });
        Assert.Equal("ports", await Names(new ContainerFilter { PublishedPorts = [PortRange.Parse("8000-8080")] }));
        Assert.Equal("", await Names(new ContainerFilter { PublishedPorts = [PortRange.Parse("8080/udp")] }));
        Assert.Equal("ports", await Names(new ContainerFilter { PublishedPorts = [PortRange.Parse("80")], ExposedPorts = [PortRange.Parse("90/udp")] }));
        Assert.Equal("172.17.0.2", (await Runtime.GetContainerIpAsync("a"))?.ToString());
        Assert.Null(await Runtime.GetContainerIpAsync("b"));
        Assert.NotNull(await Runtime.GetContainerPidAsync("b"));
    }
}
