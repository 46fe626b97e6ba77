using System.Net;
using System.Net.Sockets;
using ZLayer.Core.Builds.Run;
using ZLayer.Core.Tests.Engines;

namespace ZLayer.Core.Tests.Builds.Run;

public sealed class StepNetworkTests
{
    [SkippableFact]
    public async Task Without_a_network_there_is_loopback_only()
    {
        await using var fixture = StepFixture.Create();

        var result = await fixture.RunAsync(fixture.Shell("ls /sys/class/net; ping -c 1 -W 1 127.0.0.1 >/dev/null && echo up") with { Network = StepNetwork.None });

        Assert.Contains("lo", result.Output);
        Assert.DoesNotContain("eth0", result.Output);
        Assert.Contains("up", result.Output);
    }

    [SkippableFact]
    public async Task The_hosts_network_is_the_machines()
    {
        await using var fixture = StepFixture.Create();

        var result = await fixture.RunAsync(fixture.Shell("readlink /proc/self/ns/net") with { Network = StepNetwork.Host });

        Assert.Equal([new FileInfo("/proc/self/ns/net").LinkTarget!], result.Output);
    }

    [SkippableFact]
    public async Task The_default_network_reaches_the_machine_and_is_shared_by_steps()
    {
        await using var fixture = StepFixture.Create();
        Skip.IfNot(File.Exists("/usr/lib/podman/netavark") || File.Exists("/usr/libexec/podman/netavark"), "needs netavark");
        using var server = new TcpListener(IPAddress.Any, 0);
        server.Start();
        var port = ((IPEndPoint)server.LocalEndpoint).Port;
        var answering = AnswerAsync(server);
        const string gateway = "$(ip route | awk '/^default/ {print $3}')";

        var first = await fixture.RunAsync(fixture.Shell($"readlink /proc/self/ns/net; echo | nc {gateway} {port}") with { Network = StepNetwork.Default });
        var second = await fixture.RunAsync(fixture.Shell("readlink /proc/self/ns/net; ip addr show eth0 | grep -c 'inet 10\\.213\\.'") with { Network = StepNetwork.Default });
        Skip.If(fixture.Warnings.Count > 0, string.Join(" ", fixture.Warnings));

        Assert.NotEqual(new FileInfo("/proc/self/ns/net").LinkTarget, first.Output[0]);
        Assert.Equal("hello from the machine", first.Output[1]);
        Assert.Equal([first.Output[0], "1"], second.Output);
        server.Stop();
        await answering;
    }

    [SkippableFact]
    public async Task Where_the_network_cannot_be_made_steps_have_none_with_one_warning()
    {
        await using var fixture = StepFixture.Create();

        var (lines, warnings) = await RunTwiceWithoutNetworkAsync(fixture, allowHost: false, "readlink /proc/self/ns/net; ls /sys/class/net");

        Assert.DoesNotContain(new FileInfo("/proc/self/ns/net").LinkTarget!, lines);
        Assert.Equal(["lo", "lo"], lines.Where(line => !line.StartsWith("net:", StringComparison.Ordinal)));
        var warning = Assert.Single(warnings);
        Assert.Contains("no bridge today", warning);
        Assert.Contains("have no network", warning);
        Assert.Contains("network.host", warning);
    }

    [SkippableFact]
    public async Task Where_the_network_cannot_be_made_the_machines_is_used_by_those_who_agree_to_it_with_one_warning()
    {
        await using var fixture = StepFixture.Create();

        var (lines, warnings) = await RunTwiceWithoutNetworkAsync(fixture, allowHost: true, "readlink /proc/self/ns/net");

        var own = new FileInfo("/proc/self/ns/net").LinkTarget!;
        Assert.Equal([own, own], lines);
        Assert.Contains("no bridge today", Assert.Single(warnings));
    }

    private static async Task<(List<string> Lines, List<string> Warnings)> RunTwiceWithoutNetworkAsync(StepFixture fixture, bool allowHost, string script)
    {
        var programs = fixture.MakeLayer("programs");
        var broken = Path.Combine(programs, "netavark");
        Programs.WriteScript(broken, "#!/bin/sh\necho '{\"error\":\"no bridge today\"}'\nexit 1\n");
        var warnings = new List<string>();
        await using var runner = new StepRunner(new StepRunnerOptions { SearchPath = [programs], AllowHostNetwork = allowHost, Warning = warnings.Add });
        var lines = new List<string>();
        for (var i = 0; i < 2; i++)
        {
            await runner.RunAsync(fixture.Shell(script) with { Network = StepNetwork.Default }, new LineProgress(lines));
        }

        return (lines, warnings);
    }

    private static async Task AnswerAsync(TcpListener server)
    {
        try
        {
            using var client = await server.AcceptTcpClientAsync();
            await client.GetStream().WriteAsync("hello from the machine\n"u8.ToArray());
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
        }
    }

    private sealed class LineProgress(List<string> lines) : IProgress<StepOutput>
    {
        public void Report(StepOutput value) => lines.Add(value.Line);
    }
}
