using System.Security.Cryptography;
using System.Text;
using ZLayer.Core.Errors;
using ZLayer.Core.Runtimes.Docker;
using ZLayer.Core.Tests.Engines;
using ZLayer.Core.Tests.Layers;
using ZLayer.Core.Tests.Mutations;

namespace ZLayer.Core.Tests.Runtimes.Docker;

public sealed class EndpointSearchTests : IDisposable
{
    private readonly TemporaryDirectory _config = new();

    public void Dispose() => _config.Dispose();

    [Fact]
    public void An_address_wins_over_contexts()
    {
        AddContext("far", "tcp://far:2375");
        WriteConfig("""{"currentContext":"far"}""");

        Assert.Equal("tcp://near:1", Find(new DockerRuntimeOptions { Host = "tcp://near:1", Context = "far" }));
    }

    [Fact]
    public void A_named_context_wins_over_the_current_one()
    {
        AddContext("far", "tcp://far:2375");
        AddContext("über", "ssh://me@ueber");
        WriteConfig("""{"currentContext":"far", /* a person wrote this */ "auths":{},}""");

        Assert.Equal("tcp://far:2375", Find(new DockerRuntimeOptions()));
        Assert.Equal("ssh://me@ueber", Find(new DockerRuntimeOptions { Context = "über" }));
        Assert.Equal(DockerEndpoint.Default.ToString(), Find(new DockerRuntimeOptions { Context = "default" }));
    }

    [Fact]
    public void A_context_brings_its_certificates()
    {
        var directory = AddContext("tls", "tcp://far:2376");
        File.WriteAllText(Path.Combine(Directory.CreateDirectory(directory).FullName, "ca.pem"), "");

        var endpoint = EndpointSearch.Find(new DockerRuntimeOptions { Context = "tls", ConfigDirectory = _config.Path });

        Assert.Equal(Path.Combine(directory, "ca.pem"), endpoint.Tls!.AuthorityFile);
        Assert.Null(endpoint.Tls.CertificateFile);
        Assert.True(endpoint.Tls.Verify);
    }

    [Fact]
    public void A_context_may_forgo_verification()
    {
        AddContext("lax", "tcp://far:2376", skipVerify: true);

        Assert.False(EndpointSearch.Find(new DockerRuntimeOptions { Context = "lax", ConfigDirectory = _config.Path }).Tls!.Verify);
    }

    [Theory]
    [InlineData("nowhere")]
    [InlineData("../../etc")]
    public void A_context_that_is_not_there_is_an_error_with_its_name(string name)
    {
        var error = Assert.Throws<ZLayerException>(() => Find(new DockerRuntimeOptions { Context = name }));

        Assert.Equal((ZLayerErrorKind.InvalidArgument, name), (error.Kind, error.Subject));
        Assert.Contains("docker context ls", error.Advice);
    }

    [Theory]
    [InlineData("{")]
    [InlineData("[]")]
    [InlineData("{\"currentContext\":7}")]
    [InlineData("{\"currentContext\":\"\\ud800\"}")]
    [InlineData("{\"currentContext\":null}")]
    [InlineData("null")]
    [InlineData("")]
    public void A_damaged_config_is_an_error_or_no_choice(string text)
    {
        WriteConfig(text);

        try
        {
            Assert.Equal(DockerEndpoint.Default.ToString(), Find(new DockerRuntimeOptions()));
        }
        catch (ZLayerException e)
        {
            Assert.Equal(ZLayerErrorKind.StorageReadFailed, e.Kind);
            Assert.Contains("config.json", e.Message);
        }
    }

