using ZLayer.Core.Runtimes;
using ZLayer.Core.Runtimes.Observation;
using static ZLayer.Core.Tests.Runtimes.Conformance.ConformanceCase;

namespace ZLayer.Core.Tests.Runtimes.Conformance;

/// <summary>What containers wrote, and what happened in a runtime.</summary>
public sealed class LogsConformance(ConformanceFixture fixture) : ConformanceTest(fixture)
{
    [SkippableTheory, OnEveryRuntime(RuntimeOperation.GetLogs)]
    public Task Lines_keep_their_order_streams_and_times(string runtime) => CaseAsync(runtime, async on =>
    {
        var id = await on.Shared.EndedAsync();
        var detail = await on.Runtime.InspectContainerAsync(id, on.Soon);

        var lines = await on.Runtime.GetLogsAsync(id, on.Soon);

        Assert.Equal([(LogStream.StdOut, "one"), (LogStream.StdErr, "two"), (LogStream.StdOut, "three")], lines.Select(line => (line.Stream, line.Text)));
        Assert.Equal(lines.Select(line => line.Time).Order(), lines.Select(line => line.Time));
        Assert.All(lines, line => Assert.InRange(line.Time, detail.Created!.Value, detail.FinishedAt!.Value.AddSeconds(5)));
        Assert.All(lines, line => Assert.Equal(on.Runtime.Name, line.Runtime));
    });

    [SkippableTheory, OnEveryRuntime(RuntimeOperation.GetLogs)]
    public Task What_never_ran_has_an_empty_log(string runtime) => CaseAsync(runtime, async on =>
        Assert.Empty(await on.Runtime.GetLogsAsync(await on.Shared.CreatedAsync(), on.Soon)));

    [SkippableTheory, OnEveryRuntime(RuntimeOperation.ContainerLogs)]
    public Task The_tail_is_none_or_so_many_lines_or_all(string runtime) => CaseAsync(runtime, async on =>
    {
        var id = await on.Shared.EndedAsync();
        Assert.Empty(await on.Runtime.GetContainerLogsAsync(id, 0, on.Soon));
        Assert.Equal(["two", "three"], (await on.Runtime.GetContainerLogsAsync(id, 2, on.Soon)).Select(line => line.Text));
        Assert.Equal(3, (await on.Runtime.GetContainerLogsAsync(id, 100, on.Soon)).Count);
    });

    [SkippableTheory, OnEveryRuntime(RuntimeOperation.LogsStream)]
    public Task A_log_is_streamed_from_one_stream_or_both(string runtime) => CaseAsync(runtime, async on =>
    {
        Assert.Equal("one\nthree\n", await TextAsync(on, new LogOptions { StdOut = true }));
        Assert.Equal("two\n", await TextAsync(on, new LogOptions { StdErr = true }));
        Assert.Equal("one\ntwo\nthree\n", await TextAsync(on, new LogOptions { StdOut = true, StdErr = true }));
        Assert.Equal("one\ntwo\nthree\n", await TextAsync(on, new LogOptions()));
        Assert.Equal("three\n", await TextAsync(on, new LogOptions { Tail = 1 }));
        Assert.Equal("", await TextAsync(on, new LogOptions { Tail = 0 }));
        Assert.Equal(" two\n", await TextAsync(on, new LogOptions { StdErr = true, Details = true }));
    });

    [SkippableTheory, OnEveryRuntime(RuntimeOperation.LogsStream)]
    public Task A_window_of_time_holds_its_lines(string runtime) => CaseAsync(runtime, async on =>
    {
        var times = (await on.Runtime.GetLogsAsync(await on.Shared.EndedAsync(), on.Soon)).Select(line => line.Time).ToList();
        var middle = times[0] + ((times[1] - times[0]) / 2);
        Assert.Equal("two\nthree\n", await TextAsync(on, new LogOptions { Since = middle }));
        Assert.Equal("one\n", await TextAsync(on, new LogOptions { Until = middle }));
    });

