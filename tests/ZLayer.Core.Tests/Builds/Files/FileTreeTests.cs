using System.Runtime.InteropServices;
using System.Text;
using ZLayer.Core.Builds.Files;
using ZLayer.Core.Errors;
using ZLayer.Core.Layers;
using static ZLayer.Core.Tests.Builds.Files.CopyFixture;

namespace ZLayer.Core.Tests.Builds.Files;

public sealed class FileTreeTests : IDisposable
{
    private readonly CopyFixture _fixture = new();

    public void Dispose() => _fixture.Dispose();

    [Theory]
    [InlineData("", "")]
    [InlineData("/", "")]
    [InlineData(".", "")]
    [InlineData("a/./b//c/", "a/b/c")]
    [InlineData("/a/../../b", "b")]
    [InlineData("..", "")]
    [InlineData("a..b/...", "a..b/...")]
    public void Clean_resolves_dots_and_stops_at_the_root(string path, string expected) => Assert.Equal(expected, FileTreePaths.Clean(path));

    [Fact]
    public void Whiteouts_hide_nothing_of_their_own_layer_wherever_they_stand()
    {
        using var fixture = new CopyFixture();
        var lower = fixture.Layer(CopyFixture.Reg("a/old", "1"), CopyFixture.Reg("b/old", "1"), CopyFixture.Reg("c/old", "1"));
        var upper = fixture.Layer(
            CopyFixture.Reg(".wh.a", ""), CopyFixture.Reg("a/new", "2"), CopyFixture.Dir("b"), CopyFixture.Reg("b/new", "2"), CopyFixture.Reg(".wh.b", ""), CopyFixture.Reg(".wh.c", ""));
        using var tree = new StackedTree([lower, upper], "stage");

        Assert.Equal(["a", "b"], tree.List(tree.Find("")!).Select(n => n.Name));
        Assert.Equal(["new"], tree.List(tree.Find("a")!).Select(n => n.Name));
        Assert.Equal(["new"], tree.List(tree.Find("b")!).Select(n => n.Name));
    }

    [Fact]
    public void A_layer_shows_the_last_entry_of_a_path_and_nothing_below_what_became_a_file()
    {
        using var fixture = new CopyFixture();
        using var tree = fixture.Layer(
            CopyFixture.Reg("f", "old"), CopyFixture.Hardlink("g", "f"), CopyFixture.Reg("f", "new"), CopyFixture.Dir("d"), CopyFixture.Reg("d/in", "I"), CopyFixture.Reg("d", "file"));

        Assert.Equal("new", Content("f"));
        Assert.Equal("old", Content("g"));
        Assert.Equal("file", Content("d"));
        Assert.Null(tree.Find("d/in"));

        string Content(string path)
        {
            using var reader = new StreamReader(tree.OpenRead(tree.Find(path)!));
            return reader.ReadToEnd();
        }
    }

    [Fact]
    public void A_directory_tree_lists_in_ordinal_order_and_finds_without_following()
    {
        _fixture.Write("b/x", "1");
        _fixture.Write("a-b", "2");
        _fixture.Write("a/y", "3");
        _fixture.Write("B", "4");
        _fixture.Link("link", "a");
        using var tree = _fixture.OpenContext();

        Assert.Equal(["B", "a", "a-b", "b", "link"], tree.List(tree.Find("")!).Select(n => n.Name));
        Assert.Equal("a/y", tree.Find("a/y")!.Path);
        Assert.Null(tree.Find("link/y"));
        Assert.Null(tree.Find("a/y/z"));
        Assert.Null(tree.Find("none"));
        Assert.Equal("a", tree.Find("link")!.LinkTarget);
    }

