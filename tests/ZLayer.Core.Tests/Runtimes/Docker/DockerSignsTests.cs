using ZLayer.Core.Errors;
using ZLayer.Core.Runtimes;
using ZLayer.Core.Runtimes.Execution;
using ZLayer.Core.Runtimes.Operations;
using ZLayer.Core.Runtimes.Specifications;
using ZLayer.Core.Tests.Engines;

namespace ZLayer.Core.Tests.Runtimes.Docker;

/// <summary>Waiting for what shows from outside that a container of a real engine can be used.</summary>
public sealed class DockerSignsTests(DockerEngineFixture docker) : EngineTest(docker)
{
    private const string CountRuns = "echo >> /runs; echo run $(wc -l < /runs); exec sleep 1000";

    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(30);

    [SkippableFact]
    public async Task A_line_that_is_written_before_the_engine_notes_the_start_is_seen()
    {
        // Of some of these the line has an earlier time than the start.
        for (var i = 0; i < 4; i++)
        {
            var id = await StartAsync(Shell(NewName($"early{i}"), "echo ready; exec sleep 1000"));

            Assert.Equal("ready", await WaitForLineAsync(id, "ready"));
        }
    }

    [SkippableFact]
    public async Task The_lines_of_an_earlier_run_are_not_waited_for()
    {
        var id = await StartAsync(Shell(NewName(), CountRuns));
        Assert.Equal("run 1", await WaitForLineAsync(id, "^run"));

        await Runtime.RestartContainerAsync(id, new ContainerStopOptions { GracePeriod = TimeSpan.Zero });

        Assert.Equal("run 2", await WaitForLineAsync(id, "^run"));
        var error = await FailsAsync(ZLayerErrorKind.OperationTimedOut, () => Runtime.WaitForSignsAsync(id, Lines("run 1"), TimeSpan.FromMilliseconds(300)));
        Assert.Contains("run 1", error.Message, StringComparison.Ordinal);
    }

    [SkippableFact]
    public async Task A_container_that_has_ended_again_has_the_lines_of_its_last_run_alone()
    {
        var id = await StartAsync(Shell(NewName(), "echo >> /runs; echo run $(wc -l < /runs)"));
        await Runtime.WaitContainerAsync(id);
        Assert.Equal("run 1", await WaitForLineAsync(id, "^run"));

        await Runtime.StartContainerAsync(id);
        await Runtime.WaitContainerAsync(id);

        Assert.Equal("run 2", await WaitForLineAsync(id, "^run"));
        await FailsAsync(ZLayerErrorKind.ContainerNotReady, () => Runtime.WaitForSignsAsync(id, Lines("run 1"), Soon));
    }

    [SkippableFact]
    public async Task A_published_port_is_waited_for_until_its_program_listens()
    {
        // An engine of the tests' own has no network but those that are made.
        var network = $"signs-{Guid.NewGuid():N}"[..16];
        var made = await Docker.RunAsync("network", "create", network);
        Skip.IfNot(made.ExitCode == 0, $"The engine makes no network: {made.Error}");
        try
        {
            const string Listen = "echo start; sleep 1; touch /listening; exec nc -ll -p 80 -e cat";
            var id = await StartAsync(Shell(NewName(), Listen) with { Network = network, Ports = PortMapping.Parse("80") });

            await Runtime.WaitForSignsAsync(id, new ContainerSigns { Ports = [80], LogPattern = ContainerSigns.ParsePattern("start") }, Soon);

            Assert.Equal(0, (await Runtime.ExecAsync(id, new ExecOptions { Command = ["test", "-f", "/listening"] })).ExitCode);
            await Runtime.RemoveContainerAsync(id, new ContainerRemoveOptions());
        }
        finally
        {
            await Docker.RunAsync("network", "rm", network);
        }
    }

    private static ContainerSigns Lines(string pattern) => new() { LogPattern = ContainerSigns.ParsePattern(pattern) };

    private async Task<string> WaitForLineAsync(string container, string pattern) => (await Runtime.WaitForSignsAsync(container, Lines(pattern), Soon))!.Text;
}
