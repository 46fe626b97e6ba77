using ZLayer.Core.Errors;
using ZLayer.Core.Runtimes;
using ZLayer.Core.Runtimes.Docker;
using ZLayer.Core.Tests.Engines;
using ZLayer.Core.Tests.Layers;
using ZLayer.Testing;

namespace ZLayer.Core.Tests.Runtimes.Docker;

public sealed class NamedEngineTests : IAsyncDisposable
{
    private readonly TemporaryDirectory _directory = new();
    private readonly ZLayerEngine _engine;

    public NamedEngineTests()
        => _engine = new ZLayerEngine(Options(new NamedEngines()));

    public async ValueTask DisposeAsync()
    {
        await _engine.DisposeAsync();
        _directory.Dispose();
    }

    [Fact]
    public async Task Two_engines_answer_each_by_its_name()
    {
        await using var blue = new ScriptedEngine(ContainerCalled("blue-web"));
        await using var green = new ScriptedEngine(ContainerCalled("green-web"));
        _engine.RegisterRuntime(new DockerRuntimeOptions { Name = "blue", Host = blue.Host });
        _engine.RegisterRuntime(new DockerRuntimeOptions { Name = "green", Host = green.Host });

        var lists = await Task.WhenAll(
            _engine.Runtimes.Get("blue").ListContainersAsync(ContainerFilter.None), _engine.Runtimes.Get("GREEN").ListContainersAsync(ContainerFilter.None));

        Assert.Equal(["blue-web/blue", "green-web/green"], lists.Select(list => Assert.Single(list)).Select(c => $"{c.Name}/{c.Runtime}"));
        Assert.Equal(["docker", "podman", "fake", "blue", "green"], _engine.Runtimes.Names);
    }

    [Fact]
    public async Task Engines_that_share_the_names_see_what_one_of_them_registers()
    {
        var names = new NamedEngines();
        await using var first = new ZLayerEngine(Options(names));
        await using var second = new ZLayerEngine(Options(names));

        first.RegisterRuntime(new DockerRuntimeOptions { Name = "lab", Host = "tcp://lab:2375" });

        Assert.Equal("lab", second.Runtimes.Get("lab").Name);
        second.Runtimes.Unregister("LAB");
        Assert.Equal(ZLayerErrorKind.RuntimeNotFound, Assert.Throws<ZLayerException>(() => first.Runtimes.Get("lab")).Kind);
    }

    [Fact]
    public void A_name_is_given_once_unless_it_is_to_be_replaced()
    {
        _engine.RegisterRuntime(new DockerRuntimeOptions { Name = "lab", Host = "tcp://one:2375" });
        var before = _engine.Runtimes.Get("lab");

        var error = Assert.Throws<ZLayerException>(() => _engine.RegisterRuntime(new DockerRuntimeOptions { Name = "Lab", Host = "tcp://two:2375" }));

        Assert.Equal(ZLayerErrorKind.NameInUse, error.Kind);
        Assert.Same(before, _engine.Runtimes.Get("lab"));
        _engine.RegisterRuntime(new DockerRuntimeOptions { Name = "Lab", Host = "tcp://two:2375" }, replace: true);
        Assert.NotSame(before, _engine.Runtimes.Get("lab"));
        Assert.Equal("Lab", Assert.Single(_engine.Runtimes.Names.Skip(3)));
    }

    [Theory]
    [InlineData("docker")]
    [InlineData("Podman")]
    [InlineData("fake")]
    public void What_is_built_in_keeps_its_name(string name)
    {
        Assert.Equal(ZLayerErrorKind.NameInUse, Assert.Throws<ZLayerException>(
            () => _engine.RegisterRuntime(new DockerRuntimeOptions { Name = name, Host = "tcp://x" }, replace: true)).Kind);
        Assert.Equal(ZLayerErrorKind.NameInUse, Assert.Throws<ZLayerException>(() => _engine.Runtimes.Unregister(name)).Kind);
    }

    [Theory]
    [InlineData("")]
    [InlineData("a b")]
    [InlineData("-a")]
    [InlineData("a*")]
    [InlineData("ü")]
    [InlineData("a/b")]
    public void A_name_that_is_none_is_refused(string name)
        => Assert.Equal(ZLayerErrorKind.InvalidArgument, Assert.Throws<ZLayerException>(
            () => _engine.RegisterRuntime(new DockerRuntimeOptions { Name = name, Host = "tcp://x" })).Kind);

