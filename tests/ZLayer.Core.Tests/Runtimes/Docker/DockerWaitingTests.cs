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

    private async Task UntilItSleepsAsync(string container)
    {
        for (var i = 0; i < 100 && (await Runtime.GetContainerProcessesAsync(container, [])).Processes.Count < 2; i++)
        {
            await Task.Delay(50);
        }
    }
}
