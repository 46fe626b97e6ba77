using ZLayer.Core.Errors;
using ZLayer.Core.Runtimes.Files;
using ZLayer.Core.Tests.Layers;

namespace ZLayer.Core.Tests.Runtimes.Files;

/// <summary>Archives of containers that stop coming: what was copied is whole or not there.</summary>
public sealed class InterruptedCopyTests : IDisposable
{
    private static readonly string New = new('n', 30_000);

    private readonly TemporaryDirectory _host = new();

    public static TheoryData<int> Cuts => [.. Enumerable.Range(1, 70).Select(n => n * 997)];

    [Theory]
    [MemberData(nameof(Cuts))]
    public async Task A_copy_that_is_cut_leaves_whole_files_only(int length)
    {
        WriteOld();
        var cut = Archive()[..length];

        foreach (var (archive, kind) in ((Stream, ZLayerErrorKind?)[])[(new MemoryStream(cut), ZLayerErrorKind.InvalidArchive), (new BrokenStream(cut), null)])
        {
            var copying = new ArchiveContainer(() => archive).CopyFromContainerAsync("web", "/a", _host.Combine("there"), new ContainerCopyOptions());
            var failure = await Assert.ThrowsAnyAsync<Exception>(() => copying);
            Assert.Equal(kind, (failure as ZLayerException)?.Kind);
            foreach (var file in Files(_host.Combine("there")))
            {
                Assert.Contains(Path.GetFileName(file), new[] { "first", "second" });
                Assert.Contains(File.ReadAllText(file), new[] { New, "old" });
            }

            Assert.True(File.Exists(_host.Combine("there/a/second")));
        }
    }

    [Fact]
    public async Task An_archive_that_stops_between_two_files_is_an_error()
    {
        var whole = Archive();
        var between = 512 + 512 + (59 * 512);
        var failure = await Assert.ThrowsAsync<ZLayerException>(
            () => new ArchiveContainer(() => new MemoryStream(whole[..between])).CopyFromContainerAsync("web", "/a", _host.Path, new ContainerCopyOptions()));
        Assert.Equal(ZLayerErrorKind.InvalidArchive, failure.Kind);
        Assert.Contains("/a", failure.Message, StringComparison.Ordinal);
        Assert.Equal(New, File.ReadAllText(_host.Combine("a/first")));
        Assert.False(File.Exists(_host.Combine("a/second")));
    }

    [Fact]
    public async Task A_copy_that_is_stopped_leaves_no_part_of_a_file()
    {
        using var stop = new CancellationTokenSource();
        var silent = new BrokenStream(Archive()[..20_000], onEnd: stop.Cancel);
        await Assert.ThrowsAnyAsync<Exception>(
            () => new ArchiveContainer(() => silent).CopyFromContainerAsync("web", "/a", _host.Path, new ContainerCopyOptions(), stop.Token));
        Assert.Empty(Files(_host.Path));
    }

    [Fact]
    public async Task What_is_replaced_keeps_its_content_for_those_who_have_it_open()
    {
        WriteOld();
        using var open = File.OpenText(_host.Combine("there/a/second"));
        await new ArchiveContainer(() => new MemoryStream(Archive())).CopyFromContainerAsync("web", "/a", _host.Combine("there"), new ContainerCopyOptions());
        Assert.Equal("old", open.ReadToEnd());
        Assert.Equal(New, File.ReadAllText(_host.Combine("there/a/second")));
        Assert.Equal(["first", "second", "third"], Directory.GetFileSystemEntries(_host.Combine("there/a")).Select(Path.GetFileName).Order());
    }

    public void Dispose() => _host.Dispose();

    private void WriteOld()
    {
        _host.CreateDirectory("there/a");
        File.WriteAllText(_host.Combine("there/a/second"), "old");
    }

    // Links are left out.
    private static IEnumerable<string> Files(string directory)
        => Directory.GetFiles(directory, "*", new EnumerationOptions { RecurseSubdirectories = true, AttributesToSkip = FileAttributes.ReparsePoint });

    private static byte[] Archive() => Tars.Write(tar =>
    {
        tar.WriteEntry(Tars.Directory("a"));
        tar.Text("a/first", New);
        tar.Text("a/second", New);
        tar.WriteEntry(Tars.Directory("a/third"));
        for (var n = 0; n < 20; n++)
        {
            tar.WriteEntry(Tars.SymbolicLink($"a/third/{n}", "../first"));
        }
    });

    /// <summary>A connection that breaks behind its content.</summary>
    private sealed class BrokenStream(byte[] content, Action? onEnd = null) : MemoryStream(content)
    {
        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            if (Position < Length)
            {
                return new ValueTask<int>(Read(buffer.Span));
            }

            onEnd?.Invoke();
            throw new IOException("the connection is gone");
        }
    }
}
