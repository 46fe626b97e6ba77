using System.Formats.Tar;
using ZLayer.Core.Errors;
using ZLayer.Core.Oci;
using ZLayer.Core.Storage;

namespace ZLayer.Core.Tests.Storage;

public sealed class LayerDirectoriesTests : IDisposable
{
    private const UnixFileMode Everybody = (UnixFileMode)0x1FF;

    private readonly TemporaryStore _store = new();

    public void Dispose() => _store.Dispose();

    [Fact]
    public void A_layer_is_extracted_once()
    {
        var layer = Add(File("dir/file", "content"));
        var directory = _store.Layers.EnsureDirectory(layer);
        Assert.Equal("content", System.IO.File.ReadAllText(Path.Combine(directory, "dir/file")));
        System.IO.File.WriteAllText(Path.Combine(directory, "marker"), "");
        Assert.Equal(directory, new LayerStore(_store.AnotherView(), _store.Content).EnsureDirectory(layer));
        Assert.True(System.IO.File.Exists(Path.Combine(directory, "marker")));
        Assert.Empty(_store.Leftovers());
    }

    [Fact]
    public async Task Many_who_need_one_layer_get_one_directory()
    {
        var layer = Add(File("dir/file", "content"));
        var directories = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Task.Run(
            () => new LayerStore(_store.AnotherView(), _store.Content).EnsureDirectory(layer))));
        Assert.Single(directories.Distinct());
        Assert.Empty(_store.Leftovers());
    }

    [Fact]
    public void Directories_that_a_layer_does_not_mention_are_as_below()
    {
        var bottom = Add(Directory("tmp", Everybody | UnixFileMode.StickyBit), File("tmp/a", "a"));
        var top = Add(File("tmp/b", "b"));
        var directories = _store.Layers.EnsureDirectories([bottom, top]);
        Assert.Equal(Everybody | UnixFileMode.StickyBit, ModeOf(Path.Combine(directories[1], "tmp")));
        Assert.Equal("b", System.IO.File.ReadAllText(Path.Combine(directories[1], "tmp/b")));
        Assert.Equal(directories, _store.Layers.EnsureDirectories([bottom, top]));

        // On another stack the same layer has other parents.
        var other = Add(Directory("tmp", UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute));
        var elsewhere = _store.Layers.EnsureDirectories([other, top]);
        Assert.NotEqual(directories[1], elsewhere[1]);
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute, ModeOf(Path.Combine(elsewhere[1], "tmp")));
    }

    [Fact]
    public void Layers_that_stand_alone_are_shared_between_stacks()
    {
        var a = Add(Directory("a", Everybody));
        var b = Add(Directory("b", Everybody), File("b/f", "x"));
        Assert.Equal(_store.Layers.EnsureDirectories([a, b])[1], _store.Layers.EnsureDirectories([b])[0]);
    }

    [Fact]
    public void A_hard_link_to_a_file_below_is_that_file()
    {
        var bottom = Add(Directory("d", Everybody), File("d/original", "content"));
        var top = Add(new PaxTarEntry(TarEntryType.HardLink, "d/link") { LinkName = "d/original" });
        var directories = _store.Layers.EnsureDirectories([bottom, top]);
        Assert.Equal("content", System.IO.File.ReadAllText(Path.Combine(directories[1], "d/link")));
        var error = Assert.Throws<ZLayerException>(() => _store.Layers.EnsureDirectories([Add(Directory("empty", Everybody)), top]));
        Assert.Equal(ZLayerErrorKind.InvalidArchive, error.Kind);
        Assert.Empty(_store.Leftovers());
    }

    [SkippableFact]
    public void What_is_hidden_below_is_not_seen()
    {
        Skip.IfNot(Environment.IsPrivilegedProcess, "making whiteouts needs root");
        var bottom = Add(Directory("gone", Everybody), Directory("opaque", Everybody), Directory("opaque/sub", Everybody));
        var middle = Add(File(".wh.gone", ""), Directory("opaque", UnixFileMode.UserRead | UnixFileMode.UserExecute), File("opaque/.wh..wh..opq", ""));
        var top = Add(File("gone/file", "1"), File("opaque/sub/file", "2"));
        var directory = _store.Layers.EnsureDirectories([bottom, middle, top])[2];
        Assert.Equal((UnixFileMode)0x1ED, ModeOf(Path.Combine(directory, "gone")));
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserExecute, ModeOf(Path.Combine(directory, "opaque")));
        Assert.Equal((UnixFileMode)0x1ED, ModeOf(Path.Combine(directory, "opaque/sub")));
    }

    [Fact]
    public void A_blob_that_is_damaged_on_disk_is_deleted_so_that_it_can_be_fetched_again()
    {
        var layer = Add(File("file", "content"));
        var path = _store.Content.GetPath(layer);
        var bytes = System.IO.File.ReadAllBytes(path);
        bytes[^1500] ^= 1;
        System.IO.File.Delete(path);
        System.IO.File.WriteAllBytes(path, bytes);

        Assert.Equal(ZLayerErrorKind.DigestMismatch, Assert.Throws<ZLayerException>(() => _store.Layers.EnsureDirectory(layer)).Kind);

        Assert.False(_store.Content.Contains(layer));
        Assert.Null(_store.Layers.FindDirectory(layer));
        Assert.Empty(_store.Leftovers());
    }

    [Fact]
    public void A_hostile_layer_leaves_nothing()
    {
        var layer = Add(File("../../escape", "x"));
        Assert.Equal(ZLayerErrorKind.InvalidArchive, Assert.Throws<ZLayerException>(() => _store.Layers.EnsureDirectory(layer)).Kind);
        Assert.Null(_store.Layers.FindDirectory(layer));
        Assert.Empty(_store.Leftovers());
    }

    [Fact]
    public void After_a_restart_of_the_machine_what_was_not_flushed_is_verified_or_made_again()
    {
        using (var writer = _store.Content.Create(ContentDurability.Deferred))
        {
            writer.Write([1, 2, 3]);
            writer.Commit();
        }

        var good = Add(File("file", "content"));
        _store.Layers.EnsureDirectory(good);
        var damaged = _store.Content.GetPath(Digest.Of([1, 2, 3]));
        System.IO.File.Delete(damaged);
        System.IO.File.WriteAllBytes(damaged, [0, 0, 0]); // What a power cut can leave of a file.
        var marks = Path.Combine(_store.Layout.Ingest, "unflushed");
        System.IO.Directory.Move(System.IO.Directory.GetDirectories(marks).Single(), Path.Combine(marks, "earlier-boot"));

        var content = new ContentStore(_store.AnotherView());

        Assert.False(content.Contains(Digest.Of([1, 2, 3])));
        Assert.True(content.Contains(good));
        Assert.Null(_store.Layers.FindDirectory(good));
        Assert.Empty(System.IO.Directory.GetDirectories(marks));
    }

    [Fact]
    public void Settling_flushes_and_forgets_the_marks()
    {
        using (var writer = _store.Content.Create(ContentDurability.Deferred))
        {
            writer.Write([1, 2, 3]);
            writer.Commit();
        }

        var marks = Path.Combine(_store.Layout.Ingest, "unflushed");
        Assert.Single(System.IO.Directory.GetFiles(marks, "*", SearchOption.AllDirectories));
        UnflushedMarks.Settle(_store.Layout, TimeSpan.FromHours(1));
        Assert.Single(System.IO.Directory.GetFiles(marks, "*", SearchOption.AllDirectories));
        UnflushedMarks.Settle(_store.Layout, TimeSpan.Zero);
        Assert.Empty(System.IO.Directory.GetFiles(marks, "*", SearchOption.AllDirectories));
    }

    private Digest Add(params PaxTarEntry[] entries)
    {
        using var output = new MemoryStream();
        using (var writer = new TarWriter(output, TarEntryFormat.Pax, leaveOpen: true))
        {
            foreach (var entry in entries)
            {
                writer.WriteEntry(entry);
            }
        }

        using var blob = _store.Content.Create(ContentDurability.Deferred);
        blob.Write(output.ToArray());
        return blob.Commit();
    }

    private static PaxTarEntry File(string path, string content)
        => new(TarEntryType.RegularFile, path) { DataStream = new MemoryStream(System.Text.Encoding.UTF8.GetBytes(content)) };

    private static PaxTarEntry Directory(string path, UnixFileMode mode) => new(TarEntryType.Directory, path) { Mode = mode };

    private static UnixFileMode ModeOf(string path)
        => OperatingSystem.IsWindows() ? throw new PlatformNotSupportedException() : System.IO.File.GetUnixFileMode(path);
}
