using ZLayer.Core.Errors;
using ZLayer.Core.Layers;
using ZLayer.Core.Runtimes.Docker.Wire;
using ZLayer.Core.Runtimes.Files;
using ZLayer.Core.Tests.Engines;
using ZLayer.Core.Tests.Layers;

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
    public async Task What_is_missing_is_told_apart()
    {
        var id = await CreateAsync(Shell(NewName(), "true"));
        Task PutAsync(string container, string path) => Runtime.PutArchiveAsync(container, path, new MemoryStream(new byte[1024]), new ArchivePutOptions());
        foreach (var attempt in (Func<string, string, Task>[])[(c, p) => Runtime.GetPathStatAsync(c, p), (c, p) => Runtime.GetArchiveAsync(c, p), PutAsync])
        {
            await FailsAsync(ZLayerErrorKind.ContainerNotFound, () => attempt("no-such-container", "/etc"));
            await FailsAsync(ZLayerErrorKind.InvalidArgument, () => attempt(id, ""));
            if (!IsPodman || attempt != PutAsync)
            {
                // Podman makes the directory that an archive goes to.
                await FailsAsync(ZLayerErrorKind.ContainerPathNotFound, () => attempt(id, "/no/such"));
            }
        }

        await FailsAsync(ZLayerErrorKind.InvalidArgument, () => PutAsync(id, "/etc/passwd"));
    }

    [SkippableFact]
    public async Task An_archive_goes_in_and_comes_out()
    {
        var id = await CreateAsync(Shell(NewName(), "true"));
        var content = new byte[3_000_000];
        new Random(1).NextBytes(content);
        await Runtime.PutArchiveAsync(id, "/tmp", new MemoryStream(Tars.Write(tar => tar.WriteFile(Tars.File("f", content.Length), content))), new ArchivePutOptions());

        await using var archive = await Runtime.GetArchiveAsync(id, "/tmp");
        var entries = Tars.Read(archive);

        Assert.Equal(["tmp", "tmp/f"], entries.Select(entry => entry.Entry.Path));
        Assert.Equal(content, entries[1].Content);
    }

    [SkippableFact]
    public async Task An_archive_that_is_none_is_refused()
    {
        var id = await CreateAsync(Shell(NewName(), "true"));
        var garbage = new byte[10_000];
        Array.Fill(garbage, (byte)'x');
        var failure = await Assert.ThrowsAsync<ZLayerException>(() => Runtime.PutArchiveAsync(id, "/tmp", new MemoryStream(garbage), new ArchivePutOptions()));
        Assert.Equal(ZLayerErrorKind.InvalidArgument, failure.Kind);
    }

    [SkippableFact]
    public async Task A_source_that_fails_is_the_error_of_the_upload()
    {
        Skip.If(IsPodman, "Podman answers at the end of the archive, before the end of the body");
        var id = await CreateAsync(Shell(NewName(), "true"));
        var failure = await Assert.ThrowsAnyAsync<Exception>(() => Runtime.PutArchiveAsync(id, "/tmp", new FailingStream(), new ArchivePutOptions()));
        Assert.Contains("the disk is gone", failure.ToString(), StringComparison.Ordinal);
    }

    [SkippableFact]
    public async Task The_whole_file_system_is_exported()
    {
        var id = await StartAsync(Shell(NewName(), "echo x > /tmp/mark"));
        await Runtime.WaitContainerAsync(id);
        await using var archive = await Runtime.ExportContainerAsync(id);
        using var reader = new LayerTarReader(archive);
        var paths = new List<string>();
        while (reader.MoveNext() is { } entry)
        {
            paths.Add(entry.Path);
        }

        Assert.Contains("tmp/mark", paths);
        Assert.Contains("bin/busybox", paths);
        await FailsAsync(ZLayerErrorKind.ContainerNotFound, () => Runtime.ExportContainerAsync("no-such-container"));
    }

    private sealed class FailingStream : MemoryStream
    {
        private int _reads;

        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
            => _reads++ < 3 ? new ValueTask<int>(buffer.Length) : throw new IOException("the disk is gone");

        public override int Read(Span<byte> buffer) => throw new IOException("the disk is gone");
    }
}
