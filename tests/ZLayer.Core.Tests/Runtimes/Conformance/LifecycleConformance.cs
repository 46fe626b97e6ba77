using ZLayer.Core.Errors;
using ZLayer.Core.Runtimes;
using ZLayer.Core.Runtimes.Specifications;
using static ZLayer.Core.Tests.Runtimes.Conformance.ConformanceCase;

namespace ZLayer.Core.Tests.Runtimes.Conformance;

/// <summary>How containers are made, started, stopped, signalled and removed.</summary>
public sealed class LifecycleConformance(ConformanceFixture fixture) : ConformanceTest(fixture)
{
    // Says when it listens, and ends with another code for each signal.
    private const string Listens = "trap 'exit 11' USR1; trap 'exit 12' USR2; trap 'exit 15' TERM; echo ready; while true; do sleep 0.05; done";
    private const string Deaf = "trap '' TERM USR1; echo ready; while true; do sleep 0.05; done";

    [SkippableTheory, OnEveryRuntime(RuntimeOperation.CreateContainer, RuntimeOperation.ContainerState)]
    public Task A_created_container_has_an_id_and_a_name_and_is_not_started(string runtime) => CaseAsync(runtime, async on =>
    {
        var name = on.NewName();
        var created = await on.Runtime.CreateContainerAsync(on.Shell("exit 42", name), on.Soon);

        Assert.Equal((name, 64, 0), (created.Name, created.Id.Length, created.Warnings.Count));
        Assert.Equal(new ContainerStatus(ContainerPhase.Pending), await on.Runtime.GetContainerStateAsync(name, on.Soon));
        var detail = await on.Runtime.InspectContainerAsync(created.Id, on.Soon);
        Assert.Equal((name, ContainerState.Created, null, null), (detail.Name, detail.State, detail.StartedAt, detail.ExitCode));
    });

    [SkippableTheory, OnEveryRuntime(RuntimeOperation.CreateContainer)]
    public Task A_name_is_chosen_where_none_is_given(string runtime) => CaseAsync(runtime, async on =>
    {
        var id = await on.CreateAsync(on.Shell("true") with { Name = null });
        var name = (await on.Runtime.InspectContainerAsync(id, on.Soon)).Name;
        Assert.Equal(id, (await on.Runtime.InspectContainerAsync(name, on.Soon)).Id);
    });

    [SkippableTheory, OnEveryRuntime(RuntimeOperation.CreateContainer)]
    public Task A_name_in_use_is_refused(string runtime) => CaseAsync(runtime, async on =>
    {
        var name = (await on.Runtime.InspectContainerAsync(await on.Shared.CreatedAsync(), on.Soon)).Name;
        var error = await RefusesAsync(ZLayerErrorKind.NameInUse, () => on.Runtime.CreateContainerAsync(on.Shell("true", name), on.Soon));
        Assert.Equal(name, error.Subject);
    });

    [SkippableTheory, OnEveryRuntime(RuntimeOperation.CreateContainer)]
    public Task A_container_of_an_image_that_is_not_there_is_refused(string runtime) => CaseAsync(runtime, async on =>
    {
        var error = await RefusesAsync(
            ZLayerErrorKind.ImageNotFound, () => on.Runtime.CreateContainerAsync(on.Shell("true") with { Image = "zlayer-test/none:1" }, on.Soon));
        Assert.Equal("zlayer-test/none:1", error.Subject);
    });

    [SkippableTheory, OnEveryRuntime(RuntimeOperation.CreateContainer)]
    public Task A_specification_that_cannot_be_is_refused(string runtime) => CaseAsync(runtime, async on =>
    {
        var good = on.Shell("true");
        foreach (var bad in (ContainerSpecification[])
        [
            good with { Name = "no name" },
            good with { Name = "-a" },
            good with { WorkingDirectory = "relative" },
            good with { AutoRemove = true, RestartPolicy = RestartPolicy.Parse("always") },
            good with { Limits = new ResourceLimits { Memory = 1000 } },
        ])
        {
            await RefusesAsync(ZLayerErrorKind.InvalidArgument, () => on.Runtime.CreateContainerAsync(bad, on.Soon));
        }
    });

