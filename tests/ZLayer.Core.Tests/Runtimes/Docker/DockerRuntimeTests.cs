using ZLayer.Core.Runtimes;
using ZLayer.Core.Runtimes.Docker;
using ZLayer.Core.Tests.Engines;

namespace ZLayer.Core.Tests.Runtimes.Docker;

[Collection(DockerEngineCollection.Name)]
public sealed class DockerRuntimeTests(DockerEngineFixture docker)
{
    [SkippableFact]
    public async Task An_engine_says_what_it_is()
    {
        Skip.IfNot(docker.IsAvailable, docker.Reason);
        await using var runtime = new DockerRuntime(new DockerRuntimeOptions { Host = docker.Host });

        var info = await runtime.DescribeAsync(detailed: true);

        Assert.True(info.IsAvailable, info.Reason);
        Assert.Equal(info.Version!.StartsWith('5') ? "Podman service" : "Docker engine", info.Kind);
        Assert.Equal(docker.Host, info.Endpoint);
        Assert.True(ApiVersion.TryParse(info.ApiVersion, out var version) && version >= new ApiVersion(1, 41) && version <= ApiVersion.Newest);
        Assert.Equal("linux", info.Host!.OsType);
        Assert.True(info.Host.CpuCount > 0 && info.Host.Memory > 0);
        Assert.Equal(Enum.GetValues<RuntimeOperation>(), info.Capabilities);
    }

    [Fact]
    public async Task An_engine_that_is_absent_is_described_and_not_thrown()
    {
        await using var runtime = new DockerRuntime(new DockerRuntimeOptions { Host = "unix:///nowhere/docker.sock" });

        var info = await runtime.DescribeAsync(detailed: true);

        Assert.False(info.IsAvailable);
        Assert.Contains("there is no socket /nowhere/docker.sock", info.Reason);
        Assert.Contains("systemctl start docker", info.Reason);
    }
}
