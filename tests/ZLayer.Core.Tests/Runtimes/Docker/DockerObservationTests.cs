using System.Net;
using ZLayer.Core.Errors;
using ZLayer.Core.Runtimes;
using ZLayer.Core.Runtimes.Observation;
using ZLayer.Core.Runtimes.Specifications;
using ZLayer.Core.Tests.Engines;

namespace ZLayer.Core.Tests.Runtimes.Docker;

public sealed class DockerObservationTests(DockerEngineFixture docker) : EngineTest(docker)
{
    private const string Forever = "trap 'exit 0' TERM; while :; do sleep 1 & wait; done";

    [SkippableFact]
    public async Task Containers_are_listed_in_every_state_with_their_labels()
    {
        var (created, running, paused, exited) = (NewName(), NewName(), NewName(), NewName());
        var labels = new Dictionary<string, string> { ["life.test"] = Guid.NewGuid().ToString(), ["other"] = "x" };
        await CreateAsync(Shell(created, "true") with { Labels = labels });
        var id = await StartAsync(Shell(running, Forever) with { Labels = labels });
        await StartAsync(Shell(paused, Forever) with { Labels = labels });
        await Runtime.PauseContainerAsync(paused);
        await StartAsync(Shell(exited, "exit 9") with { Labels = labels });
        await Runtime.WaitContainerAsync(exited);

        var ours = new ContainerFilter { Labels = [$"life.test={labels["life.test"]}", "other"] };
        var containers = (await Runtime.ListContainersAsync(ours)).ToDictionary(container => container.Name);

        Assert.Equal((ContainerState.Created, null), (containers[created].State, containers[created].ExitCode));
        Assert.Equal((ContainerState.Exited, 9), (containers[exited].State, containers[exited].ExitCode));
        Assert.Equal(ContainerState.Paused, containers[paused].State);
        var info = containers[running];
        Assert.Equal((ContainerState.Running, id, Image, "docker"), (info.State, info.Id, info.Image, info.Runtime));
        Assert.Equal(labels["life.test"], info.Labels["life.test"]);
        Assert.Equal(["none"], info.Networks);
        Assert.StartsWith("Up ", info.Status, StringComparison.Ordinal);
        Assert.InRange(info.Created!.Value, DateTimeOffset.UtcNow.AddMinutes(-5), DateTimeOffset.UtcNow.AddMinutes(5));
        Assert.Contains(running, (await Runtime.ListContainersAsync(ContainerFilter.None)).Select(container => container.Name));
        Assert.Equal([running], (await Runtime.ListContainersAsync(ours with { States = [ContainerState.Running] })).Select(container => container.Name));
        Assert.Equal([running], (await Runtime.ListContainersAsync(ours with { Containers = [id[..10]] })).Select(container => container.Name));
        // Podman knows no network of this name.
        Assert.Equal(4, (await Runtime.ListContainersAsync(ours with { Images = [Image], Networks = IsPodman ? [] : ["none"] })).Count);
        Assert.Empty(await Runtime.ListContainersAsync(ours with { Labels = [.. ours.Labels, "none"] }));
        Assert.Empty(await Runtime.ListContainersAsync(ours with { Images = ["zlayer-test/none"] }));
    }

    [SkippableFact]
    public async Task Everything_about_a_container_is_told()
    {
        var name = NewName();
        var id = await StartAsync(Shell(name, Forever) with
        {
            Environment = new Dictionary<string, string> { ["A"] = "b=c" },
            WorkingDirectory = "/tmp",
            User = "1000",
            Hostname = "host",
            Tty = true,
            OpenStdin = true,
            Ports = PortMapping.Parse("8080:80"),
            Mounts = [MountSpecification.Parse("/etc:/host:ro", "/"), MountSpecification.Parse("/data", "/"), MountSpecification.ParseTmpfs("/run:ro")],
        });

        var detail = await Runtime.InspectContainerAsync(name);

        Assert.Equal((id, name, Image, ContainerState.Running), (detail.Id, detail.Name, detail.Image, detail.State));
        Assert.Equal((await Docker.RunAsync("inspect", "--format", "{{.State.Pid}} {{.Image}}", name)).Text, $"{detail.Pid} {detail.ImageId}");
        Assert.Equal(["sh", "-c", Forever], detail.Command);
        Assert.Equal("b=c", detail.Environment["A"]);
        Assert.Equal(("/tmp", "1000", "host", true, true, "linux"), (detail.WorkingDirectory, detail.User, detail.Hostname, detail.Tty, detail.OpenStdin, detail.Os));
        Assert.Equal(["bind /etc:/host:ro", "tmpfs tmpfs:/run:ro", "volume"], detail.Mounts.OrderBy(mount => mount.Type, StringComparer.Ordinal).Select(mount => mount.Type == "volume" ? "volume" : $"{mount.Type} {mount}"));
        Assert.Equal(detail.Pid, await Runtime.GetContainerPidAsync(name));
        Assert.NotNull(detail.StartedAt);
        Assert.True(detail is { FinishedAt: null, ExitCode: null, HealthDetail: null, OomKilled: false, Error: null });
        Assert.Contains("\"HostConfig\"", detail.Raw, StringComparison.Ordinal);

        await Runtime.KillContainerAsync(name);
        await Runtime.WaitContainerAsync(name);
        detail = await Runtime.InspectContainerAsync(name);
        Assert.Equal((137, null), (detail.ExitCode, detail.Pid));
        Assert.NotNull(detail.FinishedAt);
        Assert.Null(await Runtime.GetContainerPidAsync(name));
        Assert.Null(await Runtime.GetContainerIpAsync(name));
        Assert.Null(await Runtime.GetContainerPortOverrideAsync(name));
        await Runtime.SyncContainerVolumesAsync(name);
    }