    [SkippableTheory, OnEveryRuntime(RuntimeOperation.CreateContainer)]
    public Task A_container_of_the_same_place_is_replaced_and_others_are_not(string runtime) => CaseAsync(runtime, async on =>
    {
        var place = new ContainerId("conf" + Guid.NewGuid().ToString("N")[..8], 0);
        var first = await on.StartAsync(on.Shell(Listens) with { Name = null, Id = place });
        await on.UntilItSaysAsync(first, "ready");
        var other = await on.CreateAsync(on.Shell("true") with { Name = null, Id = place with { Replica = 1 } });

        var second = await on.CreateAsync(on.Shell("true") with { Name = null, Id = place });

        await RefusesAsync(ZLayerErrorKind.ContainerNotFound, () => on.Runtime.InspectContainerAsync(first, on.Soon));
        var detail = await on.Runtime.InspectContainerAsync(place.ToString(), on.Soon);
        Assert.Equal((second, place.ContainerName, place.ToString()), (detail.Id, detail.Name, detail.ServiceId));
        Assert.Equal(other, (await on.Runtime.InspectContainerAsync(other, on.Soon)).Id);
    });

    [SkippableTheory, OnEveryRuntime(RuntimeOperation.StartContainer)]
    public Task A_container_that_runs_is_left_alone_by_a_start(string runtime) => CaseAsync(runtime, async on =>
    {
        var id = await on.Shared.RunningAsync();
        var before = await on.Runtime.InspectContainerAsync(id, on.Soon);

        await on.Runtime.StartContainerAsync(id, on.Soon);

        var after = await on.Runtime.InspectContainerAsync(id, on.Soon);
        Assert.Equal((ContainerState.Running, before.StartedAt, before.Pid), (after.State, after.StartedAt, after.Pid));
    });

    [SkippableTheory, OnEveryRuntime(RuntimeOperation.StartContainer)]
    public Task A_container_that_has_ended_is_started_again(string runtime) => CaseAsync(runtime, async on =>
    {
        var id = await on.EndAsync(on.Shell("echo run; exit 4"));
        await on.Runtime.StartContainerAsync(id, on.Soon);
        Assert.Equal(4, await on.Runtime.WaitContainerAsync(id, on.Soon));
        Assert.Equal(["run", "run"], (await on.Runtime.GetLogsAsync(id, on.Soon)).Select(line => line.Text));
    });

    [SkippableTheory, OnEveryRuntime(RuntimeOperation.StartContainer)]
    public Task A_program_that_is_missing_fails_the_start(string runtime) => CaseAsync(runtime, async on =>
    {
        var name = on.NewName();
        await on.CreateAsync(on.Shell("", name) with { Command = ["/no/such/program"] });

        var error = await RefusesAsync(ZLayerErrorKind.ContainerStartFailed, () => on.Runtime.StartContainerAsync(name, on.Soon));

        Assert.Equal(name, error.Subject);
        Assert.Contains("/no/such/program", error.Message, StringComparison.Ordinal);
        Assert.Null((await on.Runtime.InspectContainerAsync(name, on.Soon)).Pid);
    });

    [SkippableTheory, OnEveryRuntime(RuntimeOperation.StartContainer, RuntimeOperation.WaitOutcome)]
    public Task A_start_that_failed_is_the_outcome_of_the_container(string runtime) => CaseAsync(runtime, async on =>
    {
        var id = await on.CreateAsync(on.Shell("") with { Command = ["/no/such/program"] });
        var error = await RefusesAsync(ZLayerErrorKind.ContainerStartFailed, () => on.Runtime.StartContainerAsync(id, on.Soon));
        Assert.Equal(127, error.ExitCode);

        var outcome = await on.Runtime.WaitOutcomeAsync(id, on.Soon);

        Assert.Equal((127, WaitReason.RuntimeError, null), (outcome.ExitCode, outcome.Reason, outcome.FinishedAt));
        Assert.Contains("/no/such/program", outcome.Error, StringComparison.Ordinal);
    });

