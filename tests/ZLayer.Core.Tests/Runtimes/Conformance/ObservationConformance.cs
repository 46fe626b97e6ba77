using System.Net;
using ZLayer.Core.Errors;
using ZLayer.Core.Runtimes;
using ZLayer.Core.Runtimes.Observation;
using ZLayer.Core.Runtimes.Specifications;
using static ZLayer.Core.Tests.Runtimes.Conformance.ConformanceCase;

namespace ZLayer.Core.Tests.Runtimes.Conformance;

/// <summary>What can be seen of containers.</summary>
public sealed class ObservationConformance(ConformanceFixture fixture) : ConformanceTest(fixture)
{
    private const string NoNetwork = "the runtime has no network with addresses here";

    [SkippableTheory, OnEveryRuntime(RuntimeOperation.ListContainers)]
    public Task Containers_are_listed_in_every_state(string runtime) => CaseAsync(runtime, async on =>
    {
        string[] ids = [await on.Shared.CreatedAsync(), await on.Shared.RunningAsync(), await on.Shared.EndedAsync()];

        var all = (await on.Runtime.ListContainersAsync(ContainerFilter.None, on.Soon)).ToDictionary(container => container.Id);

        Assert.Equal(
            [(ContainerState.Created, null), (ContainerState.Running, null), (ContainerState.Exited, (int?)3)], ids.Select(id => (all[id].State, all[id].ExitCode)));
        Assert.All(ids, id => Assert.Equal((on.Subject.Image, on.Runtime.Name), (all[id].Image, all[id].Runtime)));
        Assert.StartsWith("Up ", all[ids[1]].Status, StringComparison.Ordinal);
        Assert.StartsWith("Exited (3) ", all[ids[2]].Status, StringComparison.Ordinal);
    });

    [SkippableTheory, OnEveryRuntime(RuntimeOperation.ListContainers)]
    public Task A_filter_restricts_by_everything_it_names(string runtime) => CaseAsync(runtime, async on =>
    {
        var mark = "conformance." + Guid.NewGuid().ToString("N");
        ContainerSpecification Marked(string script, string tier) => on.Shell(script) with { Labels = new Dictionary<string, string> { [mark] = tier } };
        var first = await on.CreateAsync(Marked("true", "front"));
        var second = await on.EndAsync(Marked("exit 9", "back") with { Mounts = [MountSpecification.ParseTmpfs("/run")] });
        var names = (await on.Runtime.ListContainersAsync(new ContainerFilter { Labels = [mark] }, on.Soon)).ToDictionary(container => container.Id, container => container.Name);
        async Task<string> Found(ContainerFilter filter)
        {
            var found = await on.Runtime.ListContainersAsync(filter with { Labels = [mark, .. filter.Labels] }, on.Soon);
            return string.Join(' ', found.Select(container => container.Id == first ? 1 : container.Id == second ? 2 : 3).Order());
        }

        foreach (var (expected, filter) in ((string, ContainerFilter)[])
        [
            ("1 2", new ContainerFilter()),
            ("1", new ContainerFilter { Labels = [$"{mark}=front"] }),
            ("", new ContainerFilter { Labels = ["none"] }),
            ("2", new ContainerFilter { Containers = [second[..12]] }),
            ("1 2", new ContainerFilter { Containers = [second, names[first]] }),
            ("1", new ContainerFilter { NamePatterns = [names[first][5..]] }),
            ("2", new ContainerFilter { NamePatterns = [$"^{names[second]}$", "^none"] }),
            ("2", new ContainerFilter { IdPatterns = [second[..20]] }),
            ("2", new ContainerFilter { States = [ContainerState.Exited, ContainerState.Running] }),
            ("2", new ContainerFilter { ExitCodes = [1, 9] }),
            ("1 2", new ContainerFilter { Images = [on.Subject.Image] }),
            ("", new ContainerFilter { Images = ["zlayer-test/none"] }),
            ("1 2", new ContainerFilter { Health = [HealthStatus.None] }),
            ("1", new ContainerFilter { Before = second }),
            ("2", new ContainerFilter { Since = names[first] }),
        ])
        {
            Assert.True(expected == await Found(filter), $"not {expected} but {await Found(filter)} for {System.Text.Json.JsonSerializer.Serialize(filter)}");
        }
    });

    [SkippableTheory, OnEveryRuntime(RuntimeOperation.ListContainers)]
    public Task Networks_restrict_a_list(string runtime) => CaseAsync(runtime, async on =>
    {
        var id = await on.Shared.CreatedAsync();
        Assert.Equal(id, Assert.Single(await on.Runtime.ListContainersAsync(new ContainerFilter { Containers = [id], Networks = ["none", "other"] }, on.Soon)).Id);
        Assert.Empty(await on.Runtime.ListContainersAsync(new ContainerFilter { Containers = [id], Networks = ["host"] }, on.Soon));
    });

