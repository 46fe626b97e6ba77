using ZLayer.Core.Errors;
using ZLayer.Core.Oci;
using ZLayer.Core.Runtimes;
using ZLayer.Core.Runtimes.Fake;
using ZLayer.Core.Runtimes.Specifications;

namespace ZLayer.Core.Tests.Runtimes.Fake;

public sealed class FakeLifecycleTests : FakeTestBase
{
    [Fact]
    public async Task A_container_needs_an_image_that_was_pulled()
    {
        Assert.Equal(ZLayerErrorKind.ImageNotFound, await KindAsync(() => Runtime.CreateContainerAsync(new ContainerSpecification { Image = "alpine" })));
        await Runtime.PullImageAsync(ImageReference.Parse("alpine"));
        Assert.NotEmpty((await Runtime.CreateContainerAsync(new ContainerSpecification { Image = "alpine" })).Name);
    }

    [Fact]
    public async Task A_container_goes_through_its_states()
    {
        var id = await CreateAsync("web");
        Assert.Equal(ContainerPhase.Pending, (await Runtime.GetContainerStateAsync("web")).Phase);
        await Runtime.StartContainerAsync("web");
        Assert.Equal(ContainerState.Running, (await Runtime.InspectContainerAsync(id[..8])).State);
        await Runtime.PauseContainerAsync("web");
        Assert.Equal(ContainerPhase.Running, (await Runtime.GetContainerStateAsync("web")).Phase);
        Assert.Equal(ContainerState.Paused, (await Runtime.InspectContainerAsync("web")).State);
        await Runtime.UnpauseContainerAsync("web");
        await Runtime.StopContainerAsync("web", ContainerStopOptions.Default);
        Assert.Equal(new ContainerStatus(ContainerPhase.Exited, 143), await Runtime.GetContainerStateAsync("web"));
        Assert.True(await Runtime.RemoveContainerAsync("web", new ContainerRemoveOptions()));
        Assert.False(await Runtime.RemoveContainerAsync("web", new ContainerRemoveOptions()));
        Assert.Equal(ZLayerErrorKind.ContainerNotFound, await KindAsync(() => Runtime.InspectContainerAsync("web")));
    }

    [Theory]
    [InlineData("true", 0)]
    [InlineData("false", 1)]
    [InlineData("exit 7", 7)]
    [InlineData("sleep 3600; exit 4", 4)]
    public async Task The_exit_code_is_that_of_the_command(string script, int exitCode)
    {
        await RunAsync("job", "sh", "-c", script);
        Assert.Equal(exitCode, await Runtime.WaitContainerAsync("job", Soon));
        Assert.Equal(WaitReason.Exited, (await Runtime.WaitOutcomeAsync("job", Soon)).Reason);
    }

    [Fact]
    public async Task A_kill_is_told_apart_from_an_exit()
    {
        await RunAsync("web");
        await Runtime.KillContainerAsync("web");
        var outcome = await Runtime.WaitOutcomeAsync("web", Soon);
        Assert.Equal((137, WaitReason.Signal, "SIGKILL"), (outcome.ExitCode, outcome.Reason, outcome.Signal));
        Assert.Equal(ZLayerErrorKind.ContainerNotRunning, await KindAsync(() => Runtime.KillContainerAsync("web")));
    }

    [Fact]
    public async Task A_container_that_ignores_its_stop_signal_is_killed()
    {
        await RunAsync("deaf", "sh", "-c", "trap '' TERM; sleep infinity");
        await Runtime.StopContainerAsync("deaf", new ContainerStopOptions { GracePeriod = TimeSpan.FromHours(1) });
        Assert.Equal(137, (await Runtime.GetContainerStateAsync("deaf")).ExitCode);
    }

