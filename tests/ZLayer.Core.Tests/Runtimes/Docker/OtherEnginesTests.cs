using System.Text;
using ZLayer.Core.Errors;
using ZLayer.Core.Runtimes;
using ZLayer.Core.Runtimes.Docker;
using ZLayer.Core.Runtimes.Execution;
using ZLayer.Core.Runtimes.Files;
using ZLayer.Core.Runtimes.Observation;
using ZLayer.Core.Runtimes.Specifications;
using ZLayer.Core.Tests.Engines;

namespace ZLayer.Core.Tests.Runtimes.Docker;

/// <summary>
/// The life of a container on the engines that variables name, besides the one that all other tests use: a newer Docker engine
/// (<c>ZLAYER_TEST_DOCKER_HOST_NEW</c>) and Podman's service (<c>ZLAYER_TEST_PODMAN_HOST</c>).
/// </summary>
public sealed class OtherEnginesTests
{
    private const string Image = "zlayer-test/busybox:1";

    [SkippableTheory]
    [InlineData("ZLAYER_TEST_DOCKER_HOST_NEW", "docker", "Docker engine")]
    [InlineData("ZLAYER_TEST_PODMAN_HOST", "podman", "Podman service")]
    public async Task A_container_lives_on_this_engine_too(string variable, string name, string kind)
    {
        var host = Environment.GetEnvironmentVariable(variable);
        Skip.If(string.IsNullOrEmpty(host), $"{variable} names no engine");
        await using var runtime = new DockerRuntime(new DockerRuntimeOptions { Host = host, Name = name });
        var info = await runtime.DescribeAsync(detailed: true);
        Assert.True(info.IsAvailable, info.Reason);
        Assert.Equal((name, kind), (info.Name, info.Kind));
        await EngineImages.EnsureAsync(arguments => Programs.RunAsync("docker", ["-H", host!, .. arguments]), Image);

        var container = "wire-" + Guid.NewGuid().ToString("N")[..8];
        using var end = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        await using var events = runtime.GetEventsAsync(new EventFilter { Containers = [container], Types = ["container"] }, end.Token).GetAsyncEnumerator();
        var firstEvent = events.MoveNextAsync().AsTask();
        try
        {
            await LiveAsync(runtime, container);
            Assert.True(await firstEvent);
            Assert.Equal("container", events.Current.Type);
            Assert.Equal(container, events.Current.Name);
            Assert.Equal(64, events.Current.Id.Length);
        }
        finally
        {
            await runtime.RemoveContainerAsync(container, new ContainerRemoveOptions { Force = true });
        }
    }

    private static async Task LiveAsync(DockerRuntime runtime, string container)
    {
        await runtime.CreateContainerAsync(new ContainerSpecification
        {
            Image = Image, Name = container, Command = ["sh", "-c", "read line; echo \"got $line\"; echo bad >&2; sleep 1; exit 7"], Network = "none", OpenStdin = true,
        });
        await using (var session = await runtime.AttachAsync(container, new AttachOptions { StdIn = true }))
        {
            await runtime.StartContainerAsync(container);
            var executed = await runtime.ExecAsync(container, new ExecOptions { Command = ["sh", "-c", "printf out; printf err >&2; exit 3"] });
            Assert.Equal((3, "out", "err"), (executed.ExitCode, executed.StdOut, executed.StdErr));
            Assert.True((await runtime.GetContainerStatsAsync(container)).MemoryBytes >= 0);
            await runtime.PutArchiveAsync(container, "/tmp", await TarAsync("note", "hello"), new ArchivePutOptions());
            Assert.Equal(5, (await runtime.GetPathStatAsync(container, "/tmp/note")).Size);

            await session.Input.WriteAsync("me\n"u8.ToArray());
            await session.Input.FlushAsync();
            var output = new StringBuilder();
            await foreach (var chunk in session.ReadAsync())
            {
                output.Append(Encoding.UTF8.GetString(chunk.Data.Span));
            }

            Assert.Contains("got me", output.ToString());
            Assert.Contains("bad", output.ToString());
        }

        Assert.Equal(7, await runtime.WaitContainerAsync(container));
        var lines = await runtime.GetLogsAsync(container);
        Assert.Equal(["got me", "bad"], lines.OrderByDescending(l => l.Stream == LogStream.StdOut).Select(l => l.Text));
        Assert.Contains(await runtime.ListContainersAsync(new ContainerFilter()), c => c.Name == container);
        var error = await Assert.ThrowsAsync<ZLayerException>(() => runtime.GetPathStatAsync(container, "/nowhere"));
        Assert.Equal(ZLayerErrorKind.ContainerPathNotFound, error.Kind);
        error = await Assert.ThrowsAsync<ZLayerException>(() => runtime.StartContainerAsync(container + "x"));
        Assert.Equal(ZLayerErrorKind.ContainerNotFound, error.Kind);
    }

    private static async Task<Stream> TarAsync(string name, string text)
    {
        var stream = new MemoryStream();
        await using (var tar = new System.Formats.Tar.TarWriter(stream, leaveOpen: true))
        {
            await tar.WriteEntryAsync(new System.Formats.Tar.UstarTarEntry(System.Formats.Tar.TarEntryType.RegularFile, name) { DataStream = new MemoryStream(Encoding.UTF8.GetBytes(text)) });
        }

        stream.Position = 0;
        return stream;
    }
}
