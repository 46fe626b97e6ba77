using ZLayer.Core.Runtimes;
using ZLayer.Core.Runtimes.Docker;
using ZLayer.Core.Tests.Engines;

namespace ZLayer.Core.Tests.Runtimes.Docker;

/// <summary>Events of a real engine; those of volumes, which need no image.</summary>
[Collection(DockerEngineCollection.Name)]
public sealed class DockerEventsTests(DockerEngineFixture docker) : IAsyncLifetime
{
    private readonly string _volume = "wire-" + Guid.NewGuid().ToString("N")[..8];
    private readonly DockerRuntime _runtime = new(new DockerRuntimeOptions { Host = docker.Host });

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync()
    {
        await _runtime.DisposeAsync();
        if (docker.IsAvailable)
        {
            await docker.RunAsync("volume", "rm", "-f", _volume);
        }
    }

    [SkippableFact]
    public async Task Events_come_as_they_happen_with_their_time_and_attributes()
    {
        Skip.IfNot(docker.IsAvailable, docker.Reason);
        using var end = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        await using var events = _runtime.GetEventsAsync(new EventFilter { Types = ["volume"], Actions = ["create"], Since = DateTimeOffset.UtcNow }, end.Token).GetAsyncEnumerator();
        var next = events.MoveNextAsync().AsTask();
        var before = DateTimeOffset.UtcNow.AddSeconds(-1);

        await docker.RunAsync("volume", "create", "--label", "a=b", _volume);

        Assert.True(await next);
        while (events.Current.Id != _volume)
        {
            Assert.True(await events.MoveNextAsync());
        }

        var created = events.Current;
        Assert.Equal(("volume", "create", "docker"), (created.Type, created.Action, created.Runtime));
        Assert.NotEmpty(created.Attributes);
        Assert.Equal(TimeSpan.Zero, created.Time.Offset);
        Assert.InRange(created.Time, before, DateTimeOffset.UtcNow.AddSeconds(1));
        Assert.Equal($"volume create {_volume}", created.ToString());

        // A stream that stands still ends when nobody wants it any more.
        var idle = events.MoveNextAsync().AsTask();
        await end.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => idle);
    }

    [SkippableFact]
    public async Task A_window_of_time_holds_what_happened_in_it_and_ends()
    {
        Skip.IfNot(docker.IsAvailable, docker.Reason);
        Skip.If((await _runtime.DescribeAsync()).Kind == "Podman service", "Podman does not tell past events of volumes");
        // The time zone of the caller does not matter.
        var since = DateTimeOffset.UtcNow.ToOffset(TimeSpan.FromHours(5.5));
        await docker.RunAsync("volume", "create", _volume);
        await docker.RunAsync("volume", "rm", _volume);
        var until = DateTimeOffset.UtcNow.ToOffset(TimeSpan.FromHours(-9));

        var actions = new List<string>();
        var times = new List<DateTimeOffset>();
        await foreach (var happened in _runtime.GetEventsAsync(new EventFilter { Since = since, Until = until, Types = ["volume", "daemon"] }))
        {
            if (happened.Id == _volume)
            {
                actions.Add(happened.Action);
                times.Add(happened.Time);
            }
        }

        Assert.Equal(["create", "destroy"], actions);
        Assert.All(times, time => Assert.InRange(time, since, until));

        // To the tick: a window that begins after the first event does not hold it.
        actions.Clear();
        await foreach (var happened in _runtime.GetEventsAsync(new EventFilter { Since = times[0].AddTicks(10), Until = until, Types = ["volume"] }))
        {
            if (happened.Id == _volume)
            {
                actions.Add(happened.Action);
            }
        }

        Assert.Equal(["destroy"], actions);
    }

    [SkippableFact]
    public async Task Nothing_in_a_window_is_an_empty_sequence()
    {
        Skip.IfNot(docker.IsAvailable, docker.Reason);
        var past = DateTimeOffset.UtcNow.AddSeconds(-2);

        await foreach (var happened in _runtime.GetEventsAsync(new EventFilter { Since = past, Until = past.AddSeconds(1), Labels = ["nobody.has=this"], Containers = ["nobody"] }))
        {
            Assert.Fail(happened.ToString());
        }
    }
}
