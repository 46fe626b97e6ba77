using ZLayer.Core.Errors;
using ZLayer.Core.Runtimes;
using ZLayer.Core.Runtimes.Specifications;
using ZLayer.Core.Tests.Engines;

namespace ZLayer.Core.Tests.Runtimes.Docker;

public sealed class DockerLifecycleTests(DockerEngineFixture docker) : EngineTest(docker)
{
    private const string Forever = "trap 'exit 0' TERM; while :; do sleep 1 & wait; done";

    [SkippableFact]
    public async Task A_container_lives_from_creation_to_removal()
    {
        var name = NewName();
        var created = await Runtime.CreateContainerAsync(Shell(name, "exit 42"));

        Assert.Equal((name, 64, 0), (created.Name, created.Id.Length, created.Warnings.Count));
        Assert.Equal(ContainerPhase.Pending, (await Runtime.GetContainerStateAsync(name)).Phase);

        await Runtime.StartContainerAsync(name);
        var outcome = await Runtime.WaitOutcomeAsync(name);

        Assert.Equal((42, WaitReason.Exited, null), (outcome.ExitCode, outcome.Reason, outcome.Signal));
        Assert.NotNull(outcome.FinishedAt);
        Assert.Equal(new ContainerStatus(ContainerPhase.Exited, 42), await Runtime.GetContainerStateAsync(name));
        Assert.True(await Runtime.RemoveContainerAsync(name, new ContainerRemoveOptions()));
        Assert.False(await Runtime.RemoveContainerAsync(name, new ContainerRemoveOptions()));
        await FailsAsync(ZLayerErrorKind.ContainerNotFound, () => Runtime.GetContainerStateAsync(name));
    }

    [SkippableFact]
    public async Task A_name_is_chosen_where_none_is_given_and_taken_only_once()
    {
        var id = await CreateAsync(Shell(NewName(), "true") with { Name = null });
        var name = (await Runtime.InspectContainerAsync(id)).Name;
        Assert.NotEmpty(name);

        var error = await FailsAsync(ZLayerErrorKind.NameInUse, () => Runtime.CreateContainerAsync(Shell(name, "true")));
        Assert.Equal(name, error.Subject);
        await FailsAsync(ZLayerErrorKind.ImageNotFound, () => Runtime.CreateContainerAsync(Shell(NewName(), "true") with { Image = "zlayer-test/none:1" }));
        await FailsAsync(ZLayerErrorKind.InvalidArgument, () => Runtime.CreateContainerAsync(Shell("no name", "true")));
    }

    [SkippableFact]
    public async Task A_stale_container_of_the_same_place_is_replaced_and_others_are_not()
    {
        var service = "life" + Guid.NewGuid().ToString("N")[..8];
        var place = new ContainerId(service, 0);
        var first = await StartAsync(Shell("", Forever) with { Name = null, Id = place });
        var other = await StartAsync(Shell("", Forever) with { Name = null, Id = place with { Replica = 1 } });

        var second = await StartAsync(Shell("", "echo new; " + Forever) with { Name = null, Id = place });

        await FailsAsync(ZLayerErrorKind.ContainerNotFound, () => Runtime.InspectContainerAsync(first));
        Assert.Equal(second, (await Runtime.InspectContainerAsync(place.ToString())).Id);
        Assert.Equal(ContainerPhase.Running, (await Runtime.GetContainerStateAsync(other)).Phase);
    }