    [SkippableFact]
    public async Task What_does_not_exist_is_not_found_by_any_question()
    {
        var name = NewName();
        foreach (var question in (Func<Task>[])
        [
            () => Runtime.InspectContainerAsync(name), () => Runtime.GetContainerStateAsync(name), () => Runtime.GetContainerPidAsync(name), () => Runtime.GetContainerIpAsync(name),
            () => Runtime.GetContainerProcessesAsync(name, []), () => Runtime.GetContainerChangesAsync(name), () => Runtime.GetContainerPortsAsync(name), () => Runtime.SyncContainerVolumesAsync(name),
            () => Runtime.InspectContainerAsync("life-rep-0"),
        ])
        {
            Assert.Contains((await FailsAsync(ZLayerErrorKind.ContainerNotFound, question)).Subject, (string[])[name, "life-rep-0"]);
        }
    }

    [SkippableFact]
    public async Task Health_is_told_with_what_the_check_printed()
    {
        Skip.If(IsPodman, "Podman's service runs no health checks without systemd");
        var name = NewName();
        await StartAsync(Shell(name, Forever) with
        {
            HealthCheck = HealthCheck.FromShell("cat /tmp/health || { echo not yet; exit 1; }") with { Interval = TimeSpan.FromMilliseconds(200), Retries = 2 },
        });

        var unhealthy = await UntilAsync(name, detail => detail.Health == HealthStatus.Unhealthy);
        Assert.True(unhealthy.HealthDetail is { FailingStreak: >= 2 });
        Assert.Contains("not yet", unhealthy.HealthDetail!.LastOutput, StringComparison.Ordinal);
        Assert.Equal(HealthStatus.Unhealthy, Assert.Single(await Runtime.ListContainersAsync(new ContainerFilter { Containers = [name] })).Health);

        _ = (await Docker.RunAsync("exec", name, "sh", "-c", "echo fine > /tmp/health")).Text;
        var healthy = await UntilAsync(name, detail => detail.Health == HealthStatus.Healthy);
        Assert.Equal((0, "fine\n"), (healthy.HealthDetail!.FailingStreak, healthy.HealthDetail.LastOutput));
    }

    [SkippableFact]
    public async Task A_check_of_a_port_works_inside_a_container()
    {
        Skip.If(IsPodman, "Podman's service runs no health checks without systemd");
        var name = NewName();
        await StartAsync(Shell(name, "while [ ! -f /tmp/go ]; do sleep 0.1; done; exec nc -ll -p 8080 -e /bin/true") with
        {
            HealthCheck = HealthCheck.ForTcp(8080) with { Interval = TimeSpan.FromMilliseconds(200), Retries = 1 },
        });

        await UntilAsync(name, detail => detail.Health == HealthStatus.Unhealthy);
        _ = (await Docker.RunAsync("exec", name, "touch", "/tmp/go")).Text;
        await UntilAsync(name, detail => detail.Health == HealthStatus.Healthy);
    }

    [SkippableFact]
    public async Task Processes_are_listed_while_there_are_any()
    {
        var name = NewName();
        await StartAsync(Shell(name, Forever));

        var top = await Runtime.GetContainerProcessesAsync(name, []);
        Assert.Contains("PID", top.Titles);
        Assert.Contains(top.Processes, process => process[^1].Contains("trap", StringComparison.Ordinal));
        Assert.Equal(["PID", "COMMAND"], (await Runtime.GetContainerProcessesAsync(name, ["-o", "pid,comm"])).Titles);

        await Runtime.StopContainerAsync(name, new ContainerStopOptions { GracePeriod = TimeSpan.Zero });
        await FailsAsync(ZLayerErrorKind.ContainerNotRunning, () => Runtime.GetContainerProcessesAsync(name, []));
    }

