using ZLayer.Core.Errors;
using ZLayer.Core.Runtimes.Docker;

namespace ZLayer.Core.Tests.Runtimes.Docker;

public sealed class DockerEndpointTests
{
    [Theory]
    [InlineData("unix:///var/run/docker.sock", "unix:///var/run/docker.sock", nameof(DockerTransport.Unix))]
    [InlineData("UNIX:///a b/docker.sock", "unix:///a b/docker.sock", nameof(DockerTransport.Unix))]
    [InlineData("unix://@abstract", "unix://@abstract", nameof(DockerTransport.Unix))]
    [InlineData("npipe:////./pipe/docker_engine", "npipe:////./pipe/docker_engine", nameof(DockerTransport.NamedPipe))]
    [InlineData(@"npipe://\\.\pipe\docker_engine", "npipe:////./pipe/docker_engine", nameof(DockerTransport.NamedPipe))]
    [InlineData("tcp://engine:1234", "tcp://engine:1234", nameof(DockerTransport.Tcp))]
    [InlineData("tcp://engine", "tcp://engine:2375", nameof(DockerTransport.Tcp))]
    [InlineData("tcp://engine/", "tcp://engine:2375", nameof(DockerTransport.Tcp))]
    [InlineData("engine:2375", "tcp://engine:2375", nameof(DockerTransport.Tcp))]
    [InlineData("tcp://[::1]:2375", "tcp://[::1]:2375", nameof(DockerTransport.Tcp))]
    [InlineData("ssh://host", "ssh://host", nameof(DockerTransport.Ssh))]
    [InlineData("ssh://user@host:2222", "ssh://user@host:2222", nameof(DockerTransport.Ssh))]
    [InlineData("ssh://user@host/run/user/1000/podman/podman.sock", "ssh://user@host/run/user/1000/podman/podman.sock", nameof(DockerTransport.Ssh))]
    public void An_address_is_read_and_written(string text, string written, string transport)
    {
        var endpoint = DockerEndpoint.Parse(text);

        Assert.Equal(transport, endpoint.Transport.ToString());
        Assert.Equal(written, endpoint.ToString());
        Assert.Equal(endpoint, DockerEndpoint.Parse(endpoint.ToString()));
    }

    [Fact]
    public void Tls_has_a_port_of_its_own()
    {
        Assert.Equal(2376, DockerEndpoint.Parse("tcp://engine", new DockerTls()).Port);
        Assert.Equal(2376, DockerEndpoint.Parse("https://engine").Port);
        Assert.Equal(2375, DockerEndpoint.Parse("tcp://engine:2375", new DockerTls()).Port);
        Assert.Null(DockerEndpoint.Parse("unix:///run/docker.sock", new DockerTls()).Tls);
    }

    [Theory]
    [InlineData("")]
    [InlineData("unix://")]
    [InlineData("unix://docker.sock")]
    [InlineData("npipe://docker_engine")]
    [InlineData("tcp://")]
    [InlineData("tcp://:2375")]
    [InlineData("tcp://engine:port")]
    [InlineData("tcp://engine:99999")]
    [InlineData("tcp://engine:0")]
    [InlineData("tcp://engine/path")]
    [InlineData("tcp://user@engine")]
    [InlineData("ssh://")]
    [InlineData("ssh://-oProxyCommand=evil/")]
    [InlineData("ssh://-l@host")]
    [InlineData("ssh://-oProxyCommand=evil")]
    [InlineData("ssh://%2doProxyCommand=evil@host")]
    [InlineData("ssh://user%0aProxyCommand@host")]
    [InlineData("ssh://user%00@host")]
    [InlineData("ssh://$(id)@host")]
    [InlineData("ssh://`id`@host")]
    [InlineData("ssh://a%3bb@host")]
    [InlineData("ssh://host|id")]
    [InlineData("ssh://host/run/%0a/docker.sock")]
    [InlineData("ssh://host?x=1")]
    [InlineData("ssh://host#x")]
    [InlineData("ssh://host:70000")]
    [InlineData("tcp://engine?x=1")]
    [InlineData("tcp://engine#x")]
    [InlineData("tcp://engine:-1")]
    [InlineData("tcp://engine:70000")]
    [InlineData("tcp://[::1")]
    [InlineData("tcp://engine\nHost: elsewhere")]
    [InlineData("tcp://en gine")]
    [InlineData("unix:///run/docker.sock\nx")]
    [InlineData("unix:///run/\0docker.sock")]
    [InlineData("npipe:////./pipe/\u0001")]
    [InlineData("tcp://xn--\u00ad")]
    [InlineData("://")]
    [InlineData("fd://")]
    [InlineData("ftp://engine")]
    public void What_is_no_address_is_refused_with_the_forms(string text)
    {
        var error = Assert.Throws<ZLayerException>(() => DockerEndpoint.Parse(text));

        Assert.Equal(ZLayerErrorKind.InvalidArgument, error.Kind);
        Assert.Contains("ssh://user@host", error.Advice);
    }

    [Fact]
    public void An_address_without_end_is_refused_and_not_repeated()
    {
        foreach (var text in (string[])["tcp://" + new string('a', 1_000_000), "tcp://" + new string('a', 300), "unix:///" + new string('/', 100_000)])
        {
            var error = Assert.Throws<ZLayerException>(() => DockerEndpoint.Parse(text));

            Assert.Equal(ZLayerErrorKind.InvalidArgument, error.Kind);
            Assert.InRange(error.Message.Length, 1, 3_000);
        }
    }

    [Theory]
    [InlineData("tcp://[fe80::1%25lo]:1")]
    [InlineData("tcp://0x7f.1:1")]
    [InlineData("npipe:////./pipe/docker_engine")]
    [InlineData("unix:///var/run/a-name-that-is-far-longer-than-the-one-hundred-and-seven-bytes-that-the-kernel-has-for-the-address-of-a-socket/docker.sock")]
    public async Task An_engine_that_is_not_there_is_an_error_whatever_its_address_is(string host)
    {
        await using var runtime = new DockerRuntime(new DockerRuntimeOptions { Host = host, ConnectTimeout = TimeSpan.FromSeconds(10) });

        var error = await Assert.ThrowsAsync<ZLayerException>(() => runtime.InspectContainerAsync("web"));

        Assert.NotEqual(ZLayerErrorKind.InternalError, error.Kind);
    }

    [Fact]
    public void A_password_in_an_address_is_refused_and_not_repeated()
    {
        var error = Assert.Throws<ZLayerException>(() => DockerEndpoint.Parse("ssh://user:secret@host"));

        Assert.DoesNotContain("secret", error.ToString(), StringComparison.Ordinal);
        Assert.DoesNotContain("secret", error.Subject!, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("1.41", 1, 41)]
    [InlineData("1.24", 1, 24)]
    public void Versions_compare_by_number(string text, int major, int minor)
    {
        Assert.True(ApiVersion.TryParse(text, out var version));
        Assert.Equal(new ApiVersion(major, minor), version);
        Assert.Equal(text, version.ToString());
        Assert.True(new ApiVersion(1, 9) < version && new ApiVersion(2, 0) > version);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("1")]
    [InlineData("1.41.0")]
    [InlineData("v1.41")]
    [InlineData("1.-1")]
    public void What_is_no_version_is_none(string? text) => Assert.False(ApiVersion.TryParse(text, out _));
}
