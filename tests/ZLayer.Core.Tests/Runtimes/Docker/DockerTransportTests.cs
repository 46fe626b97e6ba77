using System.Globalization;
using System.Net;
using System.Net.Sockets;
using ZLayer.Core.Errors;
using ZLayer.Core.Runtimes;
using ZLayer.Core.Runtimes.Docker;
using ZLayer.Core.Runtimes.Execution;
using ZLayer.Core.Runtimes.Specifications;
using ZLayer.Core.Tests.Engines;
using ZLayer.Core.Tests.Faults;
using ZLayer.Core.Tests.Layers;

namespace ZLayer.Core.Tests.Runtimes.Docker;

/// <summary>The ways to a real engine: TLS, SSH, and sockets that may not be used.</summary>
[Collection(DockerEngineCollection.Name)]
public sealed class DockerTransportTests(DockerEngineFixture docker)
{
    [SkippableFact]
    public async Task An_engine_is_reached_over_tls_with_a_client_certificate()
    {
        Skip.If(PrivateEngine.Obstacle is not null, PrivateEngine.Obstacle);
        using var directory = new TemporaryDirectory();
        var certificates = new EngineCertificates(directory.Path);
        var port = FreePort();
        await using var engine = await PrivateEngine.StartAsync(
            "-H", $"tcp://127.0.0.1:{port}", "-H", $"tcp://127.0.0.2:{port}", "--tlsverify", "--tlscacert", certificates.PathOf("ca.pem"), "--tlscert", certificates.PathOf("server-cert.pem"), "--tlskey", certificates.PathOf("server-key.pem"));
        var verified = DockerTls.FromDirectory(directory.Path, verify: true);
        var address = $"tcp://127.0.0.1:{port}";

        await AssertWorksAsync(address, verified);
        await AssertWorksAsync($"tcp://localhost:{port}", verified);
        // A client that trusts anyone still proves who it is.
        await AssertWorksAsync(address, verified with { AuthorityFile = null, Verify = false });

        Assert.Contains("certificate is not trusted", await ReasonAsync(address, verified with { AuthorityFile = null }));
        Assert.Contains("client certificate", await ReasonAsync(address, verified with { CertificateFile = null, KeyFile = null }));
        Assert.Contains("another name", await ReasonAsync($"tcp://127.0.0.2:{port}", verified));
        Assert.Contains("cannot be read", await ReasonAsync(address, verified with { AuthorityFile = certificates.PathOf("key.pem") }));
        Assert.False((await DescribeAsync(address, null)).IsAvailable);
        Assert.Contains("no secure connection", await ReasonAsync($"tcp://127.0.0.1:{await PlainServer.StartAsync()}", verified));
    }

    [SkippableFact]
    public async Task An_engine_is_reached_over_ssh()
    {
        Skip.IfNot(docker.IsAvailable, docker.Reason);
        Skip.If(SshServer.Obstacle is not null, SshServer.Obstacle);
        Skip.IfNot(docker.Host.StartsWith("unix://", StringComparison.Ordinal), "needs an engine at a Unix socket");
        await using var server = await SshServer.StartAsync(docker.Host);
        var address = string.Create(CultureInfo.InvariantCulture, $"ssh://{Environment.UserName}@127.0.0.1:{server.Port}");

        foreach (var host in (string[])[address, address + docker.Host["unix://".Length..]])
        {
            await using var runtime = new DockerRuntime(new DockerRuntimeOptions { Host = host, SshProgram = server.Program });
            var info = await runtime.DescribeAsync(detailed: true);
            Assert.True(info.IsAvailable, info.Reason);
            await FollowOneEventAsync(runtime);
        }

        await using var stranger = new DockerRuntime(new DockerRuntimeOptions { Host = address, SshProgram = server.StrangerProgram });
        Assert.Contains("Permission denied", (await stranger.DescribeAsync()).Reason);
        await using var lost = new DockerRuntime(new DockerRuntimeOptions { Host = address + "/nowhere.sock", SshProgram = server.Program });
        Assert.Contains("/nowhere.sock", (await lost.DescribeAsync()).Reason);
        await using var missing = new DockerRuntime(new DockerRuntimeOptions { Host = address, SshProgram = "/nowhere/ssh" });
        Assert.Contains("/nowhere/ssh cannot be started", (await missing.DescribeAsync()).Reason);
    }

