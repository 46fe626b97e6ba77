using System.Diagnostics;
using ZLayer.Core.Errors;
using ZLayer.Core.Runtimes;
using ZLayer.Core.Runtimes.Docker;
using ZLayer.Core.Runtimes.Observation;
using ZLayer.Core.Tests.Engines;

namespace ZLayer.Core.Tests.Runtimes.Docker;

/// <summary>Engines that are killed in the middle of something, and start again.</summary>
public sealed class DockerFaultTests : IAsyncLifetime
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private PrivateEngine? _engine;
    private DockerRuntime? _runtime;

    private PrivateEngine Engine => _engine!;

    private DockerRuntime Runtime => _runtime!;

    public async Task InitializeAsync()
    {
        if (PrivateEngine.Obstacle is null)
        {
            _engine = await PrivateEngine.StartAsync();
            _runtime = new DockerRuntime(new DockerRuntimeOptions { Host = _engine.Host });
        }
    }

    public async Task DisposeAsync()
    {
        if (_engine is not null)
        {
            await Runtime.DisposeAsync();
            await Engine.DisposeAsync();
        }
    }

    [SkippableFact]
    public async Task An_engine_that_is_killed_ends_every_stream_with_an_error_and_works_again_after_its_start()
    {
        Skip.If(PrivateEngine.Obstacle is not null, PrivateEngine.Obstacle);
        await EngineImages.EnsureAsync(Engine.RunAsync, "busybox");
        var container = (await Engine.RunAsync("run", "-d", "--network", "none", "busybox", "sh", "-c", "echo begun; sleep 600")).Text;
        await using var events = Runtime.GetEventsAsync(new EventFilter { Since = DateTimeOffset.UtcNow.AddMinutes(-1) }).GetAsyncEnumerator();
        await using var logs = Runtime.StreamLogsAsync(container, new LogOptions { Follow = true }).GetAsyncEnumerator();
        await using var stats = Runtime.StreamStatsAsync(container).GetAsyncEnumerator();
        Assert.True(await events.MoveNextAsync() && await logs.MoveNextAsync() && await stats.MoveNextAsync());
        var ends = new[] { EndAsync(events), EndAsync(logs), EndAsync(stats), FailAsync(() => Runtime.WaitContainerAsync(container)), LoadWithoutEndAsync() };
        await ends.Last().Sending.Task;

        await Engine.KillAsync();

        foreach (var end in ends)
        {
            var error = await end.Error.WaitAsync(Patience);
            Assert.True(error.Kind == ZLayerErrorKind.RuntimeUnavailable, error.ToString());
            Assert.NotNull(error.Advice);
        }

        var absent = await Runtime.DescribeAsync();
        Assert.False(absent.IsAvailable);
        Assert.Contains("the engine is not running", absent.Reason);

        await Engine.StartAgainAsync();
        Assert.True((await Runtime.DescribeAsync(detailed: true)).IsAvailable);
        Assert.NotEmpty(await Runtime.ListContainersAsync(new ContainerFilter()));
    }

    [SkippableFact]
    public async Task A_runtime_outlives_restarts_of_its_engine_without_a_failed_operation()
    {
        Skip.If(PrivateEngine.Obstacle is not null, PrivateEngine.Obstacle);
        for (var round = 0; round < 3; round++)
        {
            // Several warm connections, all of which the restart makes stale.
            await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => Runtime.ListContainersAsync(new ContainerFilter())));
            await Engine.StopAsync();
            await Engine.StartAgainAsync();
            Assert.True((await Runtime.DescribeAsync()).IsAvailable);
            Assert.Empty(await Runtime.ListContainersAsync(new ContainerFilter()));
        }
    }

    [SkippableFact]
    public async Task A_thousand_requests_of_a_thousand_runtimes_leave_nothing_behind()
    {
        Skip.If(PrivateEngine.Obstacle is not null, PrivateEngine.Obstacle);
        Skip.IfNot(OperatingSystem.IsLinux(), "counts the descriptors of /proc");
        await CycleAsync(50);
        var (descriptors, threads) = (Sockets(), Process.GetCurrentProcess().Threads.Count);

        await CycleAsync(1000);

        // Other tests of this process open and close sockets of their own.
        await SettleAsync(() => Sockets() <= descriptors + 20, () => $"{Sockets()} sockets after {descriptors}");
        Assert.InRange(Process.GetCurrentProcess().Threads.Count, 0, threads + 30);
        Assert.InRange(await EngineSocketsAsync(), 0, 20);
    }

    private async Task CycleAsync(int times)
    {
        for (var i = 0; i < times; i++)
        {
            await using var runtime = new DockerRuntime(new DockerRuntimeOptions { Host = Engine.Host });
            await runtime.ListContainersAsync(new ContainerFilter());
            // A stream that is left in its middle.
            using var end = new CancellationTokenSource();
            await using var events = runtime.GetEventsAsync(new EventFilter(), end.Token).GetAsyncEnumerator();
            var next = events.MoveNextAsync().AsTask();
            await end.CancelAsync();
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => next);
        }
    }

    private static int Sockets()
        => new DirectoryInfo("/proc/self/fd").EnumerateFileSystemInfos().Count(fd => fd.LinkTarget?.StartsWith("socket:", StringComparison.Ordinal) == true);

    // The engine's side of the connections.
    private async Task<int> EngineSocketsAsync()
        => (await Programs.RunAsync("ss", "-xH", "state", "connected")).Output.Split('\n').Count(line => line.Contains(Engine.SocketPath, StringComparison.Ordinal));

    private static async Task SettleAsync(Func<bool> condition, Func<string> otherwise)
    {
        var waited = Stopwatch.StartNew();
        while (!condition())
        {
            Assert.True(waited.Elapsed < TimeSpan.FromSeconds(20), otherwise());
            GC.Collect();
            await Task.Delay(50);
        }
    }

    private static Ending EndAsync<T>(IAsyncEnumerator<T> stream)
        => FailAsync(async () =>
        {
            while (await stream.MoveNextAsync())
            {
                // On to the end.
            }
        });

    private Ending LoadWithoutEndAsync()
    {
        var archive = new SlowArchive();
        return FailAsync(async () =>
        {
            await foreach (var _ in Runtime.LoadImagesAsync(archive))
            {
                // On to the end.
            }
        }) with { Sending = archive.Sending };
    }

    private static Ending FailAsync(Func<Task> attempt) => new(Assert.ThrowsAsync<ZLayerException>(attempt), new TaskCompletionSource());

    private sealed record Ending(Task<ZLayerException> Error, TaskCompletionSource Sending);

    /// <summary>An archive whose next byte is always about to come.</summary>
    private sealed class SlowArchive : MemoryStream
    {
        public TaskCompletionSource Sending { get; } = new();

        public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            Sending.TrySetResult();
            await Task.Delay(10, cancellationToken);
            buffer.Span[0] = 0;
            return 1;
        }
    }
}
