using System.Net;
using System.Net.Sockets;
using ZLayer.Core.Errors;
using ZLayer.Core.Oci;
using ZLayer.Core.Runtimes;
using ZLayer.Core.Runtimes.Observation;
using ZLayer.Core.Runtimes.Operations;
using ZLayer.Core.Runtimes.Specifications;
using ZLayer.Testing;

namespace ZLayer.Core.Tests.Runtimes.Operations;

/// <summary>Waiting for what shows from outside that a container can be used.</summary>
public sealed class ContainerSignsTests
{
    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(30);

    private readonly IContainerRuntime _runtime = new FakeRuntime();

    [Fact]
    public async Task A_line_that_matches_ends_the_wait_whatever_its_case_and_whichever_stream_it_is_of()
    {
        await StartAsync("web", "echo starting; echo Ready to ACCEPT >&2; sleep infinity");

        Assert.Equal("Ready to ACCEPT", (await WaitAsync("web", Pattern("ready to accept")))!.Text);
        Assert.Equal(ZLayerErrorKind.OperationTimedOut, (await FailAsync("web", Pattern("(?-i)ready"), TimeSpan.FromMilliseconds(50))).Kind);
    }

    [Fact]
    public async Task A_container_that_has_ended_ends_the_wait_for_a_line_it_did_not_write()
    {
        await StartAsync("job", "echo first; echo cannot open the database; exit 3");

        var error = await FailAsync("job", Pattern("ready"), Soon);

        Assert.Equal((ZLayerErrorKind.ContainerNotReady, 3), (error.Kind, error.ExitCode));
        Assert.Contains("'job': it has ended with exit code 3", error.Message, StringComparison.Ordinal);
        Assert.Contains("cannot open the database", error.Details);
        Assert.Equal("first", (await WaitAsync("job", Pattern("^first$")))!.Text);
    }

    [Fact]
    public async Task A_container_that_is_started_meanwhile_is_waited_for()
    {
        var container = await CreateAsync("late", "echo ready; sleep infinity");
        var waiting = WaitAsync("late", new ContainerSigns { Ports = [80], LogPattern = ContainerSigns.ParsePattern("ready") });

        await _runtime.StartContainerAsync(container);

        Assert.Equal("ready", (await waiting)!.Text);
    }

    [Fact]
    public async Task A_port_that_is_not_published_or_of_a_container_that_is_gone_is_an_error_at_once()
    {
        await StartAsync("web", "sleep infinity");
        await StartAsync("job", "exit 1");

        Assert.Null(await WaitAsync("web", new ContainerSigns { Ports = [80, 80] }));
        var unpublished = await FailAsync("web", new ContainerSigns { Ports = [81] }, Soon);
        Assert.Equal(ZLayerErrorKind.InvalidArgument, unpublished.Kind);
        Assert.Contains("81/tcp is not published", unpublished.Message, StringComparison.Ordinal);
        Assert.Equal(ZLayerErrorKind.ContainerNotReady, (await FailAsync("job", new ContainerSigns { Ports = [80] }, Soon)).Kind);
        Assert.Equal(ZLayerErrorKind.ContainerNotFound, (await FailAsync("none", new ContainerSigns { Ports = [80] }, Soon)).Kind);
    }

    [Fact]
    public async Task A_wait_that_is_over_names_the_container_and_what_is_missing()
    {
        var container = await CreateAsync("web", "sleep infinity");

        var error = await FailAsync(container, new ContainerSigns { Ports = [80] }, TimeSpan.FromMilliseconds(50));

        Assert.Equal("Waiting for the container 'web': its port 80 accepts no connection after 0.05 s.", error.Message);
    }

    [Theory]
    [InlineData("[")]
    [InlineData("(?<a")]
    public void A_pattern_that_is_none_is_refused(string text)
        => Assert.Equal(ZLayerErrorKind.InvalidArgument, Assert.Throws<ZLayerException>(() => ContainerSigns.ParsePattern(text)).Kind);

    [Fact]
    public async Task A_proxy_that_hangs_up_for_a_program_that_does_not_listen_is_not_taken_for_it()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var port = new PortMappingInfo { ContainerPort = 80, HostIP = "0.0.0.0", HostPort = (ushort)((IPEndPoint)listener.LocalEndpoint).Port };

        var probing = PortProbe.AcceptsAsync("127.0.0.1", port, CancellationToken.None);
        (await listener.AcceptTcpClientAsync()).Dispose();
        Assert.False(await probing);

        probing = PortProbe.AcceptsAsync("127.0.0.1", port, CancellationToken.None);
        using var kept = await listener.AcceptTcpClientAsync();
        Assert.True(await probing);

        listener.Stop();
        Assert.False(await PortProbe.AcceptsAsync("127.0.0.1", port, CancellationToken.None));
    }

    private static ContainerSigns Pattern(string text) => new() { LogPattern = ContainerSigns.ParsePattern(text) };

    private Task<LogRecord?> WaitAsync(string container, ContainerSigns signs) => _runtime.WaitForSignsAsync(container, signs, Soon);

    private Task<ZLayerException> FailAsync(string container, ContainerSigns signs, TimeSpan limit)
        => Assert.ThrowsAsync<ZLayerException>(() => _runtime.WaitForSignsAsync(container, signs, limit));

    private async Task<string> CreateAsync(string name, string script)
    {
        await _runtime.PullImageAsync(ImageReference.Parse("busybox"), cancellationToken: CancellationToken.None);
        return (await _runtime.CreateContainerAsync(new ContainerSpecification
        {
            Name = name, Image = "busybox", Command = ["sh", "-c", script], Ports = [new PortMapping { ContainerPort = 80, HostPort = 0 }],
        })).Id;
    }

    private async Task StartAsync(string name, string script) => await _runtime.StartContainerAsync(await CreateAsync(name, script));
}