    [SkippableFact]
    public async Task A_container_is_found_by_every_handle_also_after_it_is_renamed()
    {
        var place = new ContainerId("life" + Guid.NewGuid().ToString("N")[..8], 3, "worker", 2);
        var id = await CreateAsync(Shell("", "true") with { Name = null, Id = place });
        var detail = await Runtime.InspectContainerAsync(place.ContainerName);
        Assert.Equal(place.ToString(), detail.ServiceId);

        var name = NewName();
        await Runtime.RenameContainerAsync(place.ToString(), $" {name} ");

        foreach (var handle in (string[])[name, id, id[..12], place.ToString()])
        {
            Assert.Equal(id, (await Runtime.InspectContainerAsync(handle)).Id);
            Assert.Equal(id, Assert.Single(await Runtime.ListContainersAsync(new ContainerFilter { Containers = [handle] })).Id);
        }

        await Runtime.StartContainerAsync(place.ToString());
        Assert.Equal(0, await Runtime.WaitContainerAsync(place.ToString()));
        Assert.True(await Runtime.RemoveContainerAsync(place.ToString(), new ContainerRemoveOptions()));
        await FailsAsync(ZLayerErrorKind.ContainerNotFound, () => Runtime.InspectContainerAsync(place.ToString()));
    }

    [SkippableFact]
    public async Task Output_commands_files_and_samples_know_a_container_by_its_place_too()
    {
        var place = new ContainerId("life" + Guid.NewGuid().ToString("N")[..8], 0);
        var id = await StartAsync(Shell("", "echo hello; " + Forever) with { Name = null, Id = place });
        await Runtime.RenameContainerAsync(id, NewName());
        var handle = place.ToString();

        Assert.Equal("hello\n", (await Runtime.ExecAsync(handle, new Core.Runtimes.Execution.ExecOptions { Command = ["echo", "hello"] })).StdOut);
        Assert.Equal("bin", (await Runtime.GetPathStatAsync(handle, "/bin")).Name);
        Assert.True((await Runtime.GetContainerStatsAsync(handle)).MemoryBytes > 0);
        await using var session = await Runtime.AttachAsync(handle, new Core.Runtimes.Execution.AttachOptions());
        await Runtime.StopContainerAsync(handle, ContainerStopOptions.Default);
        Assert.Equal("hello", Assert.Single(await Runtime.GetLogsAsync(handle)).Text);
        await using var archive = await Runtime.GetArchiveAsync(handle, "/etc/passwd");
        Assert.True(await archive.ReadAsync(new byte[512]) > 0);
        await using var files = await Runtime.ExportContainerAsync(handle);
        Assert.True(await files.ReadAsync(new byte[512]) > 0);
    }

    [SkippableFact]
    public async Task Names_that_clash_or_cannot_be_are_refused_by_rename()
    {
        var (one, two) = (NewName(), NewName());
        await CreateAsync(Shell(one, "true"));
        await CreateAsync(Shell(two, "true"));

        await FailsAsync(ZLayerErrorKind.NameInUse, () => Runtime.RenameContainerAsync(one, two));
        foreach (var name in (string[])["", " ", "-a", "a b", "a/b", "ä"])
        {
            await FailsAsync(ZLayerErrorKind.InvalidArgument, () => Runtime.RenameContainerAsync(one, name));
        }

        await FailsAsync(ZLayerErrorKind.ContainerNotFound, () => Runtime.RenameContainerAsync(NewName(), "other-name"));
    }

    [SkippableFact]
    public async Task A_handle_that_several_containers_share_is_refused()
    {
        var place = new ContainerId("life" + Guid.NewGuid().ToString("N")[..8], 0);
        for (var i = 0; i < 2; i++)
        {
            await CreateAsync(Shell(NewName(), "true") with { Labels = new Dictionary<string, string> { [ContainerId.Label] = place.ToString() } });
        }

        var error = await FailsAsync(ZLayerErrorKind.InvalidArgument, () => Runtime.InspectContainerAsync(place.ToString()));
        Assert.Equal(place.ToString(), error.Subject);
    }