    [Fact]
    public async Task A_container_may_handle_its_stop_signal()
    {
        await RunAsync("polite", "sh", "-c", "trap 'echo bye; exit 3' USR1; while true; do sleep 1; done");
        await Runtime.StopContainerAsync("polite", new ContainerStopOptions { Signal = Signal.Parse("USR1") });
        Assert.Equal(3, (await Runtime.GetContainerStateAsync("polite")).ExitCode);
        Assert.Equal("bye", await TextOfAsync("polite"));
    }

    [Fact]
    public async Task Names_are_unique_and_renamed_containers_are_found_by_every_handle()
    {
        var id = await CreateAsync(new ContainerSpecification { Image = "alpine", Id = new ContainerId("web", 0) });
        await CreateAsync("other");
        Assert.Equal(ZLayerErrorKind.NameInUse, await KindAsync(() => CreateAsync("other")));
        Assert.Equal(ZLayerErrorKind.NameInUse, await KindAsync(() => Runtime.RenameContainerAsync(id, "other")));
        await Runtime.RenameContainerAsync(id, "front");
        Assert.Equal(ZLayerErrorKind.InvalidArgument, await KindAsync(() => Runtime.RenameContainerAsync(id, "-no")));
        foreach (var handle in (string[])[id, id[..6], "front", "web-rep-0"])
        {
            Assert.Equal("front", (await Runtime.InspectContainerAsync(handle)).Name);
        }
    }

    [Fact]
    public async Task A_container_for_the_same_place_replaces_the_one_before()
    {
        var specification = new ContainerSpecification { Image = "alpine", Id = new ContainerId("web", 1) };
        var first = await RunAsync(specification);
        var second = await RunAsync(specification);
        Assert.NotEqual(first, second);
        Assert.Equal(second, Assert.Single(await Runtime.ListContainersAsync(ContainerFilter.None)).Id);
    }

    [Fact]
    public async Task Wait_for_the_next_exit_waits_even_when_it_does_not_run()
    {
        await RunAsync("job", "true");
        var next = Runtime.WaitOutcomeAsync("job", WaitCondition.NextExit, Soon);
        Assert.False(next.IsCompleted);
        await Runtime.StartContainerAsync("job");
        Assert.Equal(0, (await next).ExitCode);
        var removed = Runtime.WaitOutcomeAsync("job", WaitCondition.Removed, Soon);
        Assert.False(removed.IsCompleted);
        await Runtime.RemoveContainerAsync("job", new ContainerRemoveOptions());
        await removed;
    }

