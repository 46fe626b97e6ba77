using ZLayer.Core.Errors;
using ZLayer.Core.Runtimes;
using ZLayer.Core.Runtimes.Docker;
using ZLayer.Core.Runtimes.Files;
using ZLayer.Core.Runtimes.Specifications;
using ZLayer.Core.Tests.Engines;
using ZLayer.Core.Tests.Layers;

namespace ZLayer.Core.Tests.Runtimes.Docker;

/// <summary>Containers that die or go away while files are copied, and engines that do.</summary>
public sealed class CopyFaultTests(DockerEngineFixture docker) : EngineTest(docker)
{
    private const long Size = 200_000_000;
    private const long Middle = 20_000_000;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(90);

    // An engine may let the copy end first, or end it.
    private static readonly ZLayerErrorKind[] Expected =
        [ZLayerErrorKind.ContainerNotFound, ZLayerErrorKind.ContainerNotRunning, ZLayerErrorKind.ContainerPathNotFound, ZLayerErrorKind.RuntimeUnavailable, ZLayerErrorKind.InvalidArchive];

    private readonly TemporaryDirectory _host = new();

    public override async Task DisposeAsync()
    {
        await base.DisposeAsync();
        _host.Dispose();
    }

    [SkippableTheory]
    [InlineData("kill")]
    [InlineData("remove")]
    public async Task A_container_that_dies_while_a_file_is_copied_out_leaves_the_whole_file_or_none(string end)
    {
        var id = await StartAsync(Shell(NewName(), $"truncate -s {Size} /large; echo; sleep 600"));
        _ = await Runtime.StreamLogsAsync(id, new() { Follow = true }).FirstAsync();
        var middle = new Middleway();

        var copying = Runtime.CopyFromContainerAsync(id, "/large", _host.Combine("copy"), new ContainerCopyOptions { Progress = middle });
        await middle.Reached.WaitAsync(Patience);
        var ending = EndAsync(id, end);

        if (await FailureAsync(copying) is { } failure)
        {
            Assert.Contains(failure.Kind, Expected);
            Assert.Empty(Directory.GetFileSystemEntries(_host.Path));
        }
        else
        {
            Assert.Equal(Size, new FileInfo(_host.Combine("copy")).Length);
            Assert.Single(Directory.GetFileSystemEntries(_host.Path));
        }

        await ending.WaitAsync(Patience);
    }

    [SkippableTheory]
    [InlineData("kill")]
    [InlineData("remove")]
    public async Task A_container_that_dies_while_a_file_is_copied_in_is_told_unless_the_file_is_whole(string end)
    {
        var id = await StartAsync(Shell(NewName(), "sleep 600"));
        Assert.Equal(0, (await Programs.RunAsync("truncate", "-s", $"{Size}", _host.Combine("large"))).ExitCode);
        var middle = new Middleway();

        var copying = Runtime.CopyToContainerAsync(id, _host.Combine("large"), "/tmp/copy", new ContainerCopyOptions { Progress = middle });
        await middle.Reached.WaitAsync(Patience);
        var ending = EndAsync(id, end);

        if (await FailureAsync(copying) is { } failure)
        {
            Assert.Contains(failure.Kind, Expected);
        }
        else if (end == "kill")
        {
            Assert.Equal(Size, (await Runtime.GetPathStatAsync(id, "/tmp/copy")).Size);
        }

        await ending.WaitAsync(Patience);
    }

    [SkippableFact]
    public async Task An_engine_that_is_killed_in_mid_copy_is_told_and_copies_after_its_start()
    {
        Skip.IfNot(PrivateEngine.Obstacle is null, PrivateEngine.Obstacle);
        await using var engine = await PrivateEngine.StartAsync();
        await EngineImages.EnsureAsync(engine.RunAsync, Image);
        await using var owned = new DockerRuntime(new DockerRuntimeOptions { Host = engine.Host });
        IContainerRuntime runtime = owned;
        // The engine copies out of one container once at a time.
        var containers = new List<string>();
        for (var n = 0; n < 3; n++)
        {
            containers.Add((await runtime.CreateContainerAsync(new ContainerSpecification { Image = Image, Network = "none" })).Id);
        }

        Assert.Equal(0, (await Programs.RunAsync("truncate", "-s", $"{Size}", _host.Combine("large"))).ExitCode);
        await runtime.CopyToContainerAsync(containers[0], _host.Combine("large"), "/large", new ContainerCopyOptions());
        await runtime.CopyToContainerAsync(containers[1], _host.Combine("large"), "/large", new ContainerCopyOptions());
        File.WriteAllText(_host.Combine("old"), "old");
        var (newOut, oldOut, inside) = (new Middleway(), new Middleway(), new Middleway());

        Task[] copies =
        [
            runtime.CopyFromContainerAsync(containers[0], "/large", _host.Combine("new"), new ContainerCopyOptions { Progress = newOut }),
            runtime.CopyFromContainerAsync(containers[1], "/large", _host.Combine("old"), new ContainerCopyOptions { Progress = oldOut }),
            runtime.CopyToContainerAsync(containers[2], _host.Combine("large"), "/tmp", new ContainerCopyOptions { Progress = inside }),
        ];
        await Task.WhenAll(newOut.Reached, oldOut.Reached, inside.Reached).WaitAsync(Patience);
        await engine.KillAsync();

        foreach (var copy in copies)
        {
            var failure = await FailureAsync(copy);
            Assert.True(failure is { Kind: ZLayerErrorKind.RuntimeUnavailable, Advice: not null }, failure?.ToString());
        }

        Assert.Equal(["large", "old"], Directory.GetFileSystemEntries(_host.Path).Select(Path.GetFileName).Order());
        Assert.Equal("old", File.ReadAllText(_host.Combine("old")));

        await engine.StartAgainAsync();
        await runtime.CopyFromContainerAsync(containers[0], "/large", _host.Combine("old"), new ContainerCopyOptions());
        Assert.Equal(Size, new FileInfo(_host.Combine("old")).Length);
    }

    private Task EndAsync(string container, string how)
        => how == "kill"
            ? Runtime.KillContainerAsync(container)
            : Runtime.RemoveContainerAsync(container, new ContainerRemoveOptions());

    private static async Task<ZLayerException?> FailureAsync(Task copy)
    {
        try
        {
            await copy.WaitAsync(Patience);
            return null;
        }
        catch (ZLayerException e)
        {
            return e;
        }
    }

    /// <summary>Tells when a copy has come to its middle, and slows down the rest.</summary>
    private sealed class Middleway : IProgress<long>
    {
        private readonly TaskCompletionSource _reached = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public Task Reached => _reached.Task;

        public void Report(long value)
        {
            if (value > Middle)
            {
                _reached.TrySetResult();
                Thread.Sleep(5);
            }
        }
    }
}