    [SkippableFact]
    public async Task A_session_over_ssh_carries_both_ways_and_can_be_given_up()
    {
        Skip.IfNot(docker.IsAvailable, docker.Reason);
        Skip.If(SshServer.Obstacle is not null, SshServer.Obstacle);
        Skip.IfNot(docker.Host.StartsWith("unix://", StringComparison.Ordinal), "needs an engine at a Unix socket");
        await EngineImages.EnsureAsync(docker, EngineTest.Image);
        await using var server = await SshServer.StartAsync(docker.Host);
        await using var runtime = new DockerRuntime(new DockerRuntimeOptions
        {
            Host = string.Create(CultureInfo.InvariantCulture, $"ssh://{Environment.UserName}@127.0.0.1:{server.Port}"), SshProgram = server.Program,
        });
        var created = await runtime.CreateContainerAsync(new ContainerSpecification { Image = EngineTest.Image, Command = ["sh", "-c", "cat; sleep 600"], Network = "none", OpenStdin = true, StdinOnce = true });
        try
        {
            await using var session = await runtime.AttachAsync(created.Id, new AttachOptions { StdIn = true });
            await runtime.StartContainerAsync(created.Id);
            await session.Input.WriteAsync("to and fro"u8.ToArray());
            await session.CloseInputAsync();
            using var end = new CancellationTokenSource();
            await using var output = session.ReadAsync(end.Token).GetAsyncEnumerator();

            Assert.True(await output.MoveNextAsync());
            Assert.Equal("to and fro"u8.ToArray(), output.Current.Data.ToArray());
            var silence = output.MoveNextAsync().AsTask();
            await end.CancelAsync();
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => silence.WaitAsync(TimeSpan.FromSeconds(20)));
        }
        finally
        {
            await runtime.RemoveContainerAsync(created.Id, new ContainerRemoveOptions { Force = true });
        }
    }

    [SkippableFact]
    public async Task No_ssh_is_left_behind()
    {
        Skip.IfNot(docker.IsAvailable, docker.Reason);
        Skip.If(SshServer.Obstacle is not null, SshServer.Obstacle);
        Skip.IfNot(docker.Host.StartsWith("unix://", StringComparison.Ordinal), "needs an engine at a Unix socket");
        await using var server = await SshServer.StartAsync(docker.Host);
        var address = string.Create(CultureInfo.InvariantCulture, $"ssh://{Environment.UserName}@127.0.0.1:{server.Port}");

        await using (var runtime = new DockerRuntime(new DockerRuntimeOptions { Host = address, SshProgram = server.Program }))
        {
            Assert.True((await runtime.DescribeAsync()).IsAvailable);
            Assert.NotEmpty(await SshProcessesAsync(server.Port));
        }

        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(20));
        while ((await SshProcessesAsync(server.Port)).Length > 0)
        {
            await Task.Delay(20, patience.Token);
        }
    }

    [SkippableFact]
    public async Task A_user_who_may_not_use_the_socket_is_told_what_to_do()
    {
        Skip.IfNot(docker.IsAvailable, docker.Reason);
        Skip.IfNot(CommandLine.IsBuilt, CommandLine.WhyNot);
        Skip.IfNot(Environment.IsPrivilegedProcess && Programs.Find("setpriv") is not null && docker.Host.StartsWith("unix://", StringComparison.Ordinal), "needs root, setpriv and a Unix socket");
        using var directory = new TemporaryDirectory();
        var socket = Path.Combine(directory.Path, "docker.sock");
        File.SetUnixFileMode(directory.Path, (UnixFileMode)0x1ED);
        using var listener = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        listener.Bind(new UnixDomainSocketEndPoint(socket));
        listener.Listen();
        File.SetUnixFileMode(socket, UnixFileMode.UserRead | UnixFileMode.UserWrite);

        var ended = await CommandLine.RunAsync(
            null,
            ["ps"],
            environment: new Dictionary<string, string?> { ["DOCKER_HOST"] = "unix://" + socket, ["HOME"] = directory.Path, ["ZLAYER_HOME"] = directory.Path + "/root" },
            prefix: ["setpriv", "--reuid", "65534", "--regid", "65534", "--clear-groups"]);

        Assert.NotEqual(0, ended.ExitCode);
        Assert.Contains("may not use the socket", ended.Error);
        Assert.Contains("usermod -aG docker", ended.Error);
    }

    [Theory]
    [InlineData("unix:///nowhere/docker.sock", "there is no socket")]
    [InlineData("tcp://127.0.0.1:1", "cannot be connected to")]
    [InlineData("tcp://engine.invalid:2375", "does not resolve")]
    [InlineData("npipe:////./pipe/nothing", "pipe")]
    public async Task An_engine_that_is_absent_is_unavailable(string address, string reason)
    {
        await using var runtime = new DockerRuntime(new DockerRuntimeOptions { Host = address, ConnectTimeout = TimeSpan.FromSeconds(10) });

        var error = await Assert.ThrowsAsync<ZLayerException>(async () => await runtime.GetEventsAsync(new EventFilter()).GetAsyncEnumerator().MoveNextAsync());

        Assert.Equal(ZLayerErrorKind.RuntimeUnavailable, error.Kind);
        Assert.Contains(reason, error.Message);
        Assert.NotNull(error.Advice);
    }

    [Fact]
    public async Task A_socket_without_an_engine_is_told_from_no_socket()
    {
        using var directory = new TemporaryDirectory();
        var path = Path.Combine(directory.Path, "docker.sock");
        using (var dead = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified))
        {
            dead.Bind(new UnixDomainSocketEndPoint(path));
        }

        Assert.Contains(File.Exists(path) ? "nothing listens" : "there is no socket", await ReasonAsync("unix://" + path, null));
        await File.WriteAllTextAsync(path, "");
        Assert.Contains("nothing listens", await ReasonAsync("unix://" + path, null));
        Assert.Contains("longer than the system allows", await ReasonAsync("unix:///" + new string('a', 200), null));
    }

    private static async Task FollowOneEventAsync(DockerRuntime runtime)
    {
        // A window of time in the past has an end, whatever happens in the engine.
        await foreach (var _ in runtime.GetEventsAsync(new EventFilter { Since = DateTimeOffset.UtcNow.AddSeconds(-1), Until = DateTimeOffset.UtcNow.AddMilliseconds(-500) }))
        {
        }
    }

    private static async Task AssertWorksAsync(string host, DockerTls tls)
    {
        var info = await DescribeAsync(host, tls);
        Assert.True(info.IsAvailable, info.Reason);
    }

    private static async Task<string?> ReasonAsync(string host, DockerTls? tls) => (await DescribeAsync(host, tls)).Reason;

    private static async Task<RuntimeInfo> DescribeAsync(string host, DockerTls? tls)
    {
        await using var runtime = new DockerRuntime(new DockerRuntimeOptions { Host = host, Tls = tls });
        return await runtime.DescribeAsync();
    }

    private static async Task<string> SshProcessesAsync(int port)
        => (await Programs.RunAsync("pgrep", "-a", "-f", string.Create(CultureInfo.InvariantCulture, $"^ssh .*-p {port} "))).Output;

    private static int FreePort()
    {
        using var probe = new TcpListener(IPAddress.Loopback, 0);
        probe.Start();
        return ((IPEndPoint)probe.LocalEndpoint).Port;
    }

    /// <summary>Something that answers in plain words where TLS is expected.</summary>
    private static class PlainServer
    {
        public static Task<int> StartAsync()
        {
            var listener = new TcpListener(IPAddress.Loopback, 0);
            listener.Start();
            _ = Task.Run(async () =>
            {
                using var client = await listener.AcceptTcpClientAsync();
                await client.GetStream().WriteAsync("HTTP/1.1 400 Bad Request\r\n\r\n"u8.ToArray());
                client.Client.Shutdown(SocketShutdown.Send);
                await client.GetStream().CopyToAsync(Stream.Null);
                listener.Dispose();
            });
            return Task.FromResult(((IPEndPoint)listener.LocalEndpoint).Port);
        }
    }
}
