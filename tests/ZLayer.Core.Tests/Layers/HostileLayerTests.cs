using System.Text;
using ZLayer.Core.Errors;
using ZLayer.Core.Layers;

namespace ZLayer.Core.Tests.Layers;

public sealed class HostileLayerTests
{
    private static LayerExtractionOptions Plain { get; } = LayerExtractionOptions.Unprivileged;

    public static TheoryData<string, byte[]> Escapes()
    {
        var outside = Encoding.ASCII.GetBytes("intruder");
        return new TheoryData<string, byte[]>
        {
            { "leads out", [.. Tars.Member("../victim", '0', outside), .. Tars.End] },
            { "leads out", [.. Tars.Header("x", '1', "../victim"), .. Tars.Member("x", '0', outside), .. Tars.End] },
            { "does not have", [.. Tars.Header("up", '2', "../"), .. Tars.Header("x", '1', "up/victim"), .. Tars.Member("x", '0', outside), .. Tars.End] },
            { "does not have", [.. Tars.Header("x", '1', "absent"), .. Tars.End] },
            { "not a directory", [.. Tars.Member("f", '0', []), .. Tars.Member("f/x", '0', outside), .. Tars.End] },
            { "in a circle", [.. Tars.Header("a", '2', "b"), .. Tars.Header("b", '2', "a"), .. Tars.Member("a/x", '0', outside), .. Tars.End] },
            { "hard link to itself", [.. Tars.Member("x", '0', outside), .. Tars.Header("x", '1', "x"), .. Tars.End] },
            { "to the directory", [.. Tars.Header("d/", '5'), .. Tars.Header("x", '1', "d"), .. Tars.End] },
            { "without a name", [.. Tars.Member(".wh.", '0', []), .. Tars.End] },
            { "without a name", [.. Tars.Member("d/.wh..", '0', []), .. Tars.End] },
            { "without a name", [.. Tars.Member("d/.wh...", '0', []), .. Tars.End] },
            { "directories deep", [.. Tars.Member("p", 'x', Tars.PaxRecord("path", string.Concat(Enumerable.Repeat("d/", 600)) + "x")), .. Tars.Member("x", '0', outside), .. Tars.End] },
            { "paths have at most", [.. Tars.Member("p", 'x', Tars.PaxRecord("path", string.Concat(Enumerable.Repeat("d/", 100_000)) + "x")), .. Tars.Member("x", '0', outside), .. Tars.End] },
            { "paths have at most", [.. Tars.Member("p", 'x', Tars.PaxRecord("linkpath", string.Concat(Enumerable.Repeat("d/", 100_000)) + "x")), .. Tars.Header("x", '1', "x"), .. Tars.End] },
            { "path is too long", [.. Tars.Member("p", 'x', Tars.PaxRecord("path", string.Concat(Enumerable.Repeat(new string('d', 200) + "/", 20)) + "x")), .. Tars.Member("x", '0', outside), .. Tars.End] },
            { "PAX records", [.. Enumerable.Range(0, 6).SelectMany(i => Tars.Member("p", 'g', Tars.PaxRecord("k" + i, new string('v', 1_000_000)))), .. Tars.Member("x", '0', outside), .. Tars.End] },
            { "PAX records", [.. Enumerable.Range(0, 5000).SelectMany(i => Tars.Member("p", 'g', Tars.PaxRecord("SCHILY.xattr.user." + i, "v"))), .. Tars.Member("x", '0', outside), .. Tars.End] },
            { "too long", [.. Tars.Member("p", 'x', Tars.PaxRecord("path", new string('n', 300))), .. Tars.Member("x", '0', outside), .. Tars.End] },
            { "too long", [.. Tars.Member("p", 'x', Tars.PaxRecord("path", new string('n', 300) + "/x")), .. Tars.Member("x", '0', outside), .. Tars.End] },
            { "checksum", [.. Tars.Member("x", '0', outside), .. Enumerable.Repeat((byte)'g', 2048)] },
            { "ends", Tars.Member("x", '0', outside)[..600] },
        };
    }