    [SkippableFact]
    public async Task A_program_that_is_missing_fails_the_start_with_the_engines_reason()
    {
        var name = NewName();
        await CreateAsync(Shell(name, "") with { Command = ["/no/such/program"] });

        var error = await FailsAsync(ZLayerErrorKind.ContainerStartFailed, () => Runtime.StartContainerAsync(name));

        Assert.Equal(name, error.Subject);
        Assert.Contains("/no/such/program", error.Message, StringComparison.Ordinal);
        await FailsAsync(ZLayerErrorKind.ContainerNotFound, () => Runtime.StartContainerAsync(NewName()));
        Skip.If(IsPodman, "Podman keeps no exit code of a start that failed");
        var outcome = await Runtime.WaitOutcomeAsync(name);
        Assert.Equal((127, WaitReason.RuntimeError), (outcome.ExitCode, outcome.Reason));
        Assert.Contains("/no/such/program", outcome.Error, StringComparison.Ordinal);
        Assert.Null(outcome.FinishedAt);
    }

    [SkippableFact]
    public async Task Starting_what_runs_and_stopping_what_does_not_do_nothing()
    {
        var name = NewName();
        await StartAsync(Shell(name, Forever));
        var started = (await Runtime.InspectContainerAsync(name)).StartedAt;

        await Runtime.StartContainerAsync(name);
        Assert.Equal(started, (await Runtime.InspectContainerAsync(name)).StartedAt);

        await Runtime.StopContainerAsync(name, ContainerStopOptions.Default);
        await Runtime.StopContainerAsync(name, ContainerStopOptions.Default);
        await Runtime.StopContainerAsync(name, new ContainerStopOptions { Signal = Signal.Interrupt });
        Assert.Equal(0, (await Runtime.GetContainerStateAsync(name)).ExitCode);
        await FailsAsync(ZLayerErrorKind.ContainerNotFound, () => Runtime.StopContainerAsync(NewName(), ContainerStopOptions.Default));
        await FailsAsync(ZLayerErrorKind.ContainerNotFound, () => Runtime.StopContainerAsync(NewName(), new ContainerStopOptions { Signal = Signal.Interrupt }));
    }

    [SkippableTheory]
    [InlineData(null)]
    [InlineData("1.41")]
    public async Task A_container_is_stopped_with_its_own_signal_or_the_given_one(string? apiVersion)
    {
        await using var runtime = NewRuntime(apiVersion);
        const string Script = "trap 'exit 11' USR1; trap 'exit 12' USR2; trap 'exit 15' TERM; while :; do sleep 1 & wait; done";
        var name = NewName();
        await StartAsync(Shell(name, Script) with { StopSignal = Signal.Parse("USR1") });

        await WaitForTrapAsync(name);
        await runtime.StopContainerAsync(name, ContainerStopOptions.Default);
        Assert.Equal(11, (await Runtime.GetContainerStateAsync(name)).ExitCode);

        await Runtime.StartContainerAsync(name);
        await WaitForTrapAsync(name);
        await runtime.StopContainerAsync(name, new ContainerStopOptions { Signal = Signal.Parse("USR2") });
        Assert.Equal(12, (await Runtime.GetContainerStateAsync(name)).ExitCode);
    }

    [SkippableTheory]
    [InlineData(null)]
    [InlineData("1.41")]
    public async Task What_does_not_listen_is_killed_after_the_grace_period(string? apiVersion)
    {
        await using var runtime = NewRuntime(apiVersion);
        var name = NewName();
        await StartAsync(Shell(name, "trap '' TERM HUP; while :; do sleep 1; done") with { StopGracePeriod = TimeSpan.FromSeconds(1), RestartPolicy = RestartPolicy.Parse("always") });

        await runtime.StopContainerAsync(name, new ContainerStopOptions { Signal = Signal.Parse("HUP") });
        var outcome = await Runtime.WaitOutcomeAsync(name);

        Assert.Equal((137, WaitReason.Signal, "SIGKILL"), (outcome.ExitCode, outcome.Reason, outcome.Signal));
        Assert.Equal(ContainerPhase.Exited, (await Runtime.GetContainerStateAsync(name)).Phase);

        await Runtime.StartContainerAsync(name);
        await runtime.StopContainerAsync(name, new ContainerStopOptions { GracePeriod = TimeSpan.Zero });
        Assert.Equal(137, (await Runtime.GetContainerStateAsync(name)).ExitCode);
    }

