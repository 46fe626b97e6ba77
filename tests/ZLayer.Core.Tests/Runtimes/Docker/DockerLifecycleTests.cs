using ZLayer.Core.Errors;
using ZLayer.Core.Runtimes;
using ZLayer.Core.Runtimes.Specifications;
using ZLayer.Core.Tests.Engines;

namespace ZLayer.Core.Tests.Runtimes.Docker;

public sealed class DockerLifecycleTests(DockerEngineFixture docker) : EngineTest(docker)
{
    private const string Forever = "trap 'exit 0' TERM; while :; do sleep 1 & wait; done";

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
    public async Task Anonymous_volumes_go_with_their_container_when_asked()
    {
        var name = NewName();
        await CreateAsync(Shell(name, "true") with { Mounts = [MountSpecification.Parse("/data", "/")] });
        var volume = Assert.Single((await Runtime.InspectContainerAsync(name)).Mounts).Name!;

        await Runtime.RemoveContainerAsync(name, new ContainerRemoveOptions { RemoveVolumes = true });

        Assert.NotEqual(0, (await Docker.RunAsync("volume", "inspect", volume)).ExitCode);
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