    [SkippableTheory, OnEveryRuntime(RuntimeOperation.ListContainers)]
    public Task Sizes_are_measured_when_asked_for(string runtime) => CaseAsync(runtime, async on =>
    {
        var id = await on.EndAsync(on.Shell("echo content > /made"));
        Assert.Null(Assert.Single(await on.Runtime.ListContainersAsync(new ContainerFilter { Containers = [id] }, on.Soon)).Size);
        var measured = Assert.Single(await on.Runtime.ListContainersAsync(new ContainerFilter { Containers = [id], MeasureSize = true }, on.Soon));
        Assert.True(measured.Size > 0 && measured.RootFsSize > measured.Size, $"{measured.Size} of {measured.RootFsSize}");
    });

    [SkippableTheory, OnEveryRuntime(RuntimeOperation.ListContainers)]
    public Task A_brief_list_tells_the_same_names_states_and_labels(string runtime) => CaseAsync(runtime, async on =>
    {
        string[] ids = [await on.Shared.CreatedAsync(), await on.Shared.RunningAsync(), await on.Shared.EndedAsync()];
        var filter = new ContainerFilter { Containers = ids };
        static IEnumerable<(string, string, ContainerState, int)> Told(IEnumerable<ContainerInfo> list) => list.Select(one => (one.Id, one.Name, one.State, one.Labels.Count)).Order();
        Assert.Equal(Told(await on.Runtime.ListContainersAsync(filter, on.Soon)), Told(await on.Runtime.ListContainersAsync(filter with { IsBrief = true }, on.Soon)));
    });

    [SkippableTheory, OnEveryRuntime(RuntimeOperation.InspectDetailed)]
    public Task Everything_about_a_container_is_told(string runtime) => CaseAsync(runtime, async on =>
    {
        var name = on.NewName();
        var id = await on.StartAsync(on.Shell("while true; do sleep 1000; done", name) with
        {
            Environment = new Dictionary<string, string> { ["A"] = "b=c" },
            Labels = new Dictionary<string, string> { ["d"] = "e" },
            WorkingDirectory = "/tmp", User = "1000", Hostname = "host", OpenStdin = true,
            Mounts = [MountSpecification.Parse("/etc:/host:ro", "/"), MountSpecification.ParseTmpfs("/run")],
        });

        var detail = await on.Runtime.InspectContainerAsync(name, on.Soon);

        Assert.Equal((id, name, on.Subject.Image, ContainerState.Running, on.Runtime.Name), (detail.Id, detail.Name, detail.Image, detail.State, detail.Runtime));
        Assert.Equal(["sh", "-c", "while true; do sleep 1000; done"], detail.Command);
        Assert.Equal(("b=c", "e"), (detail.Environment["A"], detail.Labels["d"]));
        Assert.Equal(("/tmp", "1000", "host", false, true, "linux"), (detail.WorkingDirectory, detail.User, detail.Hostname, detail.Tty, detail.OpenStdin, detail.Os));
        Assert.Equal(["bind /etc:/host:ro", "tmpfs tmpfs:/run"], detail.Mounts.OrderBy(mount => mount.Type, StringComparer.Ordinal).Select(mount => $"{mount.Type} {mount}"));
        Assert.Equal("none", detail.NetworkMode);
        Assert.True(detail is { StartedAt: not null, FinishedAt: null, ExitCode: null, HealthDetail: null, OomKilled: false, Error: null, Pid: > 0 });
        Assert.Contains(id, detail.Raw, StringComparison.Ordinal);
        Assert.Equal((await on.Runtime.InspectImageAsync(on.Subject.Image, on.Soon)).Id.ToString(), detail.ImageId);
    });

    [SkippableTheory, OnEveryRuntime(RuntimeOperation.InspectDetailed)]
    public Task Health_is_told_with_what_the_check_printed(string runtime) => CaseAsync(runtime, async on =>
    {
        static HealthCheck Check(string script) => HealthCheck.FromShell(script) with { Interval = TimeSpan.FromMilliseconds(100), Retries = 1 };
        var well = await on.StartAsync(on.Shell("while true; do sleep 1000; done") with { HealthCheck = Check("echo fine") });
        var sick = await on.StartAsync(on.Shell("while true; do sleep 1000; done") with { HealthCheck = Check("echo not yet; exit 1") });

        var healthy = await on.UntilAsync(well, detail => detail.Health == HealthStatus.Healthy);
        Assert.Equal((0, "fine\n"), (healthy.HealthDetail!.FailingStreak, healthy.HealthDetail.LastOutput));
        var unhealthy = await on.UntilAsync(sick, detail => detail.Health == HealthStatus.Unhealthy);
        Assert.True(unhealthy.HealthDetail is { FailingStreak: >= 1, LastOutput: "not yet\n" });
        Assert.Equal(HealthStatus.Unhealthy, Assert.Single(await on.Runtime.ListContainersAsync(new ContainerFilter { Containers = [sick] }, on.Soon)).Health);
    });