    [SkippableTheory]
    [InlineData(null)]
    [InlineData("1.41")]
    public async Task A_restart_gives_the_container_a_new_life(string? apiVersion)
    {
        await using var runtime = NewRuntime(apiVersion);
        var name = NewName();
        await StartAsync(Shell(name, Forever));
        var first = await Runtime.GetContainerPidAsync(name);

        await runtime.RestartContainerAsync(name, new ContainerStopOptions { GracePeriod = TimeSpan.FromSeconds(5) });
        var second = await Runtime.GetContainerPidAsync(name);
        await runtime.RestartContainerAsync(name, new ContainerStopOptions { Signal = Signal.Kill });
        var third = await Runtime.GetContainerPidAsync(name);

        Assert.True(first > 0 && second > 0 && third > 0 && first != second && second != third);
        await FailsAsync(ZLayerErrorKind.ContainerNotFound, () => runtime.RestartContainerAsync(NewName(), ContainerStopOptions.Default));
    }

    [SkippableFact]
    public async Task A_running_container_is_removed_by_force_alone()
    {
        var name = NewName();
        await StartAsync(Shell(name, Forever));

        await FailsAsync(ZLayerErrorKind.ContainerRunning, () => Runtime.RemoveContainerAsync(name, new ContainerRemoveOptions { Force = false }));
        await Runtime.PauseContainerAsync(name);
        await FailsAsync(ZLayerErrorKind.ContainerRunning, () => Runtime.RemoveContainerAsync(name, new ContainerRemoveOptions { Force = false }));
        Assert.True(await Runtime.RemoveContainerAsync(name, new ContainerRemoveOptions()));
    }

    [SkippableFact]
    public async Task Anonymous_volumes_go_with_their_container_when_asked()
    {
        var name = NewName();
        await CreateAsync(Shell(name, "true") with { Mounts = [MountSpecification.Parse("/data", "/")] });
        var volume = Assert.Single((await Runtime.InspectContainerAsync(name)).Mounts).Name!;

        await Runtime.RemoveContainerAsync(name, new ContainerRemoveOptions { RemoveVolumes = true });

        Assert.NotEqual(0, (await Docker.RunAsync("volume", "inspect", volume)).ExitCode);
    }

    [SkippableFact]
    public async Task Signals_are_sent_to_what_runs()
    {
        var name = NewName();
        await StartAsync(Shell(name, "trap 'exit 7' USR1; while :; do sleep 1 & wait; done"));

        await WaitForTrapAsync(name);
        await Runtime.KillContainerAsync(name, Signal.Parse("usr1"));
        Assert.Equal(7, await Runtime.WaitContainerAsync(name));
        await FailsAsync(ZLayerErrorKind.ContainerNotRunning, () => Runtime.KillContainerAsync(name));
        await FailsAsync(ZLayerErrorKind.ContainerNotFound, () => Runtime.KillContainerAsync(NewName()));

        await Runtime.StartContainerAsync(name);
        await Runtime.KillContainerAsync(name);
        var outcome = await Runtime.WaitOutcomeAsync(name);
        Assert.Equal((137, WaitReason.Signal, "SIGKILL"), (outcome.ExitCode, outcome.Reason, outcome.Signal));
    }

