using ZLayer.Core.Errors;
using ZLayer.Core.Foundation.Linux;
using ZLayer.Core.Layers;
using ZLayer.Core.Oci;

namespace ZLayer.Core.Tests.Layers;

public sealed class LayerExtractorTests
{
    [SkippableFact]
    public void Files_come_with_owner_mode_time_attributes_and_links()
    {
        Skip.IfNot(Linux.IsRoot, "owners and devices need root");
        using var directory = new TemporaryDirectory();
        var capability = Convert.FromHexString("0100000200040000000000000000000000000000");
        var result = Extract(directory.Path, writer =>
        {
            writer.WriteEntry(Tars.Directory("", 0b111_101_101) with { Uid = 7, ModificationTime = Tars.Time.AddDays(-9) });
            writer.WriteEntry(Tars.Directory("d", 0x56D) with { Uid = 10, Gid = 20, ModificationTime = Tars.Time.AddDays(-1) }); // 02555
            writer.WriteFile(Tars.File("d/su", 3, 0x9ED) with { Uid = 1000, Gid = 1001, ExtendedAttributes = new Dictionary<string, byte[]> { ["user.note"] = [1, 0], ["security.capability"] = capability } }, "abc"u8);
            writer.WriteEntry(Tars.HardLink("d/hard", "d/su"));
            writer.WriteEntry(Tars.SymbolicLink("d/soft", "/etc/passwd") with { Uid = 33, ModificationTime = Tars.Time.AddDays(-2) });
            writer.WriteEntry(new TarEntry { Path = "null", Type = TarEntryType.CharacterDevice, DeviceMajor = 1, DeviceMinor = 3, Mode = 0b110_110_110, ModificationTime = Tars.Time });
            writer.WriteEntry(new TarEntry { Path = "sda", Type = TarEntryType.BlockDevice, DeviceMajor = 8, DeviceMinor = 300, Mode = 0b110_000_000, ModificationTime = Tars.Time });
            writer.WriteEntry(new TarEntry { Path = "fifo", Type = TarEntryType.Fifo, Mode = 0b110_110_110, ModificationTime = Tars.Time });
        });

        Assert.Equal((8, 3L, 0, 0), (result.Entries, result.ContentSize, result.SkippedAttributes, result.ImpliedDirectories.Count));
        Assert.Equal((7u, Tars.Time.AddDays(-9)), (Status(directory, "").Uid, Status(directory, "").ModificationTime));
        var d = Status(directory, "d");
        Assert.Equal((0x56D, 10u, 20u, Tars.Time.AddDays(-1)), (d.Permissions, d.Uid, d.Gid, d.ModificationTime));
        var su = Status(directory, "d/su");
        Assert.Equal((0x9ED, 1000u, 1001u, Tars.Time, 2u), (su.Permissions, su.Uid, su.Gid, su.ModificationTime, su.LinkCount));
        Assert.Equal(su.Inode, Status(directory, "d/hard").Inode);
        var attributes = Linux.Attributes(directory.Combine("d/su"));
        Assert.Equal([1, 0], attributes["user.note"]);
        Assert.Equal(capability, attributes["security.capability"]);
        var soft = Status(directory, "d/soft");
        Assert.Equal((LinuxFileStatus.SymbolicLink, 33u, Tars.Time.AddDays(-2)), (soft.Type, soft.Uid, soft.ModificationTime));
        Assert.Equal("/etc/passwd", new FileInfo(directory.Combine("d/soft")).LinkTarget);
        var sda = Status(directory, "sda");
        Assert.Equal((LinuxFileStatus.BlockDevice, 8u, 300u, 0b110_000_000), (sda.Type, sda.DeviceMajor, sda.DeviceMinor, sda.Permissions));
        Assert.Equal((LinuxFileStatus.CharacterDevice, 0b110_110_110), (Status(directory, "null").Type, Status(directory, "null").Permissions));
        Assert.Equal((LinuxFileStatus.Fifo, 0b110_110_110), (Status(directory, "fifo").Type, Status(directory, "fifo").Permissions));
    }