    [SkippableTheory, OnEveryRuntime(RuntimeOperation.StopContainer)]
    public Task A_container_is_stopped_with_its_own_signal_or_the_given_one(string runtime) => CaseAsync(runtime, async on =>
    {
        var id = await on.StartAsync(on.Shell(Listens) with { StopSignal = Signal.Parse("USR1") });
        await on.UntilItSaysAsync(id, "ready");
        await on.Runtime.StopContainerAsync(id, ContainerStopOptions.Default, on.Soon);
        Assert.Equal(new ContainerStatus(ContainerPhase.Exited, 11), await on.Runtime.GetContainerStateAsync(id, on.Soon));

        var other = await on.StartAsync(on.Shell(Listens) with { StopSignal = Signal.Parse("USR1") });
        await on.UntilItSaysAsync(other, "ready");
        await on.Runtime.StopContainerAsync(other, new ContainerStopOptions { Signal = Signal.Parse("USR2") }, on.Soon);
        Assert.Equal(12, (await on.Runtime.GetContainerStateAsync(other, on.Soon)).ExitCode);
    });

    [SkippableTheory, OnEveryRuntime(RuntimeOperation.StopContainer)]
    public Task What_does_not_listen_is_killed_after_the_grace_period(string runtime) => CaseAsync(runtime, async on =>
    {
        var id = await on.StartAsync(on.Shell(Deaf) with { StopGracePeriod = TimeSpan.FromSeconds(1), RestartPolicy = RestartPolicy.Parse("always") });
        await on.UntilItSaysAsync(id, "ready");

        await on.Runtime.StopContainerAsync(id, ContainerStopOptions.Default, on.Soon);

        // Stopped by its user, it is not started again.
        Assert.Equal(new ContainerStatus(ContainerPhase.Exited, 137), await on.Runtime.GetContainerStateAsync(id, on.Soon));
    });

    [SkippableTheory, OnEveryRuntime(RuntimeOperation.StopContainer)]
    public Task Stopping_what_does_not_run_does_nothing(string runtime) => CaseAsync(runtime, async on =>
    {
        foreach (var id in (string[])[await on.Shared.CreatedAsync(), await on.Shared.EndedAsync()])
        {
            var before = await on.Runtime.GetContainerStateAsync(id, on.Soon);
            await on.Runtime.StopContainerAsync(id, ContainerStopOptions.Default, on.Soon);
            await on.Runtime.StopContainerAsync(id, new ContainerStopOptions { Signal = Signal.Interrupt }, on.Soon);
            Assert.Equal(before, await on.Runtime.GetContainerStateAsync(id, on.Soon));
        }
    });

    [SkippableTheory, OnEveryRuntime(RuntimeOperation.StopContainer, RuntimeOperation.StartContainer)]
    public Task A_restart_gives_a_container_a_new_life(string runtime) => CaseAsync(runtime, async on =>
    {
        var id = await on.StartAsync(on.Shell(Listens));
        await on.UntilItSaysAsync(id, "ready");
        var first = await on.Runtime.InspectContainerAsync(id, on.Soon);

        await on.Runtime.RestartContainerAsync(id, new ContainerStopOptions { Signal = Signal.Kill }, on.Soon);

        var second = await on.Runtime.InspectContainerAsync(id, on.Soon);
        Assert.Equal((ContainerState.Running, null), (second.State, second.FinishedAt));
        Assert.True(second.StartedAt > first.StartedAt && second.Pid != first.Pid);
    });