    [SkippableFact]
    public async Task Pausing_tells_wrong_states_apart()
    {
        var name = NewName();
        await CreateAsync(Shell(name, Forever));
        await FailsAsync(ZLayerErrorKind.ContainerNotRunning, () => Runtime.PauseContainerAsync(name));
        await FailsAsync(ZLayerErrorKind.ContainerNotRunning, () => Runtime.UnpauseContainerAsync(name));

        await Runtime.StartContainerAsync(name);
        await FailsAsync(ZLayerErrorKind.InvalidArgument, () => Runtime.UnpauseContainerAsync(name));
        await Runtime.PauseContainerAsync(name);

        Assert.Equal(ContainerPhase.Running, (await Runtime.GetContainerStateAsync(name)).Phase);
        Assert.Equal(ContainerState.Paused, (await Runtime.InspectContainerAsync(name)).State);
        await FailsAsync(ZLayerErrorKind.InvalidArgument, () => Runtime.PauseContainerAsync(name));
        await Runtime.UnpauseContainerAsync(name);
        Assert.Equal(ContainerState.Running, (await Runtime.InspectContainerAsync(name)).State);
        await FailsAsync(ZLayerErrorKind.ContainerNotFound, () => Runtime.PauseContainerAsync(NewName()));
        await FailsAsync(ZLayerErrorKind.ContainerNotFound, () => Runtime.UnpauseContainerAsync(NewName()));
    }

    [SkippableFact]
    public async Task Limits_are_changed_and_what_cannot_be_is_said()
    {
        Skip.If(IsPodman, "runc, as Podman calls it, changes no limits of control groups of both versions");
        var name = NewName();
        await StartAsync(Shell(name, Forever));

        Assert.Empty(await Runtime.UpdateContainerAsync("no such container", new ContainerUpdate()));
        var warnings = await Runtime.UpdateContainerAsync(name, new ContainerUpdate
        {
            Limits = new ResourceLimits { Pids = 50, CpuShares = 512, Memory = 64 << 20, MemorySwap = -1, KernelMemory = 1 << 20 },
            RestartPolicy = RestartPolicy.Parse("on-failure:2"),
        });

        Assert.Contains(warnings, warning => warning.Contains("KernelMemory", StringComparison.Ordinal));
        Assert.Equal("50 512 67108864 -1 on-failure 2", (await Docker.RunAsync("inspect", "--format", "{{.HostConfig.PidsLimit}} {{.HostConfig.CpuShares}} {{.HostConfig.Memory}} {{.HostConfig.MemorySwap}} {{.HostConfig.RestartPolicy.Name}} {{.HostConfig.RestartPolicy.MaximumRetryCount}}", name)).Text);
        await FailsAsync(ZLayerErrorKind.OperationNotSupported, () => Runtime.UpdateContainerAsync(name, new ContainerUpdate { Limits = new ResourceLimits { OomScoreAdjustment = 1 } }));
        await FailsAsync(ZLayerErrorKind.InvalidArgument, () => Runtime.UpdateContainerAsync(name, new ContainerUpdate { Limits = new ResourceLimits { Memory = 1 } }));
        await FailsAsync(ZLayerErrorKind.ContainerNotFound, () => Runtime.UpdateContainerAsync(NewName(), new ContainerUpdate { Limits = new ResourceLimits { Pids = 5 } }));
    }

    [SkippableFact]
    public async Task An_image_is_made_of_a_container_with_changes()
    {
        var name = NewName();
        await RunAsync(Shell(name, "echo content > /file"));
        var target = Core.Oci.ImageReference.Parse($"zlayer-test/{name}:one");

        var id = await Runtime.CommitContainerAsync(name, new CommitOptions { Target = target, Comment = "remark", Author = "author", Changes = ["ENV A=b", "CMD [\"cat\", \"/file\"]"] });
        try
        {
            var image = await Runtime.InspectImageAsync("zlayer-test/" + name + ":one");
            Assert.Equal((id, "remark", "author"), (image.Id, image.Comment, image.Author));
            Assert.Contains("A=b", image.Config.Env!);
            Assert.Equal(["cat", "/file"], image.Config.Cmd!);
            // Podman finds it out only when the image is made.
            await FailsAsync(
                IsPodman ? ZLayerErrorKind.RuntimeError : ZLayerErrorKind.InvalidArgument,
                () => Runtime.CommitContainerAsync(name, new CommitOptions { Changes = ["RUN true"] }));
            await FailsAsync(ZLayerErrorKind.InvalidArgument, () => Runtime.CommitContainerAsync(name, new CommitOptions { Target = target.WithDigest(id) }));
            await FailsAsync(ZLayerErrorKind.ContainerNotFound, () => Runtime.CommitContainerAsync(NewName(), new CommitOptions()));
        }
        finally
        {
            await Runtime.RemoveImageAsync(id.ToString(), force: true);
        }
    }