    [SkippableTheory, OnEveryRuntime(RuntimeOperation.GetContainerPid)]
    public Task Only_what_runs_has_a_process_id(string runtime) => CaseAsync(runtime, async on =>
    {
        Assert.True(await on.Runtime.GetContainerPidAsync(await on.Shared.RunningAsync(), on.Soon) > 0);
        Assert.Null(await on.Runtime.GetContainerPidAsync(await on.Shared.CreatedAsync(), on.Soon));
        Assert.Null(await on.Runtime.GetContainerPidAsync(await on.Shared.EndedAsync(), on.Soon));
    });

    [SkippableTheory, OnEveryRuntime(RuntimeOperation.GetContainerIp, RuntimeOperation.PortMappingsContainer, RuntimeOperation.GetContainerPortOverride)]
    public Task Without_a_network_there_is_neither_address_nor_port(string runtime) => CaseAsync(runtime, async on =>
    {
        var id = await on.Shared.RunningAsync();
        Assert.Null(await on.Runtime.GetContainerIpAsync(id, on.Soon));
        Assert.Empty(await on.Runtime.GetContainerPortsAsync(id, on.Soon));
        Assert.Null(await on.Runtime.GetContainerPortOverrideAsync(id, on.Soon));
    });

    [SkippableTheory, OnEveryRuntime(RuntimeOperation.GetContainerIp, RuntimeOperation.PortMappingsContainer)]
    public Task Addresses_and_published_ports_are_told(string runtime) => CaseAsync(runtime, async on =>
    {
        Skip.If(on.Subject.Network is null, NoNetwork);
        var name = on.NewName();
        var id = await on.StartAsync(on.Shell("while true; do sleep 1000; done", name) with
        {
            Network = on.Subject.Network, NetworkAliases = ["db"], Ports = [.. PortMapping.Parse("127.0.0.1::80"), .. PortMapping.Parse("81/udp")], ExposedPorts = ["90"],
        });

        var address = await on.Runtime.GetContainerIpAsync(id, on.Soon);
        var detail = await on.Runtime.InspectContainerAsync(id, on.Soon);
        Assert.Equal(System.Net.Sockets.AddressFamily.InterNetwork, address?.AddressFamily);
        Assert.Equal((address, address), (detail.IPAddress, Assert.Single(detail.NetworkAttachments).IPv4));
        Assert.Contains("db", detail.NetworkAttachments[0].Aliases);

        var ports = await on.Runtime.GetContainerPortsAsync(id, on.Soon);
        var tcp = Assert.Single(ports, port => port is { ContainerPort: 80, Protocol: "tcp" });
        Assert.Equal((name, "127.0.0.1"), (tcp.ContainerName, tcp.HostIP));
        Assert.True(tcp.HostPort > 0);
        Assert.Contains(ports, port => port is { ContainerPort: 81, Protocol: "udp", HostPort: > 0 });
        Assert.DoesNotContain(ports, port => port.ContainerPort == 90);
        Assert.Contains(detail.Ports, port => port is { ContainerPort: 90, HostPort: null });
        var range = new ContainerFilter { Containers = [id], PublishedPorts = [PortRange.Parse($"{tcp.HostPort}")] };
        Assert.Single(await on.Runtime.ListContainersAsync(range, on.Soon));
    });

    [SkippableTheory, OnEveryRuntime(RuntimeOperation.PortMappingsContainer, RuntimeOperation.StartContainer)]
    public Task A_port_is_published_once(string runtime) => CaseAsync(runtime, async on =>
    {
        Skip.If(on.Subject.Network is null, NoNetwork);
        var port = new PortMapping { ContainerPort = 80, HostPort = (ushort)Engines.RegistryFixture.FreePort(), HostIP = $"{IPAddress.Loopback}" };
        await on.StartAsync(on.Shell("while true; do sleep 1000; done") with { Network = on.Subject.Network, Ports = [port] });
        var second = await on.CreateAsync(on.Shell("true") with { Network = on.Subject.Network, Ports = [port] });
        await RefusesAsync(ZLayerErrorKind.ContainerStartFailed, () => on.Runtime.StartContainerAsync(second, on.Soon));
    });

