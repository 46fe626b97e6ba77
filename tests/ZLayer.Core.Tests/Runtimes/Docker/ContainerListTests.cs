using ZLayer.Core.Runtimes;
using ZLayer.Core.Runtimes.Docker;
using ZLayer.Core.Tests.Engines;

namespace ZLayer.Core.Tests.Runtimes.Docker;

/// <summary>A list tells of containers what they tell of themselves.</summary>
public sealed class ContainerListTests
{
    private const string List = """
        [{"Id":"1a","Names":["/web"],"Image":"sha256:12","Command":"sh -c 'sleep 1; x'","State":"running","Status":"Up 5 minutes","Created":1767225600,"Ports":[{"PrivatePort":80,"Type":"tcp"}]},
         {"Id":"2b","Names":["/gone"],"State":"running","Status":"Up 5 minutes"}]
        """;

    private const string Container = """
        {"Id":"1a","Name":"/web","Created":"2026-01-01T00:00:00.123Z","Path":"sh","Args":["-c","sleep 1; x"],"Image":"sha256:12",
         "State":{"Status":"running","StartedAt":"2026-01-01T00:00:01.456789Z","FinishedAt":"0001-01-01T00:00:00Z"},
         "Config":{"Image":"web:1","Entrypoint":["sh","-c"],"Healthcheck":{"Test":["CMD","true"],"Interval":5000000000}},
         "HostConfig":{"NetworkMode":"default","RestartPolicy":{"Name":"on-failure","MaximumRetryCount":3},
            "Memory":67108864,"MemorySwap":-1,"NanoCpus":1500000000,"PidsLimit":null,"OomKillDisable":false,"CpuShares":0,"MemorySwappiness":null},
         "NetworkSettings":{"Ports":{"80/tcp":[{"HostIp":"0.0.0.0","HostPort":"8080"}]}}}
        """;

    [Fact]
    public async Task A_container_is_the_same_in_a_list_and_by_itself_and_one_that_went_is_left_out()
    {
        await using var engine = Engine();
        await using var runtime = new DockerRuntime(new DockerRuntimeOptions { Host = engine.Host });

        var listed = Assert.Single(await runtime.ListContainersAsync(ContainerFilter.None));
        var whole = await runtime.InspectContainerAsync("1a");

        Assert.Equal((whole.Image, whole.Created, whole.StartedAt, whole.FinishedAt), (listed.Image, listed.Created, listed.StartedAt, listed.FinishedAt));
        Assert.Equal(["sh", "-c", "sleep 1; x"], listed.Command);
        Assert.Equal(whole.Ports, listed.Ports);
        Assert.Equal((8080, "web", "docker"), ((int)listed.Ports[0].HostPort!, listed.Ports[0].ContainerName, listed.Ports[0].Runtime));
        Assert.Equal(whole.Status, listed.Status);
    }

    [Fact]
    public async Task A_brief_list_is_one_request_and_does_not_guess()
    {
        await using var engine = Engine();
        await using var runtime = new DockerRuntime(new DockerRuntimeOptions { Host = engine.Host });

        var listed = await runtime.ListContainersAsync(new ContainerFilter { IsBrief = true });

        Assert.Equal(["web", "gone"], listed.Select(container => container.Name));
        Assert.All(listed, container => Assert.Null(container.StartedAt));
        Assert.DoesNotContain(engine.Requests, request => request.Contains("/containers/1a/", StringComparison.Ordinal));
    }

    [Fact]
    public async Task All_about_a_container_has_what_it_was_made_with()
    {
        await using var engine = Engine();
        await using var runtime = new DockerRuntime(new DockerRuntimeOptions { Host = engine.Host });

        var whole = await runtime.InspectContainerAsync("1a");

        Assert.Equal(["sh", "-c"], whole.EntryPoint);
        Assert.Equal("on-failure:3", whole.RestartPolicy.ToString());
        Assert.Equal("bridge", whole.NetworkMode);
        Assert.Equal((64L << 20, -1L, 1.5m), (whole.Limits.Memory, whole.Limits.MemorySwap, whole.Limits.CpuCount));
        Assert.Equal((null, null, null, null), (whole.Limits.Pids, whole.Limits.OomKillDisable, whole.Limits.CpuShares, whole.Limits.MemorySwappiness));
        Assert.Equal(TimeSpan.FromSeconds(5), whole.HealthCheck!.Interval);
        Assert.Equal(["CMD", "true"], whole.HealthCheck.Test);
    }

    private static ScriptedEngine Engine() => new(request => request.AnswerAsync(
        request.IsPing ? ScriptedEngine.Answer(200, "OK", "Api-Version: 1.44\r\n")
            : request.Line.Contains("/containers/json", StringComparison.Ordinal) ? ScriptedEngine.Answer(200, List)
            : request.Line.Contains("/1a/json", StringComparison.Ordinal) ? ScriptedEngine.Answer(200, Container)
            : ScriptedEngine.Answer(404, """{"message":"No such container: 2b"}"""),
        keepOpen: true));
}