    [Fact]
    public async Task Waiting_for_what_never_ends_can_be_cancelled()
    {
        await RunAsync("web");
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => Runtime.WaitContainerAsync("web", new CancellationTokenSource(20).Token));
    }

    [Fact]
    public async Task Removing_a_running_container_needs_force()
    {
        await RunAsync("web");
        Assert.Equal(ZLayerErrorKind.ContainerRunning, await KindAsync(() => Runtime.RemoveContainerAsync("web", new ContainerRemoveOptions { Force = false })));
        Assert.True(await Runtime.RemoveContainerAsync("web", new ContainerRemoveOptions { Force = true }));
    }

    [Fact]
    public async Task What_ends_is_removed_if_it_was_made_so()
    {
        await RunAsync(new ContainerSpecification { Image = "alpine", Name = "once", Command = ["sleep", "5"], AutoRemove = true });
        await Runtime.WaitOutcomeAsync("once", WaitCondition.Removed, Soon);
        Assert.Empty(await Runtime.ListContainersAsync(ContainerFilter.None));
    }

    [Fact]
    public async Task A_failing_container_is_started_again_as_its_policy_says()
    {
        await RunAsync(new ContainerSpecification
        {
            Image = "alpine",
            Name = "flaky",
            Command = ["sh", "-c", "echo try; exit 1"],
            RestartPolicy = new RestartPolicy { Condition = RestartCondition.OnFailure, MaximumRetryCount = 2 },
        });
        Assert.Equal(ContainerState.Restarting, (await Runtime.InspectContainerAsync("flaky")).State);
        Assert.Equal(1, await Runtime.WaitContainerAsync("flaky", Soon));
        Assert.Equal(2, (await Runtime.InspectContainerAsync("flaky")).RestartCount);
        Assert.Equal("try\ntry\ntry", await TextOfAsync("flaky"));
    }

    [Fact]
    public async Task A_program_that_is_not_there_does_not_start()
    {
        await CreateAsync("bad", "nginx", "-g");
        var error = await Assert.ThrowsAsync<ZLayerException>(() => Runtime.StartContainerAsync("bad"));
        Assert.Equal((ZLayerErrorKind.ContainerStartFailed, 127), (error.Kind, error.ExitCode));
        Assert.Equal(ContainerState.Created, (await Runtime.InspectContainerAsync("bad")).State);
    }

    [Fact]
    public async Task A_port_is_published_once()
    {
        var port = new PortMapping { ContainerPort = 80, HostPort = 8080 };
        await RunAsync(new ContainerSpecification { Image = "alpine", Name = "a", Ports = [port] });
        Assert.Equal(ZLayerErrorKind.ContainerStartFailed, await KindAsync(() => RunAsync(new ContainerSpecification { Image = "alpine", Name = "b", Ports = [port] })));
        Assert.Equal("0.0.0.0:8080->80/tcp", Assert.Single(await Runtime.GetContainerPortsAsync("a")).ToString());
        await RunAsync(new ContainerSpecification { Image = "alpine", Name = "c", Ports = [new PortMapping { ContainerPort = 80 }] });
        Assert.Equal((ushort)32768, Assert.Single(await Runtime.GetContainerPortsAsync("c")).HostPort);
    }

    [Theory]
    [InlineData("exit 0", HealthStatus.Healthy)]
    [InlineData("echo sick; exit 1", HealthStatus.Unhealthy)]
    [InlineData("sleep 60", HealthStatus.Unhealthy)]
    public async Task Health_is_known_once_it_is_started(string check, HealthStatus expected)
    {
        await RunAsync(new ContainerSpecification { Image = "alpine", Name = "web", HealthCheck = new HealthCheck { Test = ["CMD-SHELL", check] } });
        Assert.Equal(expected, (await Runtime.InspectContainerAsync("web")).Health);
    }

    [Fact]
    public async Task Limits_are_changed_one_by_one()
    {
        await RunAsync("web");
        await Runtime.UpdateContainerAsync("web", new ContainerUpdate { Limits = new ResourceLimits { Memory = 64 << 20 } });
        await Runtime.UpdateContainerAsync("web", new ContainerUpdate { Limits = new ResourceLimits { Pids = 10, DeviceWeights = [new() { Path = "/dev/sda", Weight = 10 }] } });
        Assert.Equal(64UL << 20, (await Runtime.GetContainerStatsAsync("web")).MemoryLimit);
        Assert.Equal(ZLayerErrorKind.InvalidArgument, await KindAsync(() => Runtime.UpdateContainerAsync("web", new ContainerUpdate { Limits = new ResourceLimits { Memory = 1 } })));
    }

    [Fact]
    public async Task Pruning_removes_what_does_not_run()
    {
        await RunAsync("web");
        var ended = await RunAsync("job", "true");
        Assert.Equal([ended], (await Runtime.PruneContainersAsync()).Removed);
        Assert.Equal("web", Assert.Single(await Runtime.ListContainersAsync(ContainerFilter.None)).Name);
    }

    [Fact]
    public async Task Pruning_is_restricted_by_labels_and_by_age()
    {
        static ContainerSpecification Job(string name, string tier)
            => new() { Image = "alpine", Name = name, Command = ["true"], Labels = new Dictionary<string, string> { ["tier"] = tier } };
        var front = await RunAsync(Job("front", "front"));
        var back = await RunAsync(Job("back", "back"));
        var last = await RunAsync(Job("last", "back"));
        var made = (await Runtime.InspectContainerAsync(last)).Created;

        Assert.Empty((await Runtime.PruneContainersAsync(new ContainerPruneFilter { Labels = ["tier=none"] })).Removed);
        Assert.Equal([front], (await Runtime.PruneContainersAsync(new ContainerPruneFilter { Labels = ["tier"], WithoutLabels = ["tier=back"] })).Removed);
        Assert.Equal([back], (await Runtime.PruneContainersAsync(new ContainerPruneFilter { Until = made })).Removed);
        Assert.Equal([last], (await Runtime.PruneContainersAsync()).Removed);
    }

    [Fact]
    public async Task The_same_calls_give_the_same_ids_and_times()
    {
        async Task<ContainerDetail> Once()
        {
            var runtime = (IContainerRuntime)new FakeRuntime();
            await runtime.PullImageAsync(ImageReference.Parse("alpine"));
            var id = (await runtime.CreateContainerAsync(new ContainerSpecification { Image = "alpine", Command = ["sleep", "30"] })).Id;
            await runtime.StartContainerAsync(id);
            await runtime.WaitContainerAsync(id, Soon);
            return await runtime.InspectContainerAsync(id);
        }

        var (first, second) = (await Once(), await Once());
        Assert.Equal((first.Id, first.Name, first.ImageId, first.StartedAt, first.FinishedAt), (second.Id, second.Name, second.ImageId, second.StartedAt, second.FinishedAt));
        Assert.InRange((first.FinishedAt - first.StartedAt)!.Value.TotalSeconds, 30, 30.1);
    }

    [Fact]
    public async Task Two_runtimes_of_one_state_show_the_same_containers()
    {
        var state = new FakeRuntimeState();
        IContainerRuntime first = new FakeRuntime(state), second = new FakeRuntime(state);
        await first.PullImageAsync(ImageReference.Parse("alpine"));
        await first.CreateContainerAsync(new ContainerSpecification { Image = "alpine", Name = "web" });
        Assert.Equal("web", (await second.InspectContainerAsync("web")).Name);
    }

    [Fact]
    public void Every_operation_is_offered() => Assert.Equal(49, Runtime.Capabilities.Operations.Count());

    [Fact]
    public async Task Events_tell_what_happened_and_go_on()
    {
        using var source = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        await RunAsync("web");
        var actions = new List<string>();
        await foreach (var happened in Runtime.GetEventsAsync(new EventFilter { Since = FakeRuntimeState.Epoch, Types = ["container"] }, source.Token))
        {
            actions.Add(happened.Action);
            if (happened.Action == "start")
            {
                _ = Runtime.StopContainerAsync("web", ContainerStopOptions.Default);
            }

            if (happened.Action == "stop")
            {
                break;
            }
        }

        Assert.Equal(["create", "start", "kill", "die", "stop"], actions);
        var until = await Runtime.GetEventsAsync(new EventFilter { Since = FakeRuntimeState.Epoch, Until = DateTimeOffset.UtcNow }, source.Token).ToListAsync();
        Assert.Contains(until, e => e.Type == "image" && e.Action == "pull");
    }

    [Fact]
    public async Task A_thousand_containers_at_once_do_not_get_into_each_others_way()
    {
        await Runtime.PullImageAsync(ImageReference.Parse("alpine"));
        await Parallel.ForEachAsync(Enumerable.Range(0, 1000), new ParallelOptions { MaxDegreeOfParallelism = 8, CancellationToken = Soon }, async (n, token) =>
        {
            var id = (await Runtime.CreateContainerAsync(new ContainerSpecification { Image = "alpine", Command = ["sh", "-c", $"sleep {n % 10}; exit {n % 5}"] }, token)).Id;
            await Runtime.StartContainerAsync(id, token);
            Assert.Equal(n % 5, await Runtime.WaitContainerAsync(id, token));
            await Runtime.RemoveContainerAsync(id, new ContainerRemoveOptions(), token);
        });
        Assert.Empty(await Runtime.ListContainersAsync(ContainerFilter.None));
    }
}