    [Theory]
    [InlineData("[]")]
    [InlineData("null")]
    [InlineData("{")]
    [InlineData("{\"Endpoints\":null}")]
    [InlineData("{\"Endpoints\":[]}")]
    [InlineData("{\"Endpoints\":{\"docker\":null}}")]
    [InlineData("{\"Endpoints\":{\"docker\":[]}}")]
    [InlineData("{\"Endpoints\":{\"docker\":{\"Host\":7}}}")]
    [InlineData("{\"Endpoints\":{\"docker\":{\"Host\":\"\\ud800\"}}}")]
    [InlineData("{\"Endpoints\":{\"docker\":{\"Host\":\"ssh://-oProxyCommand=x\"}}}")]
    public void A_damaged_context_is_an_error(string text)
    {
        AddContext("odd", "tcp://far:1");
        File.WriteAllText(Directory.GetFiles(_config.Path, "meta.json", SearchOption.AllDirectories).Single(), text);

        Assert.Contains(
            Assert.Throws<ZLayerException>(() => Find(new DockerRuntimeOptions { Context = "odd" })).Kind, (ZLayerErrorKind[])[ZLayerErrorKind.InvalidArgument, ZLayerErrorKind.StorageReadFailed]);
    }

    [Fact]
    public void Files_of_Docker_that_are_almost_valid_end_in_an_address_or_an_error()
    {
        AddContext("far", "tcp://far:2375");
        var file = Directory.GetFiles(_config.Path, "meta.json", SearchOption.AllDirectories).Single();
        JsonMutations.Check(
            [File.ReadAllText(file)],
            json =>
            {
                File.WriteAllBytes(file, json);
                _ = Find(new DockerRuntimeOptions { Context = "far" });
            },
            rounds: 300);
        File.WriteAllText(file, "{\"Endpoints\":{\"docker\":{\"Host\":\"tcp://far:2375\"}}}");
        JsonMutations.Check(
            ["""{"currentContext":"far","HttpHeaders":{"X-Team":"blue","X-More":"green"},"auths":{}}"""],
            json =>
            {
                File.WriteAllBytes(Path.Combine(_config.Path, "config.json"), json);
                _ = EndpointSearch.Headers(_config.Path);
                _ = Find(new DockerRuntimeOptions());
            },
            rounds: 300);
    }

    [Theory]
    [InlineData("""{"HttpHeaders":{"X-Team":"blue\r\nX-Other: red"}}""")]
    [InlineData("""{"HttpHeaders":{"X-Team\r\nX-Other":"red"}}""")]
    [InlineData("""{"HttpHeaders":{"X Team":"red"}}""")]
    [InlineData("""{"HttpHeaders":{"":"red"}}""")]
    [InlineData("""{"HttpHeaders":{"X-Team":"\u0000"}}""")]
    public async Task A_header_that_would_end_in_its_middle_is_refused(string config)
    {
        WriteConfig(config);
        await using var engine = new RecordedEngine();
        await using var runtime = new DockerRuntime(new DockerRuntimeOptions { Host = engine.Host, ConfigDirectory = _config.Path });

        var error = await Assert.ThrowsAsync<ZLayerException>(() => runtime.InspectContainerAsync("web"));

        Assert.Equal(ZLayerErrorKind.InvalidArgument, error.Kind);
    }

    [Fact]
    public async Task Of_two_headers_of_one_name_the_last_counts()
    {
        WriteConfig("""{"HttpHeaders":{"X-Team":"blue","X-Team":"red","x-team":"green"}}""");
        await using var engine = new RecordedEngine();
        await using var runtime = new DockerRuntime(new DockerRuntimeOptions { Host = engine.Host, ConfigDirectory = _config.Path });

        Assert.Equal("web", (await runtime.InspectContainerAsync("web")).Name);
        Assert.Equal("green", Assert.Single(EndpointSearch.Headers(_config.Path)).Value);
    }

    [Fact]
    public void The_first_socket_that_exists_is_taken()
    {
        var socket = Path.Combine(_config.Path, "docker.sock");
        var options = new DockerRuntimeOptions { Sockets = ["/nowhere/docker.sock", socket] };

        Assert.Equal("unix:///nowhere/docker.sock", Find(options));
        File.WriteAllText(socket, "");
        Assert.Equal("unix://" + socket, Find(options));
    }

