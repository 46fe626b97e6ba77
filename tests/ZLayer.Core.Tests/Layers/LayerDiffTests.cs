using System.Text;
using ZLayer.Core.Errors;
using ZLayer.Core.Foundation.Linux;
using ZLayer.Core.Layers;

namespace ZLayer.Core.Tests.Layers;

public sealed class LayerDiffTests
{
    [SkippableFact]
    public void Entries_are_sorted_with_directories_before_their_content()
    {
        Skip.IfNot(OperatingSystem.IsLinux(), "overlay directories exist on Linux only");
        using var directory = new TemporaryDirectory();
        foreach (var path in new[] { "b/z", "a-b/x", "a/c", "a.txt", "a/b/deep", "ä", "Z" })
        {
            Directory.CreateDirectory(Path.GetDirectoryName(directory.Combine(path))!);
            File.WriteAllText(directory.Combine(path), path);
        }

        var entries = Diff(directory.Path);
        Assert.Equal(["Z", "a", "a/b", "a/b/deep", "a/c", "a-b", "a-b/x", "a.txt", "b", "b/z", "ä"], entries.Select(pair => pair.Entry.Path));
        Assert.Equal("a/b/deep", Encoding.UTF8.GetString(entries[3].Content));
    }

    [SkippableFact]
    public void Kinds_owners_modes_times_and_attributes_are_those_on_disk()
    {
        Skip.IfNot(Linux.IsRoot, "owners and devices need root");
        using var directory = new TemporaryDirectory();
        var file = directory.Combine("file");
        File.WriteAllText(file, "content");
        Linux.ChangeOwner(file, 1234, 5678);
        File.SetUnixFileMode(file, (UnixFileMode)0x9ED);
        Linux.SetAttribute(file, "user.kept", [1, 2]);
        Linux.SetAttribute(file, "trusted.gone", [3]);
        Linux.SetTime(file, Tars.Time.AddTicks(5_000_000));
        Linux.Link(file, directory.Combine("link"));
        File.CreateSymbolicLink(directory.Combine("soft"), "../anywhere");
        Linux.MakeNode(directory.Combine("null"), LinuxFileStatus.CharacterDevice, 1, 3);
        Linux.MakeNode(directory.Combine("loop"), LinuxFileStatus.BlockDevice, 7, 200);
        Linux.MakeNode(directory.Combine("fifo"), LinuxFileStatus.Fifo);
        Linux.MakeNode(directory.Combine("socket"), LinuxFileStatus.Socket);

        var entries = Diff(directory.Path).ToDictionary(pair => pair.Entry.Path, pair => pair.Entry);
        var written = entries["file"];
        Assert.Equal((TarEntryType.File, 0x9ED, 1234L, 5678L, 7L), (written.Type, written.Mode, written.Uid, written.Gid, written.Size));
        Assert.Equal(Tars.Time, written.ModificationTime);
        Assert.Equal("user.kept", Assert.Single(written.ExtendedAttributes!).Key);
        Assert.Equal((TarEntryType.HardLink, "file"), (entries["link"].Type, entries["link"].LinkTarget));
        Assert.Equal((TarEntryType.SymbolicLink, "../anywhere"), (entries["soft"].Type, entries["soft"].LinkTarget));
        Assert.Equal((TarEntryType.CharacterDevice, 1, 3), (entries["null"].Type, entries["null"].DeviceMajor, entries["null"].DeviceMinor));
        Assert.Equal((TarEntryType.BlockDevice, 7, 200), (entries["loop"].Type, entries["loop"].DeviceMajor, entries["loop"].DeviceMinor));
        Assert.Equal(TarEntryType.Fifo, entries["fifo"].Type);
        Assert.DoesNotContain("socket", entries.Keys);
    }

    [SkippableFact]
    public void The_marks_of_overlayfs_become_whiteouts()
    {
        Skip.IfNot(Linux.IsRoot, "trusted attributes need root");
        using var directory = new TemporaryDirectory();
        Linux.MakeNode(directory.Combine("gone"), LinuxFileStatus.CharacterDevice);
        File.WriteAllText(Path.Combine(directory.CreateDirectory("opaque"), "new"), "");
        Linux.MakeNode(directory.Combine("opaque/gone"), LinuxFileStatus.CharacterDevice);
        Linux.SetAttribute(directory.Combine("opaque"), "trusted.overlay.opaque", "y"u8.ToArray());
        Linux.SetAttribute(directory.CreateDirectory("userspace"), "user.overlay.opaque", "y"u8.ToArray());
        Linux.SetAttribute(directory.CreateDirectory("plain"), "trusted.overlay.origin", [1]);

        var entries = Diff(directory.Path);
        Assert.Equal(
            [".wh.gone", "opaque", "opaque/.wh..wh..opq", "opaque/.wh.gone", "opaque/new", "plain", "userspace", "userspace/.wh..wh..opq"],
            entries.Select(pair => pair.Entry.Path));
        Assert.All(entries, pair => Assert.Null(pair.Entry.ExtendedAttributes));
        Assert.All(entries.Where(pair => pair.Entry.Path.Contains(".wh.", StringComparison.Ordinal)), pair => Assert.Equal((TarEntryType.File, 0L), (pair.Entry.Type, pair.Entry.Size)));
    }