    [SkippableTheory, OnEveryRuntime(RuntimeOperation.TopContainer)]
    public Task Processes_are_listed_with_their_columns(string runtime) => CaseAsync(runtime, async on =>
    {
        var top = await on.Runtime.GetContainerProcessesAsync(await on.Shared.RunningAsync(), [], on.Soon);
        Assert.Contains("PID", top.Titles);
        Assert.All(top.Processes, process => Assert.Equal(top.Titles.Count, process.Count));
        Assert.Contains(top.ToProcesses("web"), process => process.Id > 0 && process.CommandLine.StartsWith("sh -c ", StringComparison.Ordinal));
    });

    [SkippableTheory, OnEveryRuntime(RuntimeOperation.TopContainer)]
    public Task The_columns_of_processes_may_be_chosen(string runtime) => CaseAsync(runtime, async on =>
    {
        var top = await on.Runtime.GetContainerProcessesAsync(await on.Shared.RunningAsync(), ["-o", "pid,comm"], on.Soon);
        Assert.Equal(["PID", "COMMAND"], top.Titles);
    });

    [SkippableTheory, OnEveryRuntime(RuntimeOperation.TopContainer, RuntimeOperation.GetContainerStats, RuntimeOperation.StatsStream)]
    public Task What_does_not_run_has_no_processes_and_uses_nothing(string runtime) => CaseAsync(runtime, async on =>
    {
        foreach (var id in (string[])[await on.Shared.CreatedAsync(), await on.Shared.EndedAsync()])
        {
            await RefusesAsync(ZLayerErrorKind.ContainerNotRunning, () => on.Runtime.GetContainerProcessesAsync(id, [], on.Soon));
            await RefusesAsync(ZLayerErrorKind.ContainerNotRunning, () => on.Runtime.GetContainerStatsAsync(id, on.Soon));
            await RefusesAsync(ZLayerErrorKind.ContainerNotRunning, async () => await on.Runtime.StreamStatsAsync(id, on.Soon).FirstAsync(on.Soon));
        }
    });

    [SkippableTheory, OnEveryRuntime(RuntimeOperation.GetContainerStats)]
    public Task A_sample_tells_what_is_used_and_the_limit(string runtime) => CaseAsync(runtime, async on =>
    {
        var unlimited = await on.Runtime.GetContainerStatsAsync(await on.Shared.RunningAsync(), on.Soon);
        Assert.True(unlimited is { MemoryBytes: > 0, CpuUsageMicroseconds: > 0, MemoryLimit: ContainerStats.NoLimit });
        var limited = await on.StartAsync(on.Shell("while true; do sleep 1000; done") with { Limits = new ResourceLimits { Memory = 64 << 20 } });
        Assert.Equal(64UL << 20, (await on.Runtime.GetContainerStatsAsync(limited, on.Soon)).MemoryLimit);
    });

    [SkippableTheory, OnEveryRuntime(RuntimeOperation.StatsStream)]
    public Task Samples_grow_and_end_with_the_container(string runtime) => CaseAsync(runtime, async on =>
    {
        var id = await on.StartAsync(on.Shell("while true; do sleep 1000; done"));
        var samples = new List<StatsSample>();
        await foreach (var sample in on.Runtime.StreamStatsAsync(id, on.Soon))
        {
            samples.Add(sample);
            if (samples.Count == 2)
            {
                await on.Runtime.KillContainerAsync(id, cancellationToken: on.Soon);
            }
        }

        Assert.InRange(samples.Count, 2, 4);
        Assert.True(samples[1].Timestamp > samples[0].Timestamp && samples[1].CpuTotalNanoseconds >= samples[0].CpuTotalNanoseconds);
        Assert.InRange((samples[1].Timestamp - samples[0].Timestamp).TotalSeconds, 0.3, 5);
        Assert.True(samples[0] is { MemoryUsed: > 0, MemoryLimit: 0, OnlineCpus: > 0, PidsCurrent: > 0 });
    });

    [SkippableTheory, OnEveryRuntime(RuntimeOperation.StatsStream)]
    public Task Samples_tell_the_limit_of_processes(string runtime) => CaseAsync(runtime, async on =>
    {
        var id = await on.StartAsync(on.Shell("while true; do sleep 1000; done") with { Limits = new ResourceLimits { Pids = 50 } });
        Assert.Equal(50UL, (await on.Runtime.StreamStatsAsync(id, on.Soon).FirstAsync(on.Soon)).PidsLimit);
    });
}