    [Fact]
    public async Task Another_context_counts_from_the_next_operation_on()
    {
        await using var first = new ScriptedEngine(ScriptedEngine.Answer(200, """{"Version":"1"}"""));
        await using var second = new ScriptedEngine(ScriptedEngine.Answer(200, """{"Version":"2"}"""));
        AddContext("first", first.Host);
        AddContext("second", second.Host);
        WriteConfig("""{"currentContext":"first"}""");
        await using var runtime = new DockerRuntime(new DockerRuntimeOptions { ConfigDirectory = _config.Path });

        Assert.Equal("1", (await runtime.DescribeAsync()).Version);
        WriteConfig("""{"currentContext":"second"}""");
        File.SetLastWriteTimeUtc(Path.Combine(_config.Path, "config.json"), DateTime.UtcNow.AddSeconds(5));

        Assert.Equal("2", (await runtime.DescribeAsync()).Version);
        WriteConfig("""{"currentContext":"none"}""");
        Assert.Contains("There is no Docker context 'none'", (await runtime.DescribeAsync()).Reason);
    }

    [Theory]
    [InlineData("""{"HttpHeaders":{"X-Team":"blue","User-Agent":"me"}}""", "X-Team: blue")]
    [InlineData("[]", "")]
    [InlineData("{", "")]
    public async Task Headers_of_the_config_go_with_every_request(string config, string header)
    {
        WriteConfig(config);
        await using var engine = new ScriptedEngine(async r =>
        {
            Assert.Contains(header, r.Head);
            Assert.DoesNotContain("User-Agent: me", r.Head);
            return await r.AnswerAsync(ScriptedEngine.Answer(200, """{"Version":"1"}"""));
        });
        await using var runtime = new DockerRuntime(new DockerRuntimeOptions { Host = engine.Host, ConfigDirectory = _config.Path });

        Assert.True((await runtime.DescribeAsync()).IsAvailable);
    }

    [Fact]
    public void Variables_are_read_as_docker_reads_them()
    {
        var options = RuntimeSettings.Docker(
            new Dictionary<string, string>
            {
                ["DOCKER_HOST"] = "tcp://far", ["DOCKER_TLS_VERIFY"] = "0", ["DOCKER_CERT_PATH"] = _config.Path, ["DOCKER_CONTEXT"] = "c", ["DOCKER_API_VERSION"] = "1.40",
                ["XDG_RUNTIME_DIR"] = "/run/user/7",
            },
            "/home/me",
            "/home/me/.docker");

        // Any text switches verification on; DOCKER_TLS alone does without.
        Assert.True(options.Tls!.Verify);
        Assert.Equal(("tcp://far", "c", "1.40"), (options.Host, options.Context, options.ApiVersion));
        Assert.Contains("/run/user/7/docker.sock", options.Sockets);
        Assert.False(RuntimeSettings.Docker(new Dictionary<string, string> { ["DOCKER_TLS"] = "1" }, "/home/me", null).Tls!.Verify);
        Assert.Null(RuntimeSettings.Docker(new Dictionary<string, string> { ["DOCKER_TLS_VERIFY"] = "" }, "/home/me", null).Tls);
    }

    [Fact]
    public void Podman_is_found_by_its_own_variable_and_sockets()
    {
        var options = RuntimeSettings.Podman(new Dictionary<string, string> { ["CONTAINER_HOST"] = "unix:///p.sock", ["DOCKER_HOST"] = "tcp://far", ["XDG_RUNTIME_DIR"] = "/run/user/7" }, "/home/me");

        Assert.Equal(("podman", "unix:///p.sock"), (options.Name, options.Host));
        Assert.Contains("/run/user/7/podman/podman.sock", options.Sockets);
        Assert.Contains("/run/podman/podman.sock", options.Sockets);
    }

    private string Find(DockerRuntimeOptions options) => EndpointSearch.Find(options with { ConfigDirectory = _config.Path }).ToString();

    private void WriteConfig(string text) => File.WriteAllText(Path.Combine(_config.Path, "config.json"), text);

    private string AddContext(string name, string host, bool skipVerify = false)
    {
        var id = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(name)));
        var directory = Directory.CreateDirectory(Path.Combine(_config.Path, "contexts", "meta", id)).FullName;
        File.WriteAllText(
            Path.Combine(directory, "meta.json"),
            "{\"Name\":\"" + name + "\",\"Metadata\":{},\"Endpoints\":{\"docker\":{\"Host\":\"" + host + "\",\"SkipTLSVerify\":" + (skipVerify ? "true" : "false") + "}}}");
        return Path.Combine(_config.Path, "contexts", "tls", id, "docker");
    }
}