    [SkippableFact]
    public void Later_entries_replace_earlier_ones()
    {
        Skip.IfNot(Linux.HasUserAttributes, "layers are extracted on Linux, to a file system with extended attributes");
        using var directory = new TemporaryDirectory();
        var result = Extract(directory.Path, writer =>
        {
            writer.Text("a", "first");
            writer.Text("a", "second");
            writer.Text("tree/deep/er/x", "x");
            writer.Text("tree/deep/y", "y");
            writer.Text("tree/deep", "a file");
            writer.Text("b", "a file");
            writer.WriteEntry(Tars.Directory("b"));
            writer.Text("b/c", "c");
            writer.WriteEntry(Tars.SymbolicLink("a", "tree"));
            writer.WriteEntry(Tars.Directory("tree", 0b111_000_000));
            writer.Text("tree/z", "z");
        }, Plain);
        Assert.Equal("tree", new FileInfo(directory.Combine("a")).LinkTarget);
        Assert.Equal("a file", File.ReadAllText(directory.Combine("tree/deep")));
        Assert.Equal("c", File.ReadAllText(directory.Combine("b/c")));
        Assert.Equal(0b111_000_000, Status(directory, "tree").Permissions);
        Assert.Equal(["deep", "z"], Directory.GetFileSystemEntries(directory.Combine("tree")).Select(Path.GetFileName).Order());
        // The file hid what is below, so the directory in its place must too.
        Assert.Equal("y"u8.ToArray(), Linux.Attributes(directory.Combine("b"))["user.overlay.opaque"]);
        Assert.DoesNotContain("user.overlay.opaque", Linux.Attributes(directory.Combine("tree")).Keys);
        Assert.Contains("tree/deep/er", result.ImpliedDirectories);
        Assert.DoesNotContain("tree", result.ImpliedDirectories);
    }

    [SkippableTheory]
    [InlineData(true)]
    [InlineData(false)]
    public void Whiteouts_hide_lower_layers_and_never_their_own(bool whiteoutFirst)
    {
        Skip.IfNot(Linux.IsRoot, "trusted attributes need root");
        using var directory = new TemporaryDirectory();
        Extract(directory.Path, writer =>
        {
            void Whiteouts()
            {
                writer.Text(".wh.gone", "");
                writer.Text(".wh.file", "");
                writer.Text(".wh.dir", "");
                writer.Text(".wh.parent", "");
                writer.Text("opaque/.wh..wh..opq", "");
            }

            if (whiteoutFirst)
            {
                Whiteouts();
            }

            writer.Text("file", "new");
            writer.WriteEntry(Tars.Directory("dir"));
            writer.Text("parent/child", "new");
            writer.Text("opaque/kept", "new");
            if (!whiteoutFirst)
            {
                Whiteouts();
            }

            writer.Text(".wh..wh.plnk/1.2", "leftover");
            writer.Text(".wh..wh.aufs", "leftover");
        });
        Assert.True(Status(directory, "gone").IsWhiteout);
        Assert.Equal("new", File.ReadAllText(directory.Combine("file")));
        Assert.Equal("new", File.ReadAllText(directory.Combine("opaque/kept")));
        Assert.All(["dir", "parent", "opaque"], path => Assert.Equal("y"u8.ToArray(), Linux.Attributes(directory.Combine(path))["trusted.overlay.opaque"]));
        Assert.Equal(["dir", "file", "gone", "opaque", "parent"], Directory.GetFileSystemEntries(directory.Path).Select(Path.GetFileName).Order());
    }

    [SkippableFact]
    public void Layers_of_an_image_stack_in_a_real_overlay()
    {
        using var directory = new TemporaryDirectory();
        Skip.IfNot(Linux.IsRoot, "overlay mounts need root");
        string[] layers = [directory.CreateDirectory("1"), directory.CreateDirectory("2"), directory.CreateDirectory("3")];
        Extract(layers[0], writer =>
        {
            writer.WriteEntry(Tars.Directory("etc"));
            writer.Text("etc/old", "1");
            writer.Text("etc/kept", "1");
            writer.Text("data/a", "1");
            writer.Text("data/b", "1");
            writer.Text("turn", "file");
            writer.Text("tree/x", "1");
        });
        Extract(layers[1], writer =>
        {
            writer.Text("etc/.wh.old", "");
            writer.WriteEntry(Tars.Directory("data"));
            writer.Text("data/.wh..wh..opq", "");
            writer.Text("data/c", "2");
            writer.Text("turn/now", "directory");
            writer.Text("tree", "file");
        });
        Extract(layers[2], writer =>
        {
            writer.Text(".wh.tree", "");
            writer.Text("tree/y", "3");
        });
        Array.Reverse(layers);
        using var overlay = OverlayMount.TryMount(directory, layers);
        Skip.If(overlay is null, "this kernel or file system cannot mount overlays");

        var files = Directory.GetFiles(overlay.Merged, "*", SearchOption.AllDirectories).Select(path => Path.GetRelativePath(overlay.Merged, path)).Order(StringComparer.Ordinal);
        Assert.Equal(["data/c", "etc/kept", "tree/y", "turn/now"], files);
    }