    [Theory]
    [InlineData("gopher://x", "gopher")]
    [InlineData("unix://relative", "relative")]
    public void An_address_that_is_none_is_refused_when_it_is_named(string address, string told)
    {
        var error = Assert.Throws<ZLayerException>(() => _engine.RegisterRuntime(new DockerRuntimeOptions { Name = "x", Host = address }));

        Assert.Equal(ZLayerErrorKind.InvalidArgument, error.Kind);
        Assert.Contains(told, error.Message);
        Assert.DoesNotContain("x", _engine.Runtimes.Names);
    }

    [Fact]
    public void Certificates_are_refused_where_they_would_be_dropped()
    {
        var socket = new DockerRuntimeOptions { Name = "x", Host = "unix:///run/docker.sock", Tls = new DockerTls { AuthorityFile = "/ca.pem" } };
        var half = new DockerRuntimeOptions { Name = "x", Host = "tcp://x", Tls = new DockerTls { CertificateFile = "/cert.pem" } };

        Assert.Contains("unix:///run/docker.sock", Assert.Throws<ZLayerException>(() => _engine.RegisterRuntime(socket)).Message);
        Assert.Contains("tcp://x:2376", Assert.Throws<ZLayerException>(() => _engine.RegisterRuntime(half)).Message);
    }

    [Fact]
    public async Task A_context_that_changes_leads_to_its_new_engine()
    {
        await using var blue = new ScriptedEngine(ContainerCalled("blue-web"));
        await using var green = new ScriptedEngine(ContainerCalled("green-web"));
        EngineContexts.Write(_directory.Path, "shop", blue.Host);
        _engine.RegisterRuntime(new DockerRuntimeOptions { Name = "shop", Context = "shop" });
        var runtime = _engine.Runtimes.Get("shop");
        Assert.Equal("blue-web", Assert.Single(await runtime.ListContainersAsync(ContainerFilter.None)).Name);

        File.SetLastWriteTimeUtc(EngineContexts.Write(_directory.Path, "shop", green.Host), DateTime.UtcNow.AddSeconds(5));

        Assert.Equal("green-web", Assert.Single(await runtime.ListContainersAsync(ContainerFilter.None)).Name);
    }

    [Fact]
    public void A_context_that_is_not_there_is_refused_when_it_is_named()
        => Assert.Contains("'nowhere'", Assert.Throws<ZLayerException>(
            () => _engine.RegisterRuntime(new DockerRuntimeOptions { Name = "x", Context = "nowhere" })).Message);

    [Fact]
    public async Task The_default_context_is_the_engine_of_the_environment()
    {
        _engine.RegisterRuntime(new DockerRuntimeOptions { Name = "usual", Context = "default" });

        var info = await _engine.Runtimes.Get("usual").DescribeAsync();

        Assert.Equal("unix:///environment/docker.sock", info.Endpoint);
    }

    [Fact]
    public async Task An_address_is_the_name_of_its_engine()
    {
        await using var blue = new ScriptedEngine(ContainerCalled("blue-web"));

        var container = Assert.Single(await _engine.Runtimes.Get(blue.Host).ListContainersAsync(ContainerFilter.None));

        Assert.Equal(("blue-web", blue.Host), (container.Name, container.Runtime));
        Assert.Same(_engine.Runtimes.Get($" {blue.Host} "), _engine.Runtimes.Get(container.Runtime));
        Assert.Equal(["docker", "podman", "fake"], _engine.Runtimes.Names);
    }

    [Fact]
    public async Task A_context_is_an_address_too()
    {
        await using var blue = new ScriptedEngine(ContainerCalled("blue-web"));
        EngineContexts.Write(_directory.Path, "shop", blue.Host);

        var container = Assert.Single(await _engine.Runtimes.Get(RuntimeAddress.OfContext("shop")).ListContainersAsync(ContainerFilter.None));

        Assert.Equal(("blue-web", "context://shop"), (container.Name, container.Runtime));
        Assert.Equal("unix:///environment/docker.sock", (await _engine.Runtimes.Get("context://default").DescribeAsync()).Endpoint);
    }