    [SkippableTheory, OnEveryRuntime(RuntimeOperation.KillContainer)]
    public Task A_signal_reaches_the_process_and_none_is_a_kill(string runtime) => CaseAsync(runtime, async on =>
    {
        var id = await on.StartAsync(on.Shell(Listens));
        await on.UntilItSaysAsync(id, "ready");
        await on.Runtime.KillContainerAsync(id, Signal.Parse("usr1"), on.Soon);
        Assert.Equal(11, await on.Runtime.WaitContainerAsync(id, on.Soon));

        await on.Runtime.StartContainerAsync(id, on.Soon);
        await on.Runtime.KillContainerAsync(id, cancellationToken: on.Soon);
        Assert.Equal(137, await on.Runtime.WaitContainerAsync(id, on.Soon));
    });

    [SkippableTheory, OnEveryRuntime(RuntimeOperation.KillContainer)]
    public Task What_does_not_run_takes_no_signal(string runtime) => CaseAsync(runtime, async on =>
    {
        foreach (var id in (string[])[await on.Shared.CreatedAsync(), await on.Shared.EndedAsync()])
        {
            await RefusesAsync(ZLayerErrorKind.ContainerNotRunning, () => on.Runtime.KillContainerAsync(id, cancellationToken: on.Soon));
        }
    });

    [SkippableTheory, OnEveryRuntime(RuntimeOperation.PauseContainer, RuntimeOperation.UnpauseContainer)]
    public Task A_paused_container_runs_on_when_it_is_resumed(string runtime) => CaseAsync(runtime, async on =>
    {
        var id = await on.StartAsync(on.Shell("sleep 1000"));

        await on.Runtime.PauseContainerAsync(id, on.Soon);
        Assert.Equal(ContainerPhase.Running, (await on.Runtime.GetContainerStateAsync(id, on.Soon)).Phase);
        Assert.Equal(ContainerState.Paused, (await on.Runtime.InspectContainerAsync(id, on.Soon)).State);
        await RefusesAsync(ZLayerErrorKind.InvalidArgument, () => on.Runtime.PauseContainerAsync(id, on.Soon));

        await on.Runtime.UnpauseContainerAsync(id, on.Soon);
        Assert.Equal(ContainerState.Running, (await on.Runtime.InspectContainerAsync(id, on.Soon)).State);
        await RefusesAsync(ZLayerErrorKind.InvalidArgument, () => on.Runtime.UnpauseContainerAsync(id, on.Soon));
    });

    [SkippableTheory, OnEveryRuntime(RuntimeOperation.PauseContainer, RuntimeOperation.UnpauseContainer)]
    public Task What_does_not_run_is_neither_paused_nor_resumed(string runtime) => CaseAsync(runtime, async on =>
    {
        foreach (var id in (string[])[await on.Shared.CreatedAsync(), await on.Shared.EndedAsync()])
        {
            await RefusesAsync(ZLayerErrorKind.ContainerNotRunning, () => on.Runtime.PauseContainerAsync(id, on.Soon));
            await RefusesAsync(ZLayerErrorKind.ContainerNotRunning, () => on.Runtime.UnpauseContainerAsync(id, on.Soon));
        }
    });

    [SkippableTheory, OnEveryRuntime(RuntimeOperation.RemoveContainer)]
    public Task A_container_is_removed_once(string runtime) => CaseAsync(runtime, async on =>
    {
        var id = await on.CreateAsync(on.Shell("true"));
        Assert.True(await on.Runtime.RemoveContainerAsync(id, new ContainerRemoveOptions(), on.Soon));
        Assert.False(await on.Runtime.RemoveContainerAsync(id, new ContainerRemoveOptions(), on.Soon));
        Assert.False(await on.Runtime.RemoveContainerAsync(id, new ContainerRemoveOptions { Force = false }, on.Soon));
        await RefusesAsync(ZLayerErrorKind.ContainerNotFound, () => on.Runtime.InspectContainerAsync(id, on.Soon));
    });

    [SkippableTheory, OnEveryRuntime(RuntimeOperation.RemoveContainer)]
    public Task A_container_that_runs_is_removed_by_force_alone(string runtime) => CaseAsync(runtime, async on =>
    {
        var id = await on.StartAsync(on.Shell("sleep 1000"));
        await RefusesAsync(ZLayerErrorKind.ContainerRunning, () => on.Runtime.RemoveContainerAsync(id, new ContainerRemoveOptions { Force = false }, on.Soon));
        Assert.True(await on.Runtime.RemoveContainerAsync(id, new ContainerRemoveOptions { Force = true }, on.Soon));
    });