    [SkippableFact]
    public void Overlayfs_attributes_in_a_layer_are_ignored()
    {
        Skip.IfNot(Linux.IsRoot, "trusted attributes need root");
        using var directory = new TemporaryDirectory();
        var attributes = new Dictionary<string, byte[]> { ["trusted.overlay.redirect"] = "/secret"u8.ToArray(), ["user.overlay.opaque"] = "y"u8.ToArray(), ["trusted.ok"] = [1] };
        Extract(directory.Path, writer => writer.WriteEntry(Tars.Directory("d") with { ExtendedAttributes = attributes }));
        Assert.Equal("trusted.ok", Assert.Single(Linux.Attributes(directory.Combine("d"))).Key);
    }

    [SkippableFact]
    public void Without_rights_owners_and_devices_are_left_out()
    {
        Skip.IfNot(Linux.HasUserAttributes, "layers are extracted on Linux, to a file system with extended attributes");
        using var directory = new TemporaryDirectory();
        var result = Extract(directory.Path, writer =>
        {
            writer.WriteEntry(Tars.Directory("readonly", 0b101_101_101));
            writer.WriteFile(Tars.File("readonly/f", 1, 0x924 >> 3) with { Uid = 4000 }, "x"u8);
            writer.WriteEntry(new TarEntry { Path = "null", Type = TarEntryType.CharacterDevice, DeviceMajor = 1, DeviceMinor = 3 });
            writer.WriteEntry(Tars.HardLink("zero", "null"));
            writer.Text(".wh.gone", "");
            writer.Text("readonly/.wh..wh..opq", "");
        }, LayerExtractionOptions.Unprivileged);
        Assert.Equal(2, result.SkippedDevices);
        Assert.Equal(SystemCalls.EffectiveUser(), Status(directory, "readonly/f").Uid);
        Assert.Equal(0b101_101_101, Status(directory, "readonly").Permissions);
        Assert.True(Status(directory, "gone").IsWhiteout);
        Assert.Equal("y"u8.ToArray(), Linux.Attributes(directory.Combine("readonly"))["user.overlay.opaque"]);
        File.SetUnixFileMode(directory.Combine("readonly"), (UnixFileMode)0x1ED);
    }

    [SkippableFact]
    public void Lower_layers_give_hard_link_targets_parents_and_links()
    {
        Skip.IfNot(Linux.IsRoot, "owners need root");
        using var directory = new TemporaryDirectory();
        var lower = directory.CreateDirectory("lower");
        var layer = directory.CreateDirectory("layer");
        Extract(lower, writer =>
        {
            writer.WriteEntry(Tars.Directory("tmp", 0x3FF) with { Uid = 5 });
            writer.WriteEntry(Tars.Directory("usr/lib"));
            writer.WriteEntry(Tars.SymbolicLink("lib", "usr/lib"));
            writer.WriteFile(Tars.File("usr/lib/libc", 4, 0x9ED) with { Uid = 42, ExtendedAttributes = new Dictionary<string, byte[]> { ["user.a"] = [1] } }, "code"u8);
            writer.WriteEntry(Tars.SymbolicLink("usr/lib/so", "libc"));
        });
        var result = Extract(layer, writer =>
        {
            writer.Text("tmp/x", "x");
            writer.Text("lib/new", "new");
            writer.WriteEntry(Tars.HardLink("copy", "usr/lib/libc"));
            writer.WriteEntry(Tars.HardLink("so", "usr/lib/so"));
            writer.Text("fresh/x", "x");
        }, new LayerExtractionOptions { LowerLookup = path => Linux.Status(Path.Combine(lower, path)) is null ? null : Path.Combine(lower, path) });

        Assert.Equal((0x3FF, 5u, Tars.Time), (Status(layer, "tmp").Permissions, Status(layer, "tmp").Uid, Status(layer, "tmp").ModificationTime));
        Assert.Equal("new", File.ReadAllText(Path.Combine(layer, "usr/lib/new")));
        Assert.False(Directory.Exists(Path.Combine(layer, "lib")));
        Assert.Equal("code", File.ReadAllText(Path.Combine(layer, "copy")));
        Assert.Equal((0x9ED, 42u), (Status(layer, "copy").Permissions, Status(layer, "copy").Uid));
        Assert.Equal([1], Linux.Attributes(Path.Combine(layer, "copy"))["user.a"]);
        Assert.Equal("libc", new FileInfo(Path.Combine(layer, "so")).LinkTarget);
        Assert.Equal((0x1ED, Tars.Time), (Status(layer, "fresh").Permissions, Status(layer, "fresh").ModificationTime));
        Assert.Equal(["fresh", "tmp", "usr", "usr/lib"], result.ImpliedDirectories);
    }

