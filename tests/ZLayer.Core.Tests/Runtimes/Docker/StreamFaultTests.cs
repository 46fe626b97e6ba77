using ZLayer.Core.Errors;
using ZLayer.Core.Runtimes;
using ZLayer.Core.Runtimes.Docker;
using ZLayer.Core.Runtimes.Files;
using ZLayer.Core.Runtimes.Observation;
using ZLayer.Core.Runtimes.Operations;
using ZLayer.Core.Runtimes.Specifications;
using ZLayer.Core.Tests.Engines;
using ZLayer.Core.Tests.Layers;

namespace ZLayer.Core.Tests.Runtimes.Docker;

/// <summary>What happens to streams when the engine is killed in their middle.</summary>
public sealed class StreamFaultTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    [SkippableFact]
    public async Task Every_stream_says_that_the_engine_is_gone()
    {
        Skip.IfNot(PrivateEngine.Obstacle is null, PrivateEngine.Obstacle);
        await using var engine = await PrivateEngine.StartAsync();
        await using var runtime = new DockerRuntime(new DockerRuntimeOptions { Host = engine.Host });
        IContainerRuntime containers = runtime;
        using var directory = new TemporaryDirectory();
        var image = await ImportAsync(engine);
        var specification = new ContainerSpecification { Image = image, Command = ["/bin/busybox", "sh", "-c", "while :; do echo x; /bin/busybox usleep 10000; done"], Network = "none" };
        var id = (await runtime.CreateContainerAsync(specification)).Id;
        await runtime.StartContainerAsync(id);
        Assert.Equal(0, (await runtime.ExecAsync(id, new() { Command = ["/bin/busybox", "truncate", "-s", "2G", "/large"] })).ExitCode);
        var copied = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var progress = new SlowReport(copied);

        Task[] streams =
        [
            runtime.StreamLogsAsync(id, new LogOptions { Follow = true }).ToListAsync().AsTask(),
            runtime.StreamStatsAsync(id).ToListAsync().AsTask(),
            runtime.ExecAsync(id, new() { Command = ["/bin/busybox", "sleep", "600"] }),
            runtime.StreamExecAsync(id, new() { Command = ["/bin/busybox", "sh", "-c", "while :; do echo x; /bin/busybox usleep 10000; done"] }).ToListAsync().AsTask(),
            runtime.WaitOutcomeAsync(id, WaitCondition.NotRunning),
            containers.RunToEndAsync(new ContainerRunOptions { Specification = specification, Remove = true }),
            containers.WaitUntilReadyAsync((await runtime.CreateContainerAsync(specification)).Id, ReadyCondition.Running),
            containers.CopyFromContainerAsync(id, "/large", directory.Combine("large"), new ContainerCopyOptions { Progress = progress }),
        ];
        await copied.Task.WaitAsync(Patience);
        Assert.All(streams, stream => Assert.False(stream.IsFaulted, stream.Exception?.ToString()));

        await engine.KillAsync();

        foreach (var stream in streams)
        {
            var failure = await Assert.ThrowsAsync<ZLayerException>(() => stream.WaitAsync(Patience));
            Assert.True(failure.Kind == ZLayerErrorKind.RuntimeUnavailable, $"{failure.Kind}: {failure.Message}");
        }
    }

    private static async Task<string> ImportAsync(PrivateEngine engine)
    {
        using var directory = new TemporaryDirectory();
        var busybox = Programs.Find("busybox");
        Skip.If(busybox is null, "busybox is not installed (apt-get install busybox-static)");
        Directory.CreateDirectory(directory.Combine("root/bin"));
        File.Copy(busybox!, directory.Combine("root/bin/busybox"));
        _ = (await Programs.RunAsync("tar", "-C", directory.Combine("root"), "-cf", directory.Combine("root.tar"), ".")).Text;
        return (await Programs.RunAsync("docker", "-H", engine.Host, "import", directory.Combine("root.tar"))).Text;
    }

    private sealed class SlowReport(TaskCompletionSource copied) : IProgress<long>
    {
        public void Report(long value)
        {
            if (value > 20_000_000)
            {
                copied.TrySetResult();
                // The rest waits until the engine is gone.
                Thread.Sleep(5);
            }
        }
    }
}
