using ZLayer.Core.Errors;
using ZLayer.Core.Runtimes;
using ZLayer.Core.Runtimes.Observation;
using ZLayer.Core.Runtimes.Operations;
using ZLayer.Core.Runtimes.Specifications;
using ZLayer.Core.Tests.Engines;

namespace ZLayer.Core.Tests.Runtimes.Docker;

public sealed class ContainerRunTests(DockerEngineFixture docker) : EngineTest(docker)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(120);

    [SkippableTheory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_run_tells_what_happens_and_ends_with_the_exit_code(bool remove)
    {
        var name = NewName();
        var events = await Runtime.RunAsync(new ContainerRunOptions { Specification = Shell(name, "echo out; usleep 10000; echo error >&2; exit 9"), Remove = remove }).ToListAsync();

        var created = Assert.IsType<RunCreated>(events[0]).Container;
        Assert.Equal(name, created.Name);
        // The engine reads the two streams apart: which comes first is not said.
        Assert.Equal(
            [(LogStream.StdOut, "out", name), (LogStream.StdErr, "error", name)],
            events.OfType<RunOutput>().Select(o => (o.Record.Stream, o.Record.Text, o.Record.ContainerName)).OrderBy(o => o.Stream));
        var ended = Assert.IsType<RunEnded>(events[^1]);
        Assert.Equal((9, WaitReason.Exited), (ended.Outcome.ExitCode, ended.Outcome.Reason));
        Assert.True(ended.Duration > TimeSpan.Zero);
        Assert.Equal(!remove, await ExistsAsync(created.Id));
    }

    [SkippableFact]
    public async Task A_run_to_its_end_keeps_output_input_and_signal()
    {
        var result = await Runtime.RunToEndAsync(new ContainerRunOptions
        {
            Specification = Shell(NewName(), "cat; printf '\\377' >&2; exit 137"),
            Input = new MemoryStream("first\nlast"u8.ToArray()),
            Remove = true,
        });
        Assert.Equal((137, WaitReason.Signal, "SIGKILL"), (result.ExitCode, result.Reason, result.Signal));
        Assert.Equal("first\nlast", result.StdOut);
        Assert.Equal([0xFF], result.RawStdErr.ToArray());
        Assert.False(await ExistsAsync(result.ContainerId));
    }

    [SkippableFact]
    public async Task A_hundred_MB_go_through_a_run()
    {
        var result = await Runtime.RunToEndAsync(new ContainerRunOptions { Specification = Shell(NewName(), "sha256sum"), Input = new PatternStream(100_000_000), Remove = true }).WaitAsync(Patience);
        Assert.Equal(Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(new PatternStream(100_000_000))), result.StdOut.Split(' ')[0]);
    }

    [SkippableFact]
    public async Task A_run_that_cannot_start_leaves_nothing_when_it_was_to_be_removed()
    {
        var name = NewName();
        var options = new ContainerRunOptions { Specification = new ContainerSpecification { Image = Image, Name = name, Command = ["/no/such/program"], Network = "none" }, Remove = true };
        await FailsAsync(ZLayerErrorKind.ContainerStartFailed, async () => await Runtime.RunAsync(options).ToListAsync());
        await DockerLogsTests.EventuallyAsync(() => !ExistsAsync(name).GetAwaiter().GetResult(), () => "the container is still there");
    }

    [SkippableFact]
    public async Task An_image_that_nobody_has_is_an_error()
    {
        var specification = new ContainerSpecification { Image = "127.0.0.1:1/no/image:1", Name = NewName(), PullPolicy = ZLayer.Core.Registries.PullPolicy.Never };
        await FailsAsync(ZLayerErrorKind.ImageNotFound, () => Runtime.RunToEndAsync(new ContainerRunOptions { Specification = specification }));
    }

    [SkippableTheory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Leaving_a_run_kills_the_container(bool remove)
    {
        var name = NewName();
        await foreach (var step in Runtime.RunAsync(new ContainerRunOptions { Specification = Shell(name, "echo ready; sleep 600"), Remove = remove }))
        {
            if (step is RunOutput)
            {
                break;
            }
        }

        await RequireEndedAsync(name, remove);
    }

    [SkippableTheory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Cancelling_a_run_kills_the_container(bool remove)
    {
        var name = NewName();
        using var cancellation = new CancellationTokenSource();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () =>
        {
            await foreach (var step in Runtime.RunAsync(new ContainerRunOptions { Specification = Shell(name, "echo ready; sleep 600"), Remove = remove }, cancellation.Token))
            {
                if (step is RunOutput)
                {
                    await cancellation.CancelAsync();
                }
            }
        });
        await RequireEndedAsync(name, remove);
    }

    [SkippableFact]
    public async Task A_run_that_takes_too_long_is_killed_and_says_so()
    {
        var name = NewName();
        var options = new ContainerRunOptions { Specification = Shell(name, "sleep 600"), Remove = true, Timeout = TimeSpan.FromSeconds(1) };
        var failure = await FailsAsync(ZLayerErrorKind.OperationTimedOut, () => Runtime.RunToEndAsync(options));
        Assert.Contains(name, failure.Message, StringComparison.Ordinal);
        await RequireEndedAsync(name, removed: true);
        await FailsAsync(ZLayerErrorKind.OperationTimedOut, async () => await Runtime.RunAsync(options with { Specification = Shell(NewName(), "echo; sleep 600") }).ToListAsync());
    }

    [SkippableFact]
    public async Task Many_runs_leave_no_container_thread_or_handle()
    {
        const int Count = 60;
        await RunTrueAsync();
        var (handles, threads) = (Directory.GetFileSystemEntries("/proc/self/fd").Length, ThreadCount());
        await Parallel.ForEachAsync(Enumerable.Range(0, Count), new ParallelOptions { MaxDegreeOfParallelism = 4 }, async (_, _) => await RunTrueAsync());

        await DockerLogsTests.EventuallyAsync(
            () => Directory.GetFileSystemEntries("/proc/self/fd").Length <= handles + 20 && ThreadCount() <= threads + 20,
            () => $"{Directory.GetFileSystemEntries("/proc/self/fd").Length} handles and {ThreadCount()} threads, {handles} and {threads} before");
    }

    [SkippableFact]
    public async Task A_container_is_waited_for_until_it_is_healthy()
    {
        var id = await StartAsync(Shell(NewName(), "usleep 500000; touch /healthy; sleep 600") with { HealthCheck = Check("test -e /healthy") });
        Skip.If(IsPodman, "Podman's service runs no health checks without systemd");
        var ready = await Runtime.WaitUntilReadyAsync(id, ReadyCondition.Healthy, Patience);
        Assert.Equal((ContainerState.Running, HealthStatus.Healthy), (ready.State, ready.Health));
        Assert.Equal(id, (await Runtime.WaitUntilReadyAsync(id, ReadyCondition.Running)).Id);
    }

    [SkippableFact]
    public async Task A_container_that_becomes_unhealthy_is_not_waited_for()
    {
        Skip.If(IsPodman, "Podman's service runs no health checks without systemd");
        var id = await StartAsync(Shell(NewName(), "sleep 600") with { HealthCheck = Check("echo the database is away; exit 1") });
        var failure = await FailsAsync(ZLayerErrorKind.ContainerNotReady, () => Runtime.WaitUntilReadyAsync(id, ReadyCondition.Healthy, Patience));
        Assert.Contains("the database is away", failure.Details);
    }

    [SkippableFact]
    public async Task A_container_without_a_health_check_is_refused_at_once()
        => await FailsAsync(ZLayerErrorKind.InvalidArgument, async () => await Runtime.WaitUntilReadyAsync(await StartAsync(Shell(NewName(), "sleep 600")), ReadyCondition.Healthy, Patience));

    [SkippableFact]
    public async Task A_container_that_ends_is_not_waited_for()
    {
        var id = await StartAsync(Shell(NewName(), "echo starting; echo cannot bind >&2; usleep 300000; exit 3"));
        var failure = await FailsAsync(ZLayerErrorKind.ContainerNotReady, async () =>
        {
            await Runtime.WaitContainerAsync(id);
            await Runtime.WaitUntilReadyAsync(id, ReadyCondition.Running, Patience);
        });
        Assert.Equal(3, failure.ExitCode);
        Assert.Equal(["starting", "cannot bind"], failure.Details.Order().Reverse());
    }

    [SkippableFact]
    public async Task Waiting_has_a_limit_of_time_and_says_what_is()
    {
        var id = await CreateAsync(Shell(NewName(), "true"));
        var failure = await FailsAsync(ZLayerErrorKind.OperationTimedOut, () => Runtime.WaitUntilReadyAsync(id, ReadyCondition.Running, TimeSpan.FromSeconds(1)));
        Assert.Contains("created", failure.Message, StringComparison.Ordinal);
        await FailsAsync(ZLayerErrorKind.ContainerNotFound, () => Runtime.WaitUntilReadyAsync("no-such-container", ReadyCondition.Running));
    }

    [SkippableFact]
    public async Task A_container_that_is_started_or_removed_meanwhile_is_noticed()
    {
        var id = await CreateAsync(Shell(NewName(), "sleep 600"));
        var waiting = Runtime.WaitUntilReadyAsync(id, ReadyCondition.Running, Patience);
        await Runtime.StartContainerAsync(id);
        Assert.Equal(ContainerState.Running, (await waiting).State);

        var other = await CreateAsync(Shell(NewName(), "sleep 600"));
        waiting = Runtime.WaitUntilReadyAsync(other, ReadyCondition.Running, Patience);
        await Task.Yield();
        await Runtime.RemoveContainerAsync(other, new ContainerRemoveOptions());
        var failure = await Assert.ThrowsAsync<ZLayerException>(() => waiting);
        Assert.Contains(failure.Kind, new[] { ZLayerErrorKind.ContainerNotReady, ZLayerErrorKind.ContainerNotFound });
    }

    private static HealthCheck Check(string script) => new()
    {
        Test = ["CMD-SHELL", script],
        Interval = TimeSpan.FromMilliseconds(300),
        Timeout = TimeSpan.FromSeconds(5),
        Retries = 2,
    };

    private static int ThreadCount() => Directory.GetDirectories("/proc/self/task").Length;

    private async Task RunTrueAsync()
        => Assert.Equal(0, (await Runtime.RunToEndAsync(new ContainerRunOptions { Specification = Shell(NewName(), "true"), Remove = true })).ExitCode);

    private async Task RequireEndedAsync(string name, bool removed)
    {
        await DockerLogsTests.EventuallyAsync(
            () => removed ? !ExistsAsync(name).GetAwaiter().GetResult() : Runtime.GetContainerStateAsync(name).GetAwaiter().GetResult().Phase == ContainerPhase.Exited,
            () => "the container goes on");
    }

    private async Task<bool> ExistsAsync(string container)
    {
        try
        {
            await Runtime.GetContainerStateAsync(container);
            return true;
        }
        catch (ZLayerException e) when (e.Kind == ZLayerErrorKind.ContainerNotFound)
        {
            return false;
        }
    }
}
