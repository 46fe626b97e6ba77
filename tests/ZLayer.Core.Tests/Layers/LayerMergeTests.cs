using System.Diagnostics;
using System.Text;
using ZLayer.Core.Errors;
using ZLayer.Core.Layers;

namespace ZLayer.Core.Tests.Layers;

public sealed class LayerMergeTests
{
    [Fact]
    public void Windows_layers_unwrapped_are_the_files_alone_with_whiteouts_applied()
    {
        var lower = Layer(tar =>
        {
            Directory(tar, "Files");
            Directory(tar, "Files/a");
            File(tar, "Files/a/gone", "1");
            File(tar, "Files/a/kept", "2");
            tar.WriteEntry(new TarEntry { Path = "Files/a/link", Type = TarEntryType.HardLink, LinkTarget = "Files/a/kept" });
            Directory(tar, "Hives");
            File(tar, "Hives/Software_Delta", "registry");
        });
        var upper = Layer(tar =>
        {
            Directory(tar, "Files");
            Directory(tar, "Files/a");
            File(tar, "Files/a/.wh.gone", "");
            Directory(tar, "Hives");
        });

        using var merged = new MemoryStream();
        using (var tar = new LayerTarWriter(merged))
        {
            LayerMerge.Write([() => new MemoryStream(lower), () => new MemoryStream(upper)], tar, new LayerMergeOptions { KeepWhiteouts = false, UnwrapsWindowsFiles = true });
            tar.Complete();
        }

        merged.Position = 0;
        using var reader = new LayerTarReader(merged);
        var entries = new List<TarEntry>();
        while (reader.MoveNext() is { } entry)
        {
            entries.Add(entry);
        }

        Assert.Equal(["a", "a/kept", "a/link"], entries.Select(e => e.Path).Order(StringComparer.Ordinal));
        Assert.Equal("a/kept", entries.Find(e => e.Path == "a/link")!.LinkTarget);
        Assert.All(entries, entry => Assert.Null(entry.PaxRecords));
    }

    [Fact]
    public void Of_entries_with_one_path_the_last_counts_and_links_keep_what_they_led_to()
    {
        var layer = Layer(tar =>
        {
            File(tar, "f", "old");
            tar.WriteEntry(new TarEntry { Path = "g", Type = TarEntryType.HardLink, LinkTarget = "f" });
            File(tar, "f", "new");
            Directory(tar, "d");
            File(tar, "d/in", "I");
            File(tar, "d", "file");
            File(tar, "e", "E");
            File(tar, "e/in", "I");
        });

        using var merged = new MemoryStream();
        using (var tar = new LayerTarWriter(merged))
        {
            LayerMerge.Write([() => new MemoryStream(layer)], tar);
            tar.Complete();
        }

        Assert.Equal(
            ["d file", "e/in I", "f new", "g old"],
            Tars.Read(merged.ToArray()).Select(e => $"{e.Entry.Path} {Encoding.UTF8.GetString(e.Content)}").Order(StringComparer.Ordinal));
    }

    [Fact]
    public void What_lies_below_a_link_is_put_where_the_link_leads_and_the_link_stays()
    {
        var layer = Layer(tar =>
        {
            tar.WriteEntry(Tars.SymbolicLink("lib", "usr/lib"));
            File(tar, "lib/x", "X");
            File(tar, "usr/lib/y", "old");
            File(tar, "lib/y", "new");
            tar.WriteEntry(Tars.HardLink("lib/z", "lib/x"));
            File(tar, "lib/.wh.gone", "");
            tar.WriteEntry(Tars.SymbolicLink("usr/up", "../../lib/."));
            File(tar, "usr/up/w", "W");
            tar.WriteEntry(Tars.SymbolicLink("all", "/usr"));
            tar.WriteEntry(Tars.Directory("all/lib"));
            File(tar, "all/v", "V");
            File(tar, "replaced", "R");
            tar.WriteEntry(Tars.SymbolicLink("over", "replaced"));
            File(tar, "over/in", "I");
        });

        Assert.Equal(
            [
                "SymbolicLink all", "SymbolicLink lib", "SymbolicLink over", "File replaced/in I", "Directory usr/lib", "File usr/lib/.wh.gone", "File usr/lib/w W",
                "File usr/lib/x X", "File usr/lib/y new", "HardLink usr/lib/z", "SymbolicLink usr/up", "File usr/v V",
            ],
            Merge(layer).OrderBy(e => e.Entry.Path, StringComparer.Ordinal).Select(e => $"{e.Entry.Type} {e.Entry.Path} {Encoding.UTF8.GetString(e.Content)}".TrimEnd()));
    }

