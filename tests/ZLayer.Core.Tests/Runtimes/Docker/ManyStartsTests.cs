using System.Diagnostics;
using System.Globalization;
using Xunit.Abstractions;
using ZLayer.Core.Tests.Engines;
using ZLayer.Testing;

namespace ZLayer.Core.Tests.Runtimes.Docker;

/// <summary>
/// Containers started and removed by one process, on an engine that nobody else uses. ZLAYER_STARTS says how many: a thousand take seven
/// minutes on two cores, and what one of them leaves behind is seen with fewer.
/// </summary>
public sealed class ManyStartsTests(ITestOutputHelper output)
{
    private static readonly int Count = int.Parse(Environment.GetEnvironmentVariable("ZLAYER_STARTS") ?? "160", CultureInfo.InvariantCulture);

    private const string Image = "busybox";

    // Threads of the pool come and go with the load.
    private const int SomeThreads = 8;

    // What the platform opens once, when something is needed for the first time: the same after a hundred lives and after five thousand.
    private const int SomeDescriptors = 16;

    [SkippableFact]
    public async Task Many_starts_and_removals_leave_no_handle_thread_or_file_behind()
    {
        Skip.IfNot(OperatingSystem.IsLinux(), "counts what /proc shows");
        Skip.IfNot(PrivateEngine.Obstacle is null, PrivateEngine.Obstacle);
        await using var engine = await PrivateEngine.StartAsync();
        await EngineImages.EnsureAsync(engine.RunAsync, Image);
        var watch = Stopwatch.StartNew();

        var (before, after) = await ContainerCycles.RunAsync(engine.Host, Image, Count);

        output.WriteLine($"{Count} in {watch.Elapsed.TotalSeconds:0} s: {before}, then {after}");
        RequireNoMore(before, after);
        Assert.Equal("", (await engine.RunAsync("ps", "--all", "--quiet")).Text);
        Assert.Equal("", (await engine.RunAsync("volume", "ls", "--quiet")).Text);
    }

    [SkippableFact]
    public async Task Many_starts_and_removals_in_memory_leave_nothing_either()
    {
        Skip.IfNot(OperatingSystem.IsLinux(), "counts what /proc shows");
        var (before, after) = await ContainerCycles.RunAsync(FakeRuntime.RuntimeName, "busybox", Count);
        RequireNoMore(before, after);
    }

    private static void RequireNoMore(Holdings before, Holdings after)
    {
        Assert.InRange(after.Sockets, 0, before.Sockets);
        Assert.InRange(after.Descriptors, 0, before.Descriptors + SomeDescriptors);
        Assert.InRange(after.Threads, 0, before.Threads + SomeThreads);
        Assert.Equal(before.Files, after.Files);
    }
}
