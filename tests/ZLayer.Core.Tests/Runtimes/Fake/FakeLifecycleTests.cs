using ZLayer.Core.Errors;
using ZLayer.Core.Oci;
using ZLayer.Core.Runtimes;
using ZLayer.Core.Runtimes.Specifications;
using ZLayer.Testing;

namespace ZLayer.Core.Tests.Runtimes.Fake;

public sealed class FakeLifecycleTests : FakeTestBase
{
    [Fact]
    public async Task What_sleeps_an_hour_ends_when_it_is_waited_for()
    {
        await RunAsync("job", "sh", "-c", "sleep 3600; exit 4");
        Assert.Equal(4, await Runtime.WaitContainerAsync("job", Soon));
    }

    [Fact]
    public async Task A_container_that_ignores_its_stop_signal_is_killed()
    {
        await RunAsync("deaf", "sh", "-c", "trap '' TERM; sleep infinity");
        await Runtime.StopContainerAsync("deaf", new ContainerStopOptions { GracePeriod = TimeSpan.FromHours(1) });
        Assert.Equal(137, (await Runtime.GetContainerStateAsync("deaf")).ExitCode);
    }

    [Fact]
    public async Task A_failing_container_is_started_again_as_its_policy_says()
    {
        await RunAsync(new ContainerSpecification
        {
            Image = "alpine",
            Name = "flaky",
            Command = ["sh", "-c", "echo try; exit 1"],
            RestartPolicy = new RestartPolicy { Condition = RestartCondition.OnFailure, MaximumRetryCount = 2 },
        });
        Assert.Equal(ContainerState.Restarting, (await Runtime.InspectContainerAsync("flaky")).State);
        Assert.Equal(1, await Runtime.WaitContainerAsync("flaky", Soon));
        Assert.Equal(2, (await Runtime.InspectContainerAsync("flaky")).RestartCount);
        Assert.Equal("try\ntry\ntry", await TextOfAsync("flaky"));
    }

    [Fact]
    public async Task A_port_is_published_once()
    {
        var port = new PortMapping { ContainerPort = 80, HostPort = 8080 };
        await RunAsync(new ContainerSpecification { Image = "alpine", Name = "a", Ports = [port] });
        Assert.Equal(ZLayerErrorKind.ContainerStartFailed, await KindAsync(() => RunAsync(new ContainerSpecification { Image = "alpine", Name = "b", Ports = [port] })));
        Assert.Equal("0.0.0.0:8080->80/tcp", Assert.Single(await Runtime.GetContainerPortsAsync("a")).ToString());
        await RunAsync(new ContainerSpecification { Image = "alpine", Name = "c", Ports = [new PortMapping { ContainerPort = 80 }] });
        Assert.Equal((ushort)32768, Assert.Single(await Runtime.GetContainerPortsAsync("c")).HostPort);
    }

    [Theory]
    [InlineData("exit 0", HealthStatus.Healthy)]
    [InlineData("echo sick; exit 1", HealthStatus.Unhealthy)]
    [InlineData("sleep 60", HealthStatus.Unhealthy)]
    public async Task Health_is_known_once_it_is_started(string check, HealthStatus expected)
    {
        await RunAsync(new ContainerSpecification { Image = "alpine", Name = "web", HealthCheck = new HealthCheck { Test = ["CMD-SHELL", check] } });
        Assert.Equal(expected, (await Runtime.InspectContainerAsync("web")).Health);
    }

    [Fact]
    public async Task The_same_calls_give_the_same_ids_and_times()
    {
        async Task<ContainerDetail> Once()
        {
            var runtime = (IContainerRuntime)new FakeRuntime();
            await runtime.PullImageAsync(ImageReference.Parse("alpine"));
            var id = (await runtime.CreateContainerAsync(new ContainerSpecification { Image = "alpine", Command = ["sleep", "30"] })).Id;
            await runtime.StartContainerAsync(id);
            await runtime.WaitContainerAsync(id, Soon);
            return await runtime.InspectContainerAsync(id);
        }

        var (first, second) = (await Once(), await Once());
        Assert.Equal((first.Id, first.Name, first.ImageId, first.StartedAt, first.FinishedAt), (second.Id, second.Name, second.ImageId, second.StartedAt, second.FinishedAt));
        Assert.InRange((first.FinishedAt - first.StartedAt)!.Value.TotalSeconds, 30, 30.1);
    }

    [Fact]
    public async Task Two_runtimes_of_one_state_show_the_same_containers()
    {
        var state = new FakeRuntimeState();
        IContainerRuntime first = new FakeRuntime(state), second = new FakeRuntime(state);
        await first.PullImageAsync(ImageReference.Parse("alpine"));
        await first.CreateContainerAsync(new ContainerSpecification { Image = "alpine", Name = "web" });
        Assert.Equal("web", (await second.InspectContainerAsync("web")).Name);
    }

    [Fact]
    public void Every_operation_is_offered() => Assert.Equal(49, Runtime.Capabilities.Operations.Count());

    [Fact]
    public async Task Events_tell_what_happened_and_go_on()
    {
        using var source = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        await RunAsync("web");
        var actions = new List<string>();
        await foreach (var happened in Runtime.GetEventsAsync(new EventFilter { Since = FakeRuntimeState.Epoch, Types = ["container"] }, source.Token))
        {
            actions.Add(happened.Action);
            if (happened.Action == "start")
            {
                _ = Runtime.StopContainerAsync("web", ContainerStopOptions.Default);
            }

            if (happened.Action == "stop")
            {
                break;
            }
        }

        Assert.Equal(["create", "start", "kill", "die", "stop"], actions);
        var until = await Runtime.GetEventsAsync(new EventFilter { Since = FakeRuntimeState.Epoch, Until = DateTimeOffset.UtcNow }, source.Token).ToListAsync();
        Assert.Contains(until, e => e.Type == "image" && e.Action == "pull");
    }

    [Fact]
    public async Task A_thousand_containers_at_once_do_not_get_into_each_others_way()
    {
        await Runtime.PullImageAsync(ImageReference.Parse("alpine"));
        await Parallel.ForEachAsync(Enumerable.Range(0, 1000), new ParallelOptions { MaxDegreeOfParallelism = 8, CancellationToken = Soon }, async (n, token) =>
        {
            var id = (await Runtime.CreateContainerAsync(new ContainerSpecification { Image = "alpine", Command = ["sh", "-c", $"sleep {n % 10}; exit {n % 5}"] }, token)).Id;
            await Runtime.StartContainerAsync(id, token);
            Assert.Equal(n % 5, await Runtime.WaitContainerAsync(id, token));
            await Runtime.RemoveContainerAsync(id, new ContainerRemoveOptions(), token);
        });
        Assert.Empty(await Runtime.ListContainersAsync(ContainerFilter.None));
    }
}