    [SkippableFact]
    public void A_layer_with_files_below_links_is_the_same_after_merging()
    {
        Skip.IfNot(Linux.HasUserAttributes, "layers are extracted on Linux, to a file system with extended attributes");
        var layer = Layer(tar =>
        {
            tar.WriteEntry(Tars.SymbolicLink("lib", "usr/lib"));
            File(tar, "lib/x", "X");
            tar.WriteEntry(Tars.SymbolicLink("usr/lib/here", "../../lib"));
            File(tar, "lib/here/here/y", "Y");
            tar.WriteEntry(Tars.SymbolicLink("out", "../../../etc"));
            File(tar, "out/z", "Z");
            tar.WriteEntry(Tars.Directory("lib"));
            File(tar, "lib/own", "O");
        });
        using var directory = new TemporaryDirectory();
        var (before, after) = (directory.CreateDirectory("before"), directory.CreateDirectory("after"));

        LayerExtractor.Extract(new MemoryStream(layer), before, LayerExtractionOptions.Unprivileged);
        LayerExtractor.Extract(new MemoryStream(MergeToTar(layer)), after, LayerExtractionOptions.Unprivileged);

        Assert.Equal(["etc/z", "lib/own", "out", "usr/lib/here", "usr/lib/x", "usr/lib/y"], Names(before));
        Assert.Equal(Names(before), Names(after));
    }

    [Fact]
    public void Files_below_links_that_lead_in_a_circle_are_refused()
    {
        var layer = Layer(tar =>
        {
            tar.WriteEntry(Tars.SymbolicLink("a", "b"));
            tar.WriteEntry(Tars.SymbolicLink("b", "a"));
            File(tar, "a/x", "X");
        });

        AssertRefused("in a circle", layer);
    }

    [Fact]
    public void A_link_does_not_lead_to_a_path_that_is_longer_than_any_can_be()
    {
        var layer = Layer(tar =>
        {
            tar.WriteEntry(Tars.SymbolicLink("a", string.Concat(Enumerable.Repeat("directory/", 300))));
            File(tar, "a/" + string.Concat(Enumerable.Repeat("directory/", 150)) + "x", "X");
        });

        AssertRefused("too long", layer);
    }

    [Fact]
    public void A_directory_that_is_replaced_again_and_again_costs_no_look_at_all_others()
    {
        const int Count = 100_000;
        var table = new TarPathTable<int>(_ => null);
        var watch = Stopwatch.StartNew();

        for (var i = 0; i < Count; i++)
        {
            table.Put($"other/{i}", isDirectory: false, i);
        }

        for (var i = 0; i < Count; i++)
        {
            table.Put("d/f", isDirectory: false, i);
            table.Put("d", isDirectory: false, i);
        }

        Assert.Equal(Count + 1, table.Entries.Count());
        Assert.InRange(watch.Elapsed.TotalSeconds, 0, 10);
    }

    [Fact]
    public void The_first_look_at_a_layer_can_be_cancelled()
    {
        var layer = Layer(tar => File(tar, "f", "F"));
        using var cancellation = new CancellationTokenSource();
        using var output = new LayerTarWriter(new MemoryStream());
        var opened = 0;

        Assert.Throws<OperationCanceledException>(() => LayerMerge.Write([Open], output, cancellationToken: cancellation.Token));

        Assert.Equal(1, opened);

        Stream Open()
        {
            opened++;
            cancellation.Cancel();
            return new MemoryStream(layer);
        }
    }

    private static List<(TarEntry Entry, byte[] Content)> Merge(byte[] layer) => Tars.Read(MergeToTar(layer));

    private static byte[] MergeToTar(byte[] layer) => Layer(tar => LayerMerge.Write([() => new MemoryStream(layer)], tar));

    private static void AssertRefused(string reason, byte[] layer)
    {
        var error = Assert.Throws<ZLayerException>(() => Merge(layer));
        Assert.Equal(ZLayerErrorKind.InvalidArchive, error.Kind);
        Assert.Contains(reason, error.Message, StringComparison.Ordinal);
    }

    private static List<string> Names(string root)
    {
        var names = new List<string>();
        var open = new Stack<DirectoryInfo>([new DirectoryInfo(root)]);
        while (open.TryPop(out var directory))
        {
            foreach (var entry in directory.EnumerateFileSystemInfos())
            {
                if (entry is DirectoryInfo { LinkTarget: null } below)
                {
                    open.Push(below);
                }
                else
                {
                    names.Add(Path.GetRelativePath(root, entry.FullName));
                }
            }
        }

        return [.. names.Order(StringComparer.Ordinal)];
    }

    private static byte[] Layer(Action<LayerTarWriter> write)
    {
        using var stream = new MemoryStream();
        using (var tar = new LayerTarWriter(stream))
        {
            write(tar);
            tar.Complete();
        }

        return stream.ToArray();
    }

    private static void Directory(LayerTarWriter tar, string path)
        => tar.WriteEntry(WindowsLayer.Roots(DateTimeOffset.UnixEpoch)[0] with { Path = path });

    private static void File(LayerTarWriter tar, string path, string content)
        => tar.WriteFile(new TarEntry { Path = path, Type = TarEntryType.File, Size = content.Length }, Encoding.ASCII.GetBytes(content));
}