    [SkippableTheory, OnEveryRuntime(RuntimeOperation.RemoveContainer)]
    public Task A_paused_container_is_removed_by_force_alone(string runtime) => CaseAsync(runtime, async on =>
    {
        var id = await on.StartAsync(on.Shell("sleep 1000"));
        await on.Runtime.PauseContainerAsync(id, on.Soon);
        await RefusesAsync(ZLayerErrorKind.ContainerRunning, () => on.Runtime.RemoveContainerAsync(id, new ContainerRemoveOptions { Force = false }, on.Soon));
        Assert.True(await on.Runtime.RemoveContainerAsync(id, new ContainerRemoveOptions { Force = true }, on.Soon));
    });

    [SkippableTheory, OnEveryRuntime(RuntimeOperation.RemoveContainer)]
    public Task What_was_made_so_is_removed_when_it_ends(string runtime) => CaseAsync(runtime, async on =>
    {
        var id = await on.CreateAsync(on.Shell("exit 3") with { AutoRemove = true });
        var removal = await on.Runtime.BeginWaitAsync(id, WaitCondition.Removed, on.Soon);
        await on.Runtime.StartContainerAsync(id, on.Soon);
        Assert.Equal(3, (await removal).ExitCode);
        await RefusesAsync(ZLayerErrorKind.ContainerNotFound, () => on.Runtime.InspectContainerAsync(id, on.Soon));
    });

    [SkippableTheory, OnEveryRuntime(RuntimeOperation.PruneContainers)]
    public Task What_does_not_run_is_pruned_as_its_labels_say(string runtime) => CaseAsync(runtime, async on =>
    {
        var mark = "conformance." + Guid.NewGuid().ToString("N");
        ContainerSpecification Marked(string script, string tier) => on.Shell(script) with { Labels = new Dictionary<string, string> { [mark] = "x", ["tier"] = tier } };
        var running = await on.StartAsync(Marked("sleep 1000", "front"));
        var created = await on.CreateAsync(Marked("true", "front"));
        var ended = await on.EndAsync(Marked("true", "back"));

        Assert.Empty((await on.Runtime.PruneContainersAsync(new ContainerPruneFilter { Labels = [$"{mark}=y"] }, on.Soon)).Removed);
        var front = await on.Runtime.PruneContainersAsync(new ContainerPruneFilter { Labels = [mark], WithoutLabels = ["tier=back"] }, on.Soon);
        Assert.Equal((Core.Storage.StorageKind.Container, created), (front.Kind, Assert.Single(front.Removed)));
        Assert.Equal([ended], (await on.Runtime.PruneContainersAsync(new ContainerPruneFilter { Labels = [mark] }, on.Soon)).Removed);
        Assert.Equal(ContainerPhase.Running, (await on.Runtime.GetContainerStateAsync(running, on.Soon)).Phase);
    });

    [SkippableTheory, OnEveryRuntime(RuntimeOperation.PruneContainers)]
    public Task What_is_older_than_a_time_is_pruned(string runtime) => CaseAsync(runtime, async on =>
    {
        var mark = "conformance." + Guid.NewGuid().ToString("N");
        var id = await on.CreateAsync(on.Shell("true") with { Labels = new Dictionary<string, string> { [mark] = "x" } });
        var made = (await on.Runtime.InspectContainerAsync(id, on.Soon)).Created!.Value;

        Assert.Empty((await on.Runtime.PruneContainersAsync(new ContainerPruneFilter { Labels = [mark], Until = made.AddHours(-1) }, on.Soon)).Removed);
        Assert.Equal([id], (await on.Runtime.PruneContainersAsync(new ContainerPruneFilter { Labels = [mark], Until = made.AddSeconds(2) }, on.Soon)).Removed);
    });
}
