using ZLayer.Core.Runtimes;
using ZLayer.Core.Runtimes.Specifications;

namespace ZLayer.Core.Tests.Runtimes.Conformance;

/// <summary>How the ends of containers are waited for and told.</summary>
public sealed class WaitingConformance(ConformanceFixture fixture) : ConformanceTest(fixture)
{
    [SkippableTheory, OnEveryRuntime(RuntimeOperation.WaitContainer, RuntimeOperation.WaitOutcome)]
    public Task An_end_is_told_with_its_code_and_time(string runtime) => CaseAsync(runtime, async on =>
    {
        var id = await on.Shared.EndedAsync();
        Assert.Equal(3, await on.Runtime.WaitContainerAsync(id, on.Soon));

        var outcome = await on.Runtime.WaitOutcomeAsync(id, on.Soon);
        Assert.Equal((3, WaitReason.Exited, null, null), (outcome.ExitCode, outcome.Reason, outcome.Signal, outcome.Error));
        Assert.Equal((await on.Runtime.InspectContainerAsync(id, on.Soon)).FinishedAt, outcome.FinishedAt);
        Assert.NotNull(outcome.FinishedAt);
        Assert.Equal(new ContainerStatus(ContainerPhase.Exited, 3), await on.Runtime.GetContainerStateAsync(id, on.Soon));
    });

    [SkippableTheory, OnEveryRuntime(RuntimeOperation.WaitOutcome)]
    public Task A_wait_lasts_as_long_as_the_container_and_tells_a_kill_from_an_exit(string runtime) => CaseAsync(runtime, async on =>
    {
        var id = await on.StartAsync(on.Shell("while true; do sleep 1000; done"));
        await on.Runtime.PauseContainerAsync(id, on.Soon);
        var waiting = await on.Runtime.BeginWaitAsync(id, WaitCondition.NotRunning, on.Soon);
        Assert.False(waiting.IsCompleted);

        await on.Runtime.UnpauseContainerAsync(id, on.Soon);
        await on.Runtime.KillContainerAsync(id, cancellationToken: on.Soon);

        var outcome = await waiting;
        Assert.Equal((137, WaitReason.Signal, "SIGKILL"), (outcome.ExitCode, outcome.Reason, outcome.Signal));
    });

    [SkippableTheory, OnEveryRuntime(RuntimeOperation.WaitOutcome)]
    public Task What_was_never_started_does_not_run_and_has_no_end(string runtime) => CaseAsync(runtime, async on =>
        Assert.Equal(new WaitOutcome { ExitCode = 0, Reason = WaitReason.Exited }, await on.Runtime.WaitOutcomeAsync(await on.Shared.CreatedAsync(), on.Soon)));

    [SkippableTheory, OnEveryRuntime(RuntimeOperation.WaitOutcomeWithCondition)]
    public Task The_next_exit_is_waited_for_though_the_container_has_ended(string runtime) => CaseAsync(runtime, async on =>
    {
        var id = await on.EndAsync(on.Shell("exit 5"));
        var next = await on.Runtime.BeginWaitAsync(id, WaitCondition.NextExit, on.Soon);
        Assert.False(next.IsCompleted);
        await on.Runtime.StartContainerAsync(id, on.Soon);
        Assert.Equal(5, (await next).ExitCode);
    });

    [SkippableTheory, OnEveryRuntime(RuntimeOperation.WaitOutcomeWithCondition)]
    public Task A_removal_is_waited_for_beyond_the_end(string runtime) => CaseAsync(runtime, async on =>
    {
        var id = await on.CreateAsync(on.Shell("exit 5"));
        var removal = await on.Runtime.BeginWaitAsync(id, WaitCondition.Removed, on.Soon);
        await on.Runtime.StartContainerAsync(id, on.Soon);
        Assert.Equal(5, await on.Runtime.WaitContainerAsync(id, on.Soon));
        Assert.False(removal.IsCompleted);

        await on.Runtime.RemoveContainerAsync(id, new ContainerRemoveOptions(), on.Soon);

        Assert.Equal((5, WaitReason.Exited), ((await removal).ExitCode, (await removal).Reason));
    });

    [SkippableTheory, OnEveryRuntime(RuntimeOperation.WaitOutcome)]
    public Task A_container_that_is_removed_while_it_is_waited_for_ends_the_wait(string runtime) => CaseAsync(runtime, async on =>
    {
        var id = await on.StartAsync(on.Shell("while true; do sleep 1000; done") with { AutoRemove = true });
        await on.Runtime.PauseContainerAsync(id, on.Soon);
        var waiting = await on.Runtime.BeginWaitAsync(id, WaitCondition.NotRunning, on.Soon);
        await on.Runtime.UnpauseContainerAsync(id, on.Soon);
        await on.Runtime.RemoveContainerAsync(id, new ContainerRemoveOptions(), on.Soon);
        Assert.Equal(137, (await waiting).ExitCode);
    });

    [SkippableTheory, OnEveryRuntime(RuntimeOperation.WaitOutcomeWithCondition)]
    public Task A_wait_ends_with_its_token(string runtime) => CaseAsync(runtime, async on =>
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(on.Soon);
        var waiting = on.Runtime.WaitOutcomeAsync(await on.Shared.CreatedAsync(), WaitCondition.Removed, stop.Token);
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => waiting.WaitAsync(on.Soon));
        Assert.False(on.Soon.IsCancellationRequested);
    });

    [SkippableTheory, OnEveryRuntime(RuntimeOperation.WaitContainer, RuntimeOperation.InspectDetailed)]
    public Task A_failing_container_is_started_again_as_its_policy_says(string runtime) => CaseAsync(runtime, async on =>
    {
        var id = await on.StartAsync(on.Shell("echo try; exit 4") with { RestartPolicy = RestartPolicy.Parse("on-failure:2") });
        Assert.Equal(4, await on.Runtime.WaitContainerAsync(id, on.Soon));
        var detail = await on.UntilAsync(id, container => container is { State: ContainerState.Exited, RestartCount: 2 });
        Assert.Equal(4, detail.ExitCode);
        Assert.Equal(["try", "try", "try"], (await on.Runtime.GetLogsAsync(id, on.Soon)).Select(line => line.Text));
    });
}