    [SkippableTheory, OnEveryRuntime(RuntimeOperation.LogsStream)]
    public Task Chunks_have_times_only_when_asked_for(string runtime) => CaseAsync(runtime, async on =>
    {
        var id = await on.Shared.EndedAsync();
        Assert.All(await on.Runtime.StreamLogsAsync(id, new LogOptions(), on.Soon).ToListAsync(on.Soon), chunk => Assert.Null(chunk.Timestamp));
        var timed = await on.Runtime.StreamLogsAsync(id, new LogOptions { Timestamps = true }, on.Soon).ToListAsync(on.Soon);
        Assert.Equal((await on.Runtime.GetLogsAsync(id, on.Soon)).Select(line => line.Time), timed.Select(chunk => chunk.Timestamp!.Value));
    });

    [SkippableTheory, OnEveryRuntime(RuntimeOperation.LogsStream)]
    public Task Following_goes_on_until_the_container_ends(string runtime) => CaseAsync(runtime, async on =>
    {
        var id = await on.StartAsync(on.Shell("for i in 1 2 3; do echo $i; sleep 0.1; done"));
        var chunks = await on.Runtime.StreamLogsAsync(id, new LogOptions { Follow = true }, on.Soon).ToListAsync(on.Soon);
        Assert.Equal("1\n2\n3\n", string.Concat(chunks.Select(chunk => TextOf(chunk.Data))));
    });

    [SkippableTheory, OnEveryRuntime(RuntimeOperation.LogsStream)]
    public Task Following_ends_with_the_container_or_the_token(string runtime) => CaseAsync(runtime, async on =>
    {
        var id = await on.StartAsync(on.Shell("echo ready; while true; do sleep 1000; done"));
        await using var removed = on.Runtime.StreamLogsAsync(id, new LogOptions { Follow = true }, on.Soon).GetAsyncEnumerator(on.Soon);
        Assert.True(await removed.MoveNextAsync());
        await on.Runtime.RemoveContainerAsync(id, new ContainerRemoveOptions(), on.Soon);
        Assert.False(await removed.MoveNextAsync());

        using var stop = CancellationTokenSource.CreateLinkedTokenSource(on.Soon);
        await using var left = on.Runtime.StreamLogsAsync(await on.Shared.RunningAsync(), new LogOptions { Follow = true }, stop.Token).GetAsyncEnumerator(stop.Token);
        Assert.True(await left.MoveNextAsync());
        var next = left.MoveNextAsync().AsTask();
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => next);
    });

    [SkippableTheory, OnEveryRuntime(RuntimeOperation.StartContainer)]
    public Task Events_tell_the_life_of_a_container_as_it_happens(string runtime) => CaseAsync(runtime, async on =>
    {
        var name = on.NewName();
        await on.CreateAsync(on.Shell("exit 7", name));
        using var end = CancellationTokenSource.CreateLinkedTokenSource(on.Soon);
        var filter = new EventFilter { Containers = [name], Types = ["container"], Actions = ["start", "die", "destroy"] };
        await using var events = on.Runtime.GetEventsAsync(filter, end.Token).GetAsyncEnumerator(end.Token);
        var next = events.MoveNextAsync().AsTask();
        // The question is on its way: what happens before the runtime has it is not told.
        await Task.Delay(100, on.Soon);

        await on.Runtime.StartContainerAsync(name, on.Soon);
        await on.Runtime.WaitContainerAsync(name, on.Soon);
        await on.Runtime.RemoveContainerAsync(name, new ContainerRemoveOptions(), on.Soon);

        foreach (var action in (string[])["start", "die", "destroy"])
        {
            Assert.True(await next);
            Assert.Equal((action, "container", name, on.Runtime.Name), (events.Current.Action, events.Current.Type, events.Current.Name, events.Current.Runtime));
            Assert.True(action != "die" || events.Current.Attributes["exitCode"] == "7");
            next = events.MoveNextAsync().AsTask();
        }

        await end.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => next);
    });

    private static async Task<string> TextAsync(ConformanceCase on, LogOptions options)
    {
        var chunks = await on.Runtime.StreamLogsAsync(await on.Shared.EndedAsync(), options, on.Soon).ToListAsync(on.Soon);
        return string.Concat(chunks.Select(chunk => TextOf(chunk.Data)));
    }
}