    [SkippableTheory]
    // The archives are megabytes: as data of the discovery each of their bytes would become an object.
    [MemberData(nameof(Escapes), DisableDiscoveryEnumeration = true)]
    public void Hostile_layers_are_refused_and_touch_nothing_outside(string reason, byte[] tar)
    {
        Skip.IfNot(Linux.HasUserAttributes, "layers are extracted on Linux, to a file system with extended attributes");
        using var directory = new TemporaryDirectory();
        File.WriteAllText(directory.Combine("victim"), "untouched");
        var layer = directory.CreateDirectory("layer");
        var error = Assert.Throws<ZLayerException>(() => LayerExtractor.Extract(new MemoryStream(tar), layer, Plain));
        Assert.Equal(ZLayerErrorKind.InvalidArchive, error.Kind);
        Assert.Contains(reason, error.Message, StringComparison.Ordinal);
        Assert.Equal(["layer", "victim"], Directory.GetFileSystemEntries(directory.Path).Select(Path.GetFileName).Order());
        Assert.Equal("untouched", File.ReadAllText(directory.Combine("victim")));
    }

    public static TheoryData<string, string> LinksOut() => new()
    {
        { "../outside", "outside/x" },
        { "/outside", "outside/x" },
        { "../../../../outside", "outside/x" },
        { "../../outside/../outside", "outside/x" },
        { "/", "x" },
        { "..", "x" },
    };

    [SkippableTheory]
    [MemberData(nameof(LinksOut))]
    public void Links_among_the_parents_are_resolved_inside(string target, string path)
    {
        Skip.IfNot(Linux.HasUserAttributes, "layers are extracted on Linux, to a file system with extended attributes");
        using var directory = new TemporaryDirectory();
        var outside = directory.CreateDirectory("outside");
        var layer = directory.CreateDirectory("layer");
        LayerExtractor.Extract(new MemoryStream(Tars.Write(writer =>
        {
            writer.WriteEntry(Tars.SymbolicLink("link", target));
            writer.Text("link/x", "content");
            writer.WriteEntry(Tars.Directory("link/sub"));
            writer.WriteEntry(Tars.HardLink("link/hard", "link/x"));
            writer.Text("link/.wh.gone", "");
            writer.Text("link/sub/.wh..wh..opq", "");
        })), layer, Plain);
        Assert.Empty(Directory.GetFileSystemEntries(outside));
        Assert.Equal(["layer", "outside"], Directory.GetFileSystemEntries(directory.Path).Select(Path.GetFileName).Order());
        Assert.Equal("content", File.ReadAllText(Path.Combine(layer, path)));
        Assert.Equal(Linux.Status(Path.Combine(layer, path))!.Value.Inode, Linux.Status(Path.Combine(layer, path[..^1] + "hard"))!.Value.Inode);
        Assert.True(Linux.Status(Path.Combine(layer, path[..^1] + "gone"))!.Value.IsWhiteout);
    }

    [SkippableFact]
    public void A_link_that_takes_a_directorys_place_is_not_followed_afterwards()
    {
        Skip.IfNot(Linux.HasUserAttributes, "layers are extracted on Linux, to a file system with extended attributes");
        using var directory = new TemporaryDirectory();
        var outside = directory.CreateDirectory("outside");
        File.WriteAllText(Path.Combine(outside, "victim"), "untouched");
        var before = Linux.Status(outside)!.Value;
        var layer = directory.CreateDirectory("layer");
        LayerExtractor.Extract(new MemoryStream(Tars.Write(writer =>
        {
            writer.WriteEntry(Tars.Directory("d/sub", 0b111_000_000));
            writer.Text("d/sub/x", "x");
            writer.WriteEntry(Tars.SymbolicLink("d/sub", outside));
            writer.WriteEntry(Tars.SymbolicLink("d", outside));
            writer.Text("d", "a file now");
            writer.WriteEntry(Tars.SymbolicLink("file", outside + "/victim"));
            writer.Text("file", "a file now");
        })), layer, Plain);
        Assert.Equal("a file now", File.ReadAllText(Path.Combine(layer, "d")));
        Assert.Equal("a file now", File.ReadAllText(Path.Combine(layer, "file")));
        Assert.Equal("untouched", File.ReadAllText(Path.Combine(outside, "victim")));
        var after = Linux.Status(outside)!.Value;
        Assert.Equal((before.Mode, before.ModificationTime), (after.Mode, after.ModificationTime));
    }
}
