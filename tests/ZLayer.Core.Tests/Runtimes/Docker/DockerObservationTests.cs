using System.Net;
using ZLayer.Core.Errors;
using ZLayer.Core.Runtimes;
using ZLayer.Core.Runtimes.Specifications;
using ZLayer.Core.Tests.Engines;

namespace ZLayer.Core.Tests.Runtimes.Docker;

public sealed class DockerObservationTests(DockerEngineFixture docker) : EngineTest(docker)
{
    private const string Forever = "trap 'exit 0' TERM; while :; do sleep 1 & wait; done";

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