    [SkippableFact]
    public async Task Changes_of_the_file_system_are_told()
    {
        var name = NewName();
        await StartAsync(Shell(name, "echo x > /new; echo y >> /etc/group; rm /etc/passwd"));
        await Runtime.WaitContainerAsync(name);

        var changes = await Runtime.GetContainerChangesAsync(name);

        Assert.Contains(new FileChange(FileChangeKind.Added, "/new", name), changes);
        Assert.Contains(new FileChange(FileChangeKind.Modified, "/etc/group", name), changes);
        Assert.Contains(new FileChange(FileChangeKind.Deleted, "/etc/passwd", name), changes);
        var untouched = NewName();
        await CreateAsync(Shell(untouched, "true"));
        Assert.Empty(await Runtime.GetContainerChangesAsync(untouched));
    }

    [SkippableFact]
    public async Task Addresses_and_ports_are_those_of_the_default_network()
    {
        Skip.IfNot(HasBridge, "the engine has no bridge");
        var name = NewName();
        await StartAsync(Shell(name, Forever) with { Network = null, Ports = [.. PortMapping.Parse("127.0.0.1::80"), .. PortMapping.Parse("81/udp")], ExposedPorts = ["90"] });

        var address = await Runtime.GetContainerIpAsync(name);
        var ports = await Runtime.GetContainerPortsAsync(name);
        var detail = await Runtime.InspectContainerAsync(name);

        var network = IsPodman ? "podman" : "bridge";
        Assert.Equal((await Docker.RunAsync("inspect", "--format", $"{{{{.NetworkSettings.Networks.{network}.IPAddress}}}}", name)).Text, address?.ToString());
        Assert.Equal(address, detail.IPAddress);
        Assert.Equal(address, Assert.Single(detail.NetworkAttachments).IPv4);
        var tcp = Assert.Single(ports, port => port is { ContainerPort: 80, Protocol: "tcp" });
        Assert.Equal((name, "127.0.0.1"), (tcp.ContainerName, tcp.HostIP));
        Assert.True(tcp.HostPort > 0);
        Assert.Contains(ports, port => port is { ContainerPort: 81, Protocol: "udp", HostPort: > 0 });
        Assert.DoesNotContain(ports, port => port.ContainerPort == 90);
        Assert.Contains(detail.Ports, port => port is { ContainerPort: 90, HostPort: null });
        Assert.Contains(Assert.Single(await Runtime.ListContainersAsync(new ContainerFilter { Containers = [name] })).Ports, port => port.HostPort == tcp.HostPort);
    }

    [SkippableFact]
    public async Task An_address_of_a_network_of_ones_own_is_told_too()
    {
        var network = "life-net-" + Guid.NewGuid().ToString("N")[..6];
        Skip.If((await Docker.RunAsync("network", "create", "--subnet", "10.214.7.0/24", network)).ExitCode != 0, "the engine cannot make networks here");
        try
        {
            var name = NewName();
            var id = await CreateAsync(Shell(name, Forever) with { Network = network, IPv4Address = "10.214.7.9", NetworkAliases = ["db"] });
            try
            {
                await Runtime.StartContainerAsync(id);
            }
            catch (ZLayerException e) when (!HasBridge)
            {
                Skip.If(true, "the engine cannot connect networks here: " + e.Message);
            }

            Assert.Equal(IPAddress.Parse("10.214.7.9"), await Runtime.GetContainerIpAsync(name));
            Assert.Contains("db", Assert.Single((await Runtime.InspectContainerAsync(name)).NetworkAttachments).Aliases);
            await Runtime.RemoveContainerAsync(name, new ContainerRemoveOptions());
        }
        finally
        {
            await Docker.RunAsync("network", "rm", network);
        }
    }

    [SkippableFact]
    public async Task Containers_that_do_not_run_are_pruned()
    {
        Skip.IfNot(IsOwn, "the engine is not the tests' own");
        var (running, exited) = (NewName(), NewName());
        await StartAsync(Shell(running, Forever));
        var id = await StartAsync(Shell(exited, "true"));
        await Runtime.WaitContainerAsync(exited);

        var pruned = await Runtime.PruneContainersAsync();

        Assert.Equal(Core.Storage.StorageKind.Container, pruned.Kind);
        Assert.Contains(id, pruned.Removed);
        Assert.Equal(ContainerPhase.Running, (await Runtime.GetContainerStateAsync(running)).Phase);
    }

    [SkippableFact]
    public async Task Restarts_are_counted_and_the_last_end_is_told()
    {
        var name = NewName();
        await StartAsync(Shell(name, "exit 4") with { RestartPolicy = RestartPolicy.Parse("on-failure:2") });

        var detail = await UntilAsync(name, container => container is { State: ContainerState.Exited, RestartCount: 2 });

        Assert.Equal(new ContainerStatus(ContainerPhase.Exited, 4), await Runtime.GetContainerStateAsync(name));
        Assert.NotNull(detail.FinishedAt);
    }

    private async Task<ContainerDetail> UntilAsync(string container, Predicate<ContainerDetail> condition)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        while (true)
        {
            var detail = await Runtime.InspectContainerAsync(container, patience.Token);
            if (condition(detail))
            {
                return detail;
            }

            await Task.Delay(100, patience.Token);
        }
    }
}
