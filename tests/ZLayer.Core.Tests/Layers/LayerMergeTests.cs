using System.Text;
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