    [SkippableFact]
    public void The_whole_stream_is_read_so_that_its_digest_can_be_verified()
    {
        Skip.IfNot(Linux.HasUserAttributes, "layers are extracted on Linux, to a file system with extended attributes");
        using var directory = new TemporaryDirectory();
        byte[] tar = [.. Tars.Write(writer => writer.Text("a", "b")), .. new byte[8704], .. "trailing"u8];
        using var hashed = new DigestStream(new MemoryStream(tar));
        LayerExtractor.Extract(hashed, directory.Path, Plain);
        hashed.Verify(Digest.Of(tar), tar.Length, "layer");
    }

    [SkippableFact]
    public void What_goes_wrong_while_reading_is_told_as_it_is()
    {
        Skip.IfNot(Linux.HasUserAttributes, "layers are extracted on Linux, to a file system with extended attributes");
        using var directory = new TemporaryDirectory();
        var content = new byte[3_000_000];
        new Random(1).NextBytes(content);
        var compressed = new MemoryStream();
        var tar = Tars.Write(writer => writer.WriteFile(Tars.File("noise", content.Length), content));
        new LayerCompressor(null, 1).Compress(new MemoryStream(tar), compressed, LayerCompression.Gzip);
        using var cut = Decompression.Open(new MemoryStream(compressed.ToArray()[..1_000_000]));
        var error = Assert.Throws<ZLayerException>(() => LayerExtractor.Extract(cut, directory.Path, Plain));
        Assert.Equal(ZLayerErrorKind.InvalidArchive, error.Kind);
        Assert.Contains("gzip", error.Message, StringComparison.Ordinal);
        Assert.Empty(Directory.GetFileSystemEntries(directory.Path));
    }

    [SkippableFact]
    public void Gnu_tar_extracts_the_same()
    {
        Skip.IfNot(Linux.IsRoot && Program.Exists("tar"), "owners need root, and the oracle is GNU tar");
        using var directory = new TemporaryDirectory();
        var archive = directory.Combine("a.tar");
        File.WriteAllBytes(archive, Tars.Write(writer => WriteRandomTree(writer, new Random(99))));
        var theirs = directory.CreateDirectory("theirs");
        var ours = directory.CreateDirectory("ours");
        Program.Run("tar", "-xpf", archive, "-C", theirs, "--xattrs", "--xattrs-include=user.*", "--numeric-owner", "--delay-directory-restore");
        using (var tar = File.OpenRead(archive))
        {
            LayerExtractor.Extract(tar, ours);
        }

        foreach (var (their, our) in Tars.Read(Diff(theirs)).ConvertAll(Describe).Zip(Tars.Read(Diff(ours)).ConvertAll(Describe)))
        {
            Assert.Equal(their, our);
        }

        Assert.Equal(Tars.Read(Diff(theirs)).Count, Tars.Read(File.ReadAllBytes(archive)).Count);
    }

    [SkippableFact]
    public void What_LayerDiff_writes_comes_back_the_same()
    {
        Skip.IfNot(Linux.IsRoot, "owners need root");
        using var directory = new TemporaryDirectory();
        var first = directory.CreateDirectory("first");
        var second = directory.CreateDirectory("second");
        Extract(first, writer =>
        {
            WriteRandomTree(writer, new Random(5));
            writer.Text(".wh.gone", "");
            writer.WriteEntry(Tars.Directory("opaque"));
            writer.Text("opaque/.wh..wh..opq", "");
        });
        var tar = Diff(first);
        LayerExtractor.Extract(new MemoryStream(tar), second);
        Assert.Equal(Digest.Of(tar), Digest.Of(Diff(second)));
    }

