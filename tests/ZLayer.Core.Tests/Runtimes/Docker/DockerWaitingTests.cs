using ZLayer.Core.Errors;
using ZLayer.Core.Runtimes;
using ZLayer.Core.Tests.Engines;

namespace ZLayer.Core.Tests.Runtimes.Docker;

public sealed class DockerWaitingTests(DockerEngineFixture docker) : EngineTest(docker)
{
    private const string UntilToldSo = "trap 'exit 5' USR1; while :; do sleep 1 & wait; done";

    [SkippableTheory]
    [InlineData("exit 0", 0, WaitReason.Exited, null)]
    [InlineData("exit 42", 42, WaitReason.Exited, null)]
    [InlineData("kill -9 $$; exit 3", 3, WaitReason.Exited, null)]
    [InlineData("sh -c 'kill -SEGV $$'; exit $?", 139, WaitReason.Signal, "SIGSEGV")]
    public async Task Ends_are_told_apart(string script, int exitCode, WaitReason reason, string? signal)
    {
        var outcome = await RunAsync(script);

        Assert.Equal((exitCode, reason, signal, null), (outcome.ExitCode, outcome.Reason, outcome.Signal, outcome.Error));
        Assert.InRange(outcome.FinishedAt!.Value, DateTimeOffset.UtcNow.AddMinutes(-5), DateTimeOffset.UtcNow.AddMinutes(5));
    }

    [SkippableFact]
    public async Task A_death_for_memory_is_told_apart_from_a_kill()
    {
        var name = NewName();
        var created = await Runtime.CreateContainerAsync(Shell(name, "exec tail /dev/zero") with { Limits = new ResourceLimits { Memory = 16 << 20, MemorySwap = 16 << 20 } });
        Skip.If(created.Warnings.Any(warning => warning.Contains("memory", StringComparison.OrdinalIgnoreCase)), "the machine has no memory limits");
        await Runtime.StartContainerAsync(name);
        var outcome = await Runtime.WaitOutcomeAsync(name);

        Skip.If(outcome.ExitCode != 137, "the machine's cgroups do not limit memory");
        Assert.Equal((WaitReason.OomKilled, "SIGKILL"), (outcome.Reason, outcome.Signal));
        Assert.True((await Runtime.InspectContainerAsync(name)).OomKilled);
    }

    [SkippableFact]
    public async Task A_wait_lasts_as_long_as_the_container()
    {
        var name = NewName();
        await StartAsync(Shell(name, UntilToldSo));
        var waiting = Runtime.WaitOutcomeAsync(name);
        await UntilItSleepsAsync(name);
        Assert.False(waiting.IsCompleted);

        await Runtime.KillContainerAsync(name, Signal.Parse("USR1"));

        Assert.Equal(5, (await waiting).ExitCode);
    }

    [SkippableFact]
    public async Task What_was_never_started_does_not_run_and_has_no_end()
    {
        var name = NewName();
        await CreateAsync(Shell(name, "true"));

        Assert.Equal(new WaitOutcome { ExitCode = 0, Reason = WaitReason.Exited }, await Runtime.WaitOutcomeAsync(name));
        await FailsAsync(ZLayerErrorKind.ContainerNotFound, () => Runtime.WaitContainerAsync(NewName()));
        await FailsAsync(ZLayerErrorKind.ContainerNotFound, () => Runtime.WaitOutcomeAsync(NewName(), WaitCondition.Removed));
    }

    [SkippableFact]
    public async Task The_next_exit_is_waited_for_though_the_container_has_ended()
    {
        var name = NewName();
        await StartAsync(Shell(name, "exit 3"));
        Assert.Equal(3, await Runtime.WaitContainerAsync(name));

        var waiting = Runtime.WaitOutcomeAsync(name, WaitCondition.NextExit);
        // The wait is on its way: until the engine has it, each further life would end unseen.
        while (!waiting.IsCompleted)
        {
            await Runtime.StartContainerAsync(name);
            await Runtime.WaitContainerAsync(name);
        }

        Assert.Equal(3, (await waiting).ExitCode);
    }

    [SkippableFact]
    public async Task A_removal_is_waited_for()
    {
        var name = NewName();
        await StartAsync(Shell(name, UntilToldSo));
        var waiting = Runtime.WaitOutcomeAsync(name, WaitCondition.Removed);
        await UntilItSleepsAsync(name);
        await Runtime.KillContainerAsync(name, Signal.Parse("USR1"));
        Assert.Equal(5, await Runtime.WaitContainerAsync(name));
        Assert.False(waiting.IsCompleted);

        await Runtime.RemoveContainerAsync(name, new ContainerRemoveOptions());

        Assert.Equal(WaitReason.Exited, (await waiting).Reason);
    }

    [SkippableFact]
    public async Task A_container_that_removes_itself_still_has_an_outcome()
    {
        for (var i = 0; i < 5; i++)
        {
            var name = NewName();
            await CreateAsync(Shell(name, UntilToldSo) with { AutoRemove = true });
            await Runtime.StartContainerAsync(name);
            var waiting = Runtime.WaitOutcomeAsync(name);
            await UntilItSleepsAsync(name);
            await Runtime.KillContainerAsync(name);

            var outcome = await waiting;

            Assert.Equal((137, WaitReason.Signal, "SIGKILL"), (outcome.ExitCode, outcome.Reason, outcome.Signal));
        }
    }

    [SkippableFact]
    public async Task Waiting_ends_with_the_token()
    {
        var name = NewName();
        await StartAsync(Shell(name, UntilToldSo));
        using var stop = new CancellationTokenSource();
        var waiting = Runtime.WaitOutcomeAsync(name, WaitCondition.NotRunning, stop.Token);

        await stop.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => waiting);
    }

    [SkippableFact]
    public async Task A_container_that_is_removed_while_it_is_waited_for_ends_the_wait()
    {
        var name = NewName();
        await StartAsync(Shell(name, UntilToldSo));
        var waiting = Runtime.WaitOutcomeAsync(name);
        await UntilItSleepsAsync(name);

        await Runtime.RemoveContainerAsync(name, new ContainerRemoveOptions());

        Assert.Equal(137, (await waiting).ExitCode);
    }

    private async Task UntilItSleepsAsync(string container)
    {
        for (var i = 0; i < 100 && (await Runtime.GetContainerProcessesAsync(container, [])).Processes.Count < 2; i++)
        {
            await Task.Delay(50);
        }
    }
}