    [SkippableFact]
    public void Excluded_paths_are_left_out_and_late_times_clamped()
    {
        Skip.IfNot(OperatingSystem.IsLinux(), "overlay directories exist on Linux only");
        using var directory = new TemporaryDirectory();
        File.WriteAllText(Path.Combine(directory.CreateDirectory("proc/1"), "x"), "");
        File.WriteAllText(Path.Combine(directory.CreateDirectory("etc"), "resolv.conf"), "");
        File.WriteAllText(directory.Combine("etc/kept"), "");
        Linux.SetTime(directory.Combine("etc/kept"), DateTimeOffset.UnixEpoch.AddDays(1));
        var options = new LayerDiffOptions { Exclude = new HashSet<string> { "proc", "etc/resolv.conf" }, Epoch = Tars.Time };

        var entries = Diff(directory.Path, options);
        Assert.Equal(["etc", "etc/kept"], entries.Select(pair => pair.Entry.Path));
        Assert.Equal(Tars.Time, entries[0].Entry.ModificationTime);
        Assert.Equal(DateTimeOffset.UnixEpoch.AddDays(1), entries[1].Entry.ModificationTime);
    }

    [SkippableFact]
    public void Names_that_are_not_utf8_stay_as_they_are()
    {
        Skip.IfNot(OperatingSystem.IsLinux(), "names are bytes on Linux only");
        using var directory = new TemporaryDirectory();
        Linux.MakeNode(directory.Combine("a\uDCFFb"), LinuxFileStatus.Fifo);
        Assert.Equal("a\uDCFFb", Diff(directory.Path)[0].Entry.Path);
    }

    [SkippableTheory]
    [InlineData("trusted.overlay.redirect")]
    [InlineData("trusted.overlay.metacopy")]
    public void Changes_that_are_not_all_in_the_directory_are_refused(string attribute)
    {
        Skip.IfNot(Linux.IsRoot, "trusted attributes need root");
        using var directory = new TemporaryDirectory();
        Linux.SetAttribute(directory.CreateDirectory("moved"), attribute, "/old"u8.ToArray());
        var error = Assert.Throws<ZLayerException>(() => Diff(directory.Path));
        Assert.Equal(ZLayerErrorKind.OperationNotSupported, error.Kind);
        Assert.Contains("redirect_dir=off", error.Advice, StringComparison.Ordinal);
    }

    [SkippableFact]
    public void A_name_that_would_read_as_a_whiteout_is_refused()
    {
        Skip.IfNot(OperatingSystem.IsLinux(), "overlay directories exist on Linux only");
        using var directory = new TemporaryDirectory();
        File.WriteAllText(directory.Combine(".wh.passwd"), "");
        var error = Assert.Throws<ZLayerException>(() => Diff(directory.Path));
        Assert.Equal((ZLayerErrorKind.OperationNotSupported, ".wh.passwd"), (error.Kind, error.Subject));
    }

    [SkippableFact]
    public void Times_beyond_the_year_9999_do_no_harm()
    {
        Skip.IfNot(OperatingSystem.IsLinux() && Program.Exists("touch"), "touch is not installed");
        using var directory = new TemporaryDirectory();
        Program.Run("touch", "-d", "@999999999999", directory.Combine("future"));
        Assert.InRange(Diff(directory.Path)[0].Entry.ModificationTime, DateTimeOffset.UnixEpoch.AddYears(300), DateTimeOffset.MaxValue);
    }

    [SkippableFact]
    public void A_directory_that_is_not_there_is_named()
    {
        Skip.IfNot(OperatingSystem.IsLinux(), "overlay directories exist on Linux only");
        using var directory = new TemporaryDirectory();
        var error = Assert.Throws<ZLayerException>(() => Diff(directory.Combine("absent")));
        Assert.Equal(ZLayerErrorKind.PathNotFound, error.Kind);
    }

    [SkippableFact]
    public void What_a_real_overlay_mount_records_is_written()
    {
        using var directory = new TemporaryDirectory();
        using var overlay = OverlayMount.TryCreate(directory, lower => 
        {
            File.WriteAllText(Path.Combine(lower, "removed"), "");
            File.WriteAllText(Path.Combine(Directory.CreateDirectory(Path.Combine(lower, "recreated")).FullName, "old"), "");
            File.WriteAllText(Path.Combine(lower, "touched"), "before");
            File.WriteAllText(Path.Combine(Directory.CreateDirectory(Path.Combine(lower, "untouched")).FullName, "file"), "");
        });
        Skip.If(overlay is null, "overlay mounts need root and kernel support");

        File.Delete(Path.Combine(overlay.Merged, "removed"));
        Directory.Delete(Path.Combine(overlay.Merged, "recreated"), recursive: true);
        File.WriteAllText(Path.Combine(Directory.CreateDirectory(Path.Combine(overlay.Merged, "recreated")).FullName, "new"), "");
        File.AppendAllText(Path.Combine(overlay.Merged, "touched"), " and after");
        overlay.Dispose();

        var entries = Diff(overlay.Upper);
        Assert.Equal(["recreated", "recreated/.wh..wh..opq", "recreated/new", ".wh.removed", "touched"], entries.Select(pair => pair.Entry.Path));
        Assert.Equal("before and after", Encoding.UTF8.GetString(entries[^1].Content));
    }

    private static List<(TarEntry Entry, byte[] Content)> Diff(string directory, LayerDiffOptions? options = null)
        => Tars.Read(Tars.Write(writer => LayerDiff.Write(directory, writer, options)));
}