    [SkippableFact]
    public void Cancelling_stops_between_files()
    {
        Skip.IfNot(Linux.HasUserAttributes, "layers are extracted on Linux, to a file system with extended attributes");
        using var directory = new TemporaryDirectory();
        var tar = Tars.Write(writer => writer.Text("a", "b"));
        Assert.ThrowsAny<OperationCanceledException>(
            () => LayerExtractor.Extract(new MemoryStream(tar), directory.Path, Plain, new CancellationToken(canceled: true)));
        Assert.Empty(Directory.GetFileSystemEntries(directory.Path));
    }

    [SkippableFact]
    public void A_full_disk_is_told_as_such()
    {
        using var directory = new TemporaryDirectory();
        var disk = directory.CreateDirectory("disk");
        Skip.IfNot(Linux.IsRoot && Program.TryRun("mount", ["-t", "tmpfs", "-o", "size=1m", "tmpfs", disk], out _), "mounting needs root");
        try
        {
            var error = Assert.Throws<ZLayerException>(() => Extract(disk, writer => writer.WriteFile(Tars.File("big", 3_000_000), new byte[3_000_000])));
            Assert.Equal(ZLayerErrorKind.StorageFull, error.Kind);
            Assert.Equal("big", error.Subject);
        }
        finally
        {
            Program.Run("umount", disk);
        }
    }

    private static LayerExtractionOptions Plain { get; } = LayerExtractionOptions.Unprivileged;

    private static LayerExtractionResult Extract(string directory, Action<LayerTarWriter> write, LayerExtractionOptions? options = null)
        => LayerExtractor.Extract(new TrickleStream(Tars.Write(write), 17), directory, options);

    private static string Describe((TarEntry Entry, byte[] Content) pair)
        => $"{pair.Entry with { ExtendedAttributes = null }} {string.Join(',', pair.Entry.ExtendedAttributes?.Keys ?? [])} {Digest.Of(pair.Content)}";

    private static byte[] Diff(string directory) => Tars.Write(writer => LayerDiff.Write(directory, writer));

    private static LinuxFileStatus Status(TemporaryDirectory directory, string path) => Status(directory.Path, path);

    private static LinuxFileStatus Status(string directory, string path) => Linux.Status(Path.Combine(directory, path))!.Value;

    private static void WriteRandomTree(LayerTarWriter writer, Random random)
    {
        var directories = new List<string> { "" };
        var files = new List<string>();
        for (var i = 0; i < 600; i++)
        {
            var parent = directories[random.Next(directories.Count)];
            var path = (parent.Length == 0 ? "" : parent + "/") + (random.Next(8) == 0 ? "näme with spaces " : "n") + i;
            var owned = new TarEntry
            {
                Path = path,
                Type = TarEntryType.File,
                Mode = random.Next(0, 0x1000),
                Uid = random.Next(0, 70000),
                Gid = random.Next(0, 70000),
                ModificationTime = Tars.Time.AddSeconds(-random.Next(0, 100_000_000)),
                ExtendedAttributes = random.Next(10) == 0 ? new Dictionary<string, byte[]> { ["user.test"] = [1, 2, 3] } : null,
            };
            switch (random.Next(7))
            {
                case 0:
                    directories.Add(path);
                    writer.WriteEntry(owned with { Type = TarEntryType.Directory });
                    break;
                case 1:
                    writer.WriteEntry(owned with { Type = TarEntryType.SymbolicLink, LinkTarget = "../somewhere/" + i, ExtendedAttributes = null });
                    break;
                case 2 when files.Count > 0:
                    writer.WriteEntry(owned with { Type = TarEntryType.HardLink, LinkTarget = files[random.Next(files.Count)], ExtendedAttributes = null });
                    break;
                case 3:
                    writer.WriteEntry(owned with { Type = TarEntryType.Fifo, ExtendedAttributes = null });
                    break;
                default:
                    var content = new byte[random.Next(0, 3000)];
                    random.NextBytes(content);
                    writer.WriteFile(owned with { Size = content.Length }, content);
                    files.Add(path);
                    break;
            }
        }
    }
}