    [Fact]
    public async Task An_address_is_reached_with_the_TLS_of_the_environment_as_Dockers_command_line_does_it()
    {
        var options = Options(new NamedEngines());
        await using var engine = new ZLayerEngine(options with { Docker = options.Docker with { Tls = new DockerTls() } });

        Assert.Equal("tcp://127.0.0.1:2376", (await engine.Runtimes.Get("tcp://127.0.0.1").DescribeAsync()).Endpoint);
        Assert.Equal("tcp://127.0.0.1:2375", (await _engine.Runtimes.Get("tcp://127.0.0.1").DescribeAsync()).Endpoint);
        Assert.Equal("tcp://127.0.0.1:2376", (await _engine.Runtimes.Get("https://127.0.0.1").DescribeAsync()).Endpoint);
    }

    [Fact]
    public async Task An_address_may_be_the_default_and_is_listed_then()
    {
        await using var blue = new ScriptedEngine(ContainerCalled("blue-web"));
        await using var engine = new ZLayerEngine(Options(new NamedEngines()) with { Runtime = blue.Host });

        Assert.Equal("blue-web", Assert.Single(await engine.Runtimes.Get().ListContainersAsync(ContainerFilter.None)).Name);
        Assert.Equal(blue.Host, Assert.Single(await engine.Runtimes.DescribeAsync(), info => info.IsDefault).Name);
    }

    [Theory]
    [InlineData("gopher://x", "gopher")]
    [InlineData("unix://relative", "relative")]
    [InlineData("tcp://", "host and port")]
    [InlineData("tcp://a:b", "host and port")]
    [InlineData("ssh://me:secret@host", "password")]
    [InlineData("context://", "no Docker context")]
    [InlineData("context://nowhere", "'nowhere'")]
    public void An_address_that_is_none_is_refused(string address, string told)
    {
        var error = Assert.Throws<ZLayerException>(() => _engine.Runtimes.Get(address));

        Assert.Equal(ZLayerErrorKind.InvalidArgument, error.Kind);
        Assert.Contains(told, error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("secret", error.ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("lab:2375", "tcp://lab:2375")]
    [InlineData("/run/docker.sock", "unix:///run/docker.sock")]
    [InlineData("lab", "docker, podman, fake")]
    public void A_name_that_may_be_meant_for_an_address_is_told_so(string name, string advice)
    {
        var error = Assert.Throws<ZLayerException>(() => _engine.Runtimes.Get(name));

        Assert.Equal(ZLayerErrorKind.RuntimeNotFound, error.Kind);
        Assert.Contains(advice, error.Advice, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_engine_that_is_absent_is_named_by_its_address_and_not_sought_elsewhere()
    {
        _engine.RegisterRuntime(new DockerRuntimeOptions { Name = "lab", Host = "unix:///nowhere/lab.sock" });

        var error = await Assert.ThrowsAsync<ZLayerException>(() => _engine.Runtimes.Get("lab").ListContainersAsync(ContainerFilter.None));
        var info = await _engine.Runtimes.Get("lab").DescribeAsync();

        Assert.Contains("/nowhere/lab.sock", error.Message);
        Assert.DoesNotContain("DOCKER_HOST", error.Advice);
        Assert.Equal(("lab", false, "unix:///nowhere/lab.sock"), (info.Name, info.IsAvailable, info.Endpoint));
    }

    [Fact]
    public void Contexts_are_listed_with_their_addresses()
    {
        EngineContexts.Write(_directory.Path, "b", "tcp://b:2375", "The second");
        EngineContexts.Write(_directory.Path, "a", "ssh://a");
        File.WriteAllText(EngineContexts.Write(_directory.Path, "broken", "tcp://c"), "{");

        Assert.Equal([new("default", null, null), new("a", "ssh://a", null), new("b", "tcp://b:2375", "The second")], _engine.ListDockerContexts());
    }

    private ZLayerEngineOptions Options(NamedEngines names)
        => new()
        {
            Root = Path.Combine(_directory.Path, "root"),
            Docker = new DockerRuntimeOptions { ConfigDirectory = _directory.Path, Host = "unix:///environment/docker.sock" },
            NamedEngines = names,
            FurtherRuntimes = new Dictionary<string, Func<IContainerRuntime>> { [FakeRuntime.RuntimeName] = () => new FakeRuntime() },
        };

    private static string ContainerCalled(string name)
        => ScriptedEngine.Answer(200, $$"""[{"Id":"{{new string('a', 64)}}","Names":["/{{name}}"],"Image":"i","ImageID":"sha256:{{new string('b', 64)}}","State":"running","Created":1}]""");
}