    [Fact]
    public void An_ignore_file_hides_and_an_exception_shows_the_way_to_what_it_includes()
    {
        _fixture.Write("node_modules/big/index.js", "x");
        _fixture.Write("docs/a.md", "x");
        _fixture.Write("docs/deep/keep.md", "x");
        _fixture.Write("docs/empty/b.md", "x");
        _fixture.Write("src/main.ts", "x");

        Assert.Equal(
            ["d 0755 0:0 x", "d 0755 0:0 x/docs", "d 0755 0:0 x/docs/deep", "f 0644 0:0 x/docs/deep/keep.md x", "d 0755 0:0 x/src", "f 0644 0:0 x/src/main.ts x"],
            _fixture.Copy(["."], "/x", ignore: "node_modules\ndocs\n!docs/deep/keep.md\n"));
    }

    [Fact]
    public void What_is_no_directory_cannot_be_a_context()
    {
        var file = _fixture.Write("file", "x");

        Assert.Equal(ZLayerErrorKind.PathNotFound, Assert.Throws<ZLayerException>(() => new DirectoryTree(file)).Kind);
        Assert.Equal(ZLayerErrorKind.PathNotFound, Assert.Throws<ZLayerException>(() => new DirectoryTree(file + "none")).Kind);
    }

    [Fact]
    public void A_directory_that_becomes_a_link_after_it_was_listed_is_not_followed()
    {
        _fixture.Write("inside/file", "mine");
        File.WriteAllText(Path.Combine(_fixture.Root, "file"), "not");
        using var tree = _fixture.OpenContext();
        var node = tree.Find("inside/file")!;

        Directory.Delete(Path.Combine(_fixture.Context, "inside"), recursive: true);
        _fixture.Link("inside", _fixture.Root);

        Assert.Throws<ZLayerException>(() => tree.OpenRead(node));
    }

