using ZLayer.Core.Runtimes.Docker.Wire;
using ZLayer.Core.Runtimes.Files;
using ZLayer.Core.Tests.Engines;

namespace ZLayer.Core.Tests.Runtimes.Docker;

public sealed class DockerFilesTests(DockerEngineFixture docker) : EngineTest(docker)
{
    [SkippableFact]
    public async Task Paths_are_described_running_or_not()
    {
        var id = await StartAsync(Shell(NewName(), "mkdir /d; chmod 3755 /d; printf abc > /d/f; chmod 4711 /d/f; touch -d @1000000000 /d/f; ln -s f /d/link; mkfifo -m 600 /d/pipe"));
        await Runtime.WaitContainerAsync(id);

        Assert.Equal("drwxr-sr-t", (await Runtime.GetPathStatAsync(id, "/d")).Mode.ToString());
        var file = await Runtime.GetPathStatAsync(id, "/d/f");
        Assert.Equal(("f", 3, "-rws--x--x", ""), (file.Name, file.Size, file.Mode.ToString(), file.LinkTarget));
        Assert.Equal(DateTimeOffset.FromUnixTimeSeconds(1000000000), file.LastWriteTime);
        var link = await Runtime.GetPathStatAsync(id, "/d/link");
        Assert.True(link.Mode.IsSymbolicLink);
        Assert.Equal("/d/f", link.LinkTarget);
        Assert.Equal("prw-------", (await Runtime.GetPathStatAsync(id, "/d/pipe")).Mode.ToString());
        Assert.Equal("crw-rw-rw-", new ZLayer.Core.Runtimes.Files.FileMode(EnginePathStat.ToUnix((1u << 26) | (1u << 21) | 0x1B6)).ToString());
    }

    [SkippableFact]
    public async Task A_source_that_fails_is_the_error_of_the_upload()
    {
        Skip.If(IsPodman, "Podman answers at the end of the archive, before the end of the body");
        var id = await CreateAsync(Shell(NewName(), "true"));
        var failure = await Assert.ThrowsAnyAsync<Exception>(() => Runtime.PutArchiveAsync(id, "/tmp", new FailingStream(), new ArchivePutOptions()));
        Assert.Contains("the disk is gone", failure.ToString(), StringComparison.Ordinal);
    }

    private sealed class FailingStream : MemoryStream
    {
        private int _reads;

        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
            => _reads++ < 3 ? new ValueTask<int>(buffer.Length) : throw new IOException("the disk is gone");

        public override int Read(Span<byte> buffer) => throw new IOException("the disk is gone");
    }
}