    [SkippableFact]
    public async Task Fifty_containers_are_made_and_removed_at_once()
    {
        var names = Enumerable.Range(0, 50).Select(_ => NewName()).ToList();

        await Task.WhenAll(names.Select(name => Runtime.CreateContainerAsync(Shell(name, "true"))));
        Assert.Equal(50, (await Runtime.ListContainersAsync(new ContainerFilter { Containers = names })).Count);
        var removed = await Task.WhenAll(names.Concat(names).Select(name => Runtime.RemoveContainerAsync(name, new ContainerRemoveOptions())));

        Assert.InRange(removed.Count(was => was), 50, 100);
        Assert.Empty(await Runtime.ListContainersAsync(new ContainerFilter { Containers = names }));
    }

    [SkippableFact]
    public async Task Variables_of_the_caller_reach_the_container()
    {
        Caller["LIFE_GIVEN"] = "from here";
        Caller["LIFE_EMPTY"] = "";
        var name = NewName();
        var created = await Runtime.CreateContainerAsync(Shell(name, "test \"$A\" = 'from here' && test \"$B\" = plain && test -z \"$C\" && test \"${C+set}\" = set") with
        {
            Environment = new Dictionary<string, string> { ["A"] = "$E:LIFE_GIVEN", ["B"] = "plain", ["C"] = "$E:LIFE_EMPTY" },
        });

        Assert.Contains("LIFE_EMPTY", Assert.Single(created.Warnings), StringComparison.Ordinal);
        await Runtime.StartContainerAsync(name);
        Assert.Equal(0, await Runtime.WaitContainerAsync(name));
    }

    [SkippableFact]
    public async Task A_terminal_has_its_size_from_the_start()
    {
        Skip.If(IsPodman, "Podman's service gives the terminal of a container no size before somebody is attached");
        var name = NewName();
        await StartAsync(Shell(name, "i=0; while [ \"$(stty size)\" != '41 123' ] && [ $i -lt 50 ]; do i=$((i+1)); sleep 0.1; done; stty size; test \"$(stty size)\" = '41 123'") with { Tty = true, TerminalSize = new(41, 123) });

        Assert.Equal(0, await Runtime.WaitContainerAsync(name));
    }

    [SkippableFact]
    public async Task Namespaces_and_volumes_of_another_container_are_shared_by_any_handle()
    {
        var place = new ContainerId("life" + Guid.NewGuid().ToString("N")[..8], 0);
        await StartAsync(Shell("", "echo here > /data/file; " + Forever) with { Name = null, Id = place, Mounts = [MountSpecification.Parse("/data", "/")] });
        var name = NewName();
        await StartAsync(Shell(name, "while [ ! -s /data/file ]; do sleep 0.1; done; ps | grep -q 'trap'") with
        {
            VolumesFrom = [$"{place}:ro"], PidNamespace = $"container:{place}", Network = $"container:{place}",
        });

        Assert.Equal(0, await Runtime.WaitContainerAsync(name));
    }

    private async Task<WaitOutcome> RunAsync(ContainerSpecification specification) => await Runtime.WaitOutcomeAsync(await StartAsync(specification));

    /// <summary>Waits until the shell catches signals: process 1 ignores those that it does not catch.</summary>
    private async Task WaitForTrapAsync(string container)
    {
        for (var i = 0; i < 100; i++)
        {
            var top = await Runtime.GetContainerProcessesAsync(container, []);
            if (top.Processes.Count > 1)
            {
                return;
            }

            await Task.Delay(50);
        }
    }
}