    [Fact]
    public void A_file_that_changes_while_it_is_read_is_an_error()
    {
        var path = _fixture.Write("file", "12345");
        using var tree = _fixture.OpenContext();
        var copy = _fixture.Prepare(tree, ["file"], "/x");

        File.AppendAllText(path, "6");
        Assert.Equal(ZLayerErrorKind.StorageReadFailed, Assert.Throws<ZLayerException>(() => copy.WriteLayer(Stream.Null, null)).Kind);
        File.WriteAllText(path, "123");
        Assert.Contains("changed while it was read", Assert.Throws<ZLayerException>(() => copy.ComputeDigest()).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Names_that_are_not_utf8_survive()
    {
        var name = new byte[] { (byte)'a', 0xFF, (byte)'b' };
        byte[] path = [.. Encoding.UTF8.GetBytes(_fixture.Context + "/"), .. name, 0];
        Assert.True(MakeFile(path));
        using var tree = _fixture.OpenContext();
        using var layer = new MemoryStream();

        _fixture.Prepare(tree, ["."], "/x").WriteLayer(layer, null);
        Assert.Equal(0, Unlink(path)); // The platform's own recursive deletion cannot name the file.

        Assert.True(layer.ToArray().AsSpan().IndexOf(name) > 0);
    }

    private static bool MakeFile(byte[] path)
    {
        var descriptor = Creat(path, 0b110_100_100);
        return descriptor >= 0 && Close(descriptor) == 0;
    }

    [DllImport("libc", EntryPoint = "creat")]
    private static extern int Creat(byte[] path, uint mode);

    [DllImport("libc", EntryPoint = "unlink")]
    private static extern int Unlink(byte[] path);

    [DllImport("libc", EntryPoint = "close")]
    private static extern int Close(int descriptor);

    [Fact]
    public void A_tar_tree_reads_content_where_it_lies()
    {
        using var tree = _fixture.Layer(Dir("d"), Reg("d/one", "first"), Reg("d/two", "second"), Hardlink("d/three", "d/two"), Reg("implied/deep/file", "x"));

        Assert.Equal("second", Read(tree, "d/two"));
        Assert.Equal("second", Read(tree, "d/three"));
        Assert.Equal(tree.Find("d/two")!.Identity, tree.Find("d/three")!.Identity);
        Assert.Equal(["deep"], tree.List(tree.Find("implied")!).Select(n => n.Name));
        Assert.Equal(1000, tree.Find("d/one")!.ModificationTime.ToUnixTimeSeconds());
    }

    [Fact]
    public void An_upper_layer_hides_replaces_and_adds()
    {
        using var stack = new StackedTree(
        [
            _fixture.Layer(Dir("keep", 0b111_000_000, 1, 2), Reg("keep/old", "old"), Reg("keep/gone", "x"), Dir("opaque"), Reg("opaque/hidden", "x"), Reg("file", "1"), Dir("dir"), Reg("dir/in", "x")),
            _fixture.Layer(Reg("keep/.wh.gone", ""), Reg("keep/new", "new"), Dir("opaque"), Reg("opaque/.wh..wh..opq", ""), Reg("opaque/shown", "y"), Reg("file", "2"), Reg("dir", "now a file")),
        ], "stage test");

        Assert.Equal(["new", "old"], stack.List(stack.Find("keep")!).Select(n => n.Name));
        Assert.Equal((0b111_000_000, 1L), (stack.Find("keep")!.Mode, stack.Find("keep")!.Uid));
        Assert.Null(stack.Find("keep/gone"));
        Assert.Equal(["shown"], stack.List(stack.Find("opaque")!).Select(n => n.Name));
        Assert.Equal("2", Read(stack, "file"));
        Assert.Null(stack.Find("dir/in"));
        Assert.Equal(["dir", "file", "keep", "opaque"], stack.List(stack.Find("")!).Select(n => n.Name));
    }

    [Fact]
    public void A_stack_of_no_layers_is_an_empty_directory()
    {
        using var stack = new StackedTree([], "stage empty");

        Assert.Empty(stack.List(stack.Find("")!));
        Assert.Null(stack.Find("x"));
        Assert.Equal(["d 0755 0:0 x"], List(PreparedCopy.Prepare(new CopyRequest { Sources = [new CopySource(stack, "/")], Destination = "/x" })));
    }

    [SkippableFact]
    public void An_extracted_layer_says_the_same_as_its_tar()
    {
        Skip.IfNot(Environment.IsPrivilegedProcess, "devices and trusted attributes need root");
        var directory = Directory.CreateDirectory(Path.Combine(_fixture.Root, "layer")).FullName;
        Directory.CreateDirectory(Path.Combine(directory, "keep"));
        Skip.If(MakeNode(Path.Combine(directory, "keep/gone"), 0x2000, 0) != 0, "this file system takes no devices");
        Directory.CreateDirectory(Path.Combine(directory, "opaque"));
        Skip.If(SetAttribute(Path.Combine(directory, "opaque"), "trusted.overlay.opaque", "y"u8.ToArray(), 1, 0) != 0, "this file system takes no trusted attributes");
        File.WriteAllText(Path.Combine(directory, "opaque/shown"), "y");
        using var stack = new StackedTree(
            [_fixture.Layer(Dir("keep"), Reg("keep/gone", "x"), Reg("keep/old", "old"), Dir("opaque"), Reg("opaque/hidden", "x")), new LayerDirectoryTree(directory, "layer")], "stage test");

        Assert.Equal(["old"], stack.List(stack.Find("keep")!).Select(n => n.Name));
        Assert.Null(stack.Find("keep/gone"));
        Assert.Equal(["shown"], stack.List(stack.Find("opaque")!).Select(n => n.Name));
        Assert.Equal("y", Read(stack, "opaque/shown"));
    }

    [SkippableFact]
    public void A_copy_from_a_layer_has_the_same_digest_from_its_tar_and_from_its_directory()
    {
        Skip.IfNot(Environment.IsPrivilegedProcess, "owners need root");
        using var tar = _fixture.Layer(Dir("d", 0b111_000_000, 1, 2), Reg("d/a", "A", uid: 3), Hardlink("d/b", "d/a"), Symlink("d/l", "a"), Reg("d/c", "C"));
        var directory = Directory.CreateDirectory(Path.Combine(_fixture.Root, "layer")).FullName;
        using (var stream = _fixture.LayerFile(Dir("d", 0b111_000_000, 1, 2), Reg("d/a", "A", uid: 3), Hardlink("d/b", "d/a"), Symlink("d/l", "a"), Reg("d/c", "C")))
        {
            LayerExtractor.Extract(stream, directory, new LayerExtractionOptions());
        }

        using var extracted = new LayerDirectoryTree(directory, "layer");
        ZLayer.Core.Oci.Digest Of(IFileTree tree)
            => PreparedCopy.Prepare(new CopyRequest { Sources = [new CopySource(tree, "/")], Destination = "/x" }).ComputeDigest();

        Assert.Equal(Of(tar), Of(extracted));
    }

    [Fact]
    public void A_layer_that_is_read_in_place_has_files_below_a_link_where_the_link_leads()
    {
        using var tree = new StackedTree(
            [
                _fixture.Layer(CopyFixture.Reg("usr/lib/gone", "G")),
                _fixture.Layer(
                    CopyFixture.Symlink("lib", "usr/lib"), CopyFixture.Reg("lib/x", "X"), CopyFixture.Hardlink("y", "lib/x"), CopyFixture.Reg("lib/.wh.gone", "")),
            ],
            "a stage");

        Assert.Equal("usr/lib", tree.Find("lib")!.LinkTarget);
        Assert.Equal(["usr/lib/x"], tree.List(tree.Find("usr/lib")!).Select(node => node.Path));
        Assert.Equal(["lib", "usr", "y"], tree.List(tree.Find("")!).Select(node => node.Path));
    }

    [Fact]
    public void The_reading_of_a_layer_in_place_can_be_cancelled()
    {
        using var cancellation = new CancellationTokenSource();
        cancellation.Cancel();
        using var layer = _fixture.LayerFile(CopyFixture.Reg("x", "X"));

        Assert.Throws<OperationCanceledException>(() => new TarTree(layer, "the layer", cancellationToken: cancellation.Token));
    }

    [SkippableFact]
    public void File_capabilities_are_kept_and_other_attributes_are_not()
    {
        var path = _fixture.Write("tool", "T");
        byte[] capability = [1, 0, 0, 2, 0, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0];
        Skip.If(SetAttribute(path, "security.capability", capability, capability.Length, 0) != 0, "file capabilities cannot be set here");
        _ = SetAttribute(path, "user.note", "n"u8.ToArray(), 1, 0);
        for (var round = 0; round < 2; round++)
        {
            using var tree = _fixture.OpenContext(digests: _fixture.OpenCache());
            var copy = _fixture.Prepare(tree, ["tool"], "/tool");
            Assert.Equal(1 - round, copy.UnknownFiles);
            using var layer = new MemoryStream();
            copy.WriteLayer(layer, null);
            layer.Position = 0;
            using var reader = new LayerTarReader(layer);
            var entry = reader.MoveNext()!;

            Assert.Equal(["security.capability"], entry.ExtendedAttributes!.Keys);
            Assert.Equal(capability, entry.ExtendedAttributes["security.capability"]);
        }
    }

    [Fact]
    public void Hard_links_in_a_layer_have_the_attributes_of_their_file()
    {
        byte[] capability = [1, 0, 0, 2, 0, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0];
        var attributes = new Dictionary<string, byte[]> { ["security.capability"] = capability };
        var path = _fixture.Write("layer.tar", "");
        File.WriteAllBytes(path, Layers.Tars.Write(writer =>
        {
            writer.WriteFile(Layers.Tars.File("tool", 1) with { ExtendedAttributes = attributes }, "T"u8.ToArray());
            writer.WriteEntry(Layers.Tars.HardLink("link", "tool"));
            writer.WriteFile(Layers.Tars.File("other", 1) with { ExtendedAttributes = attributes }, "O"u8.ToArray());
            writer.WriteFile(Layers.Tars.File("plain", 1), "P"u8.ToArray());
            writer.WriteEntry(Layers.Tars.HardLink("other", "plain"));
        }));
        using var tree = new TarTree(File.OpenRead(path), "the layer");

        Assert.Equal(capability, tree.GetExtendedAttributes(tree.Find("link")!)!["security.capability"]);
        Assert.Null(tree.GetExtendedAttributes(tree.Find("other")!));
        using var layer = new MemoryStream();
        _fixture.Prepare(tree, ["link"], "/tool").WriteLayer(layer, null);
        layer.Position = 0;
        using var reader = new LayerTarReader(layer);
        Assert.Equal(capability, reader.MoveNext()!.ExtendedAttributes!["security.capability"]);
    }

    [DllImport("libc", EntryPoint = "mknod")]
    private static extern int MakeNode([MarshalAs(UnmanagedType.LPUTF8Str)] string path, uint mode, ulong device);

    [DllImport("libc", EntryPoint = "setxattr")]
    private static extern int SetAttribute(
        [MarshalAs(UnmanagedType.LPUTF8Str)] string path, [MarshalAs(UnmanagedType.LPUTF8Str)] string name, byte[] value, nint size, int flags);

    [Fact]
    public void A_failing_output_ends_the_copy_with_its_error()
    {
        _fixture.Write("large", new string('x', 20_000_000));
        using var tree = _fixture.OpenContext();

        Assert.Throws<IOException>(() => _fixture.Prepare(tree, ["."], "/x").WriteLayer(new FullDisk(), null));
    }

    [Fact]
    public void A_cancelled_copy_ends()
    {
        _fixture.Write("file", "x");
        using var tree = _fixture.OpenContext();
        var copy = _fixture.Prepare(tree, ["."], "/x");
        using var cancelled = new CancellationTokenSource();
        cancelled.Cancel();

        Assert.ThrowsAny<OperationCanceledException>(() => copy.WriteLayer(Stream.Null, null, cancelled.Token));
    }

    [Fact]
    public void Workdir_makes_what_is_missing_and_nothing_else()
    {
        using var target = _fixture.Layer(Dir("home"), Dir("home/app", 0b111_000_000, 7, 7), Symlink("link", "/home/app"), Reg("file", "x"), Dir("etc"), Reg("etc/passwd", "app:x:7:8::/:\n"));

        AssertWorkdir(2, ["d 0755 0:0 a", "d 0755 0:0 a/b"], Workdir("/a/b", null, null));
        AssertWorkdir(0, [], Workdir("/home/app", null, target));
        AssertWorkdir(0, [], Workdir("/", null, null));
        AssertWorkdir(1, ["d 0755 0:0 home", "d 0700 7:7 home/app", "d 0755 7:8 home/app/new"], Workdir("/link/new", "app", target));
        AssertWorkdir(1, ["d 0755 0:0 x"], Workdir("/x", "unknown", target));
        Assert.Equal(ZLayerErrorKind.BuildStepInvalid, Assert.Throws<ZLayerException>(() => Workdir("/file/x", null, target)).Kind);
    }

    private static void AssertWorkdir(int made, string[] lines, (int Made, string[] Lines) actual)
    {
        Assert.Equal(made, actual.Made);
        Assert.Equal(lines, actual.Lines);
    }

    private static (int Made, string[] Lines) Workdir(string path, string? user, IFileTree? target)
    {
        using var layer = new MemoryStream();
        var made = DirectoryLayer.Write(layer, path, user, target, DateTimeOffset.UnixEpoch);
        layer.Position = 0;
        return (made, List(layer));
    }

    private static string Read(IFileTree tree, string path)
    {
        using var reader = new StreamReader(tree.OpenRead(tree.Find(path)!));
        return reader.ReadToEnd();
    }

    private sealed class FullDisk : MemoryStream
    {
        public override void Write(ReadOnlySpan<byte> buffer) => throw new IOException("No space left on device");
    }
}
