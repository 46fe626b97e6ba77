using System.Text;
using ZLayer.Core.Builds.Files;
using ZLayer.Core.Errors;
using ZLayer.Core.Layers;

namespace ZLayer.Core.Tests.Layers;

/// <summary>Files that an archive stores without their holes.</summary>
public sealed class SparseFileTests : IDisposable
{
    private const int Length = 3_000_000;

    private readonly TemporaryDirectory _directory = new();

    public static TheoryData<string> Formats() => new("--format=gnu", "--format=pax --sparse-version=0.0", "--format=pax --sparse-version=0.1", "--format=pax --sparse-version=1.0");

    public void Dispose() => _directory.Dispose();

    [SkippableTheory]
    [MemberData(nameof(Formats))]
    public void Holes_come_back_from_what_GNU_tar_writes(string format)
    {
        var (tar, content) = Pack(format);

        var entries = Tars.Read(tar);

        Assert.Equal(["before", "sparse", "tail", "after"], entries.Select(entry => entry.Entry.Path));
        Assert.Equal(content, entries[1].Content);
        Assert.Equal(Length, entries[1].Entry.Size);
        Assert.Equal(new byte[200_000], entries[2].Content);
        Assert.Equal("after", Encoding.ASCII.GetString(entries[3].Content));
        Assert.Equal(4, Headers(tar));
    }

    [SkippableTheory]
    [MemberData(nameof(Formats))]
    public void An_extracted_layer_has_the_holes(string format)
    {
        Skip.IfNot(OperatingSystem.IsLinux(), "Linux only");
        var (tar, content) = Pack(format);
        var target = _directory.CreateDirectory("target");

        var result = LayerExtractor.Extract(new MemoryStream(tar), target, new LayerExtractionOptions { RestoreOwners = false });

        Assert.Equal(content, File.ReadAllBytes(target + "/sparse"));
        Assert.Equal(200_000, new FileInfo(target + "/tail").Length);
        Assert.Equal(Length + 200_000 + 11, result.ContentSize);
        Assert.True(Program.TryRun("du", ["-k", target + "/sparse"], out var used), "du");
        Assert.InRange(int.Parse(used.Split('\t')[0], System.Globalization.CultureInfo.InvariantCulture), 0, 1000);
    }

    [SkippableTheory]
    [MemberData(nameof(Formats))]
    public void A_layer_that_is_read_in_place_has_the_holes(string format)
    {
        var (tar, content) = Pack(format);
        File.WriteAllBytes(_directory.Combine("layer.tar"), tar);
        using var tree = new TarTree(File.OpenRead(_directory.Combine("layer.tar")), "the layer");

        using var read = tree.OpenRead(tree.Find("sparse")!);
        var bytes = new MemoryStream();
        read.CopyTo(bytes);

        Assert.Equal(content, bytes.ToArray());
    }

    [Fact]
    public void A_file_that_is_one_hole_takes_no_time_and_no_room()
    {
        const long Huge = 1L << 40;
        byte[] tar = [.. Tars.Member("p", 'x', [.. Pax("major", "1"), .. Pax("minor", "0"), .. Pax("name", "x"), .. Pax("realsize", $"{Huge}")]),
            .. Tars.Member("p", '0', [.. "0\n"u8, .. new byte[510]]), .. Tars.End];
        using var reader = new LayerTarReader(new MemoryStream(tar));

        var entry = reader.MoveNext()!;

        Assert.Equal(("x", Huge), (entry.Path, entry.Size));
        Assert.Equal(Huge, reader.SkipHole());
        Assert.Equal(-1, reader.Content.ReadByte());
        Assert.Null(reader.MoveNext());
    }

    public static TheoryData<byte[]> Hostile() => new()
    {
        Version01("100", "0,10,5,10", 20), // Parts overlap.
        Version01("100", "50,10,0,10", 20), // Not in order.
        Version01("100", "95,10", 10), // Behind the end.
        Version01("100", "0,10", 20), // More stored than described.
        Version01("100", "0,20", 10), // Less stored than described.
        Version01("100", "0,-5,10,5", 0),
        Version01("100", "0", 0),
        Version01("100", "0,x", 0),
        Version01("100", "9223372036854775807,9223372036854775807", 0),
        Version01("9223372036854775807", "0,10", 10),
        Version01("-1", "0,0", 0),
        Version10("100", "5\n", 512), // Fewer parts than promised.
        Version10("100", "99999999999\n", 512),
        Version10("100", "1\n0\n10000000000\n", 512),
        Version10("100", new string('9', 600), 512),
        Version10("100", "1\n0\n10\n", 0), // A map that is not there.
        (byte[])[.. Tars.Member("p", 'x', [.. Pax("size", "10"), .. Pax("numbytes", "10"), .. Pax("offset", "0")]), .. Tars.Member("x", '0', new byte[10]), .. Tars.End],
        (byte[])[.. Tars.Member("p", 'x', [.. Pax("major", "2"), .. Pax("realsize", "10")]), .. Tars.Member("x", '0', new byte[10]), .. Tars.End],
        (byte[])[.. Tars.Header("x", 'S', magic: "ustar  \0", change: block => block[482] = 1), .. Tars.End[..100]],
        (byte[])[.. Tars.Header("x", 'S', magic: "ustar  \0", change: block => Encoding.ASCII.GetBytes("00000000100\0").CopyTo(block, 386 + 12)), .. Tars.End[..512], .. Tars.Header("y", 'Q')],
    };

    [Theory]
    [MemberData(nameof(Hostile), DisableDiscoveryEnumeration = true)]
    public void Maps_that_contradict_themselves_are_refused(byte[] tar)
        => Assert.Equal(ZLayerErrorKind.InvalidArchive, Assert.Throws<ZLayerException>(() => Tars.Read(tar)).Kind);

    private (byte[] Tar, byte[] Content) Pack(string format)
    {
        Skip.IfNot(OperatingSystem.IsLinux(), "Linux only");
        var content = new byte[Length];
        var random = new Random(5);
        var source = _directory.CreateDirectory("source");
        using (var file = File.Create(source + "/sparse"))
        {
            file.SetLength(Length);
            // Seventy pieces: more than one block of an old header has room for.
            for (var i = 0; i < 70; i++)
            {
                var start = i * 40_960 + 8192;
                random.NextBytes(content.AsSpan(start, 4096));
                file.Position = start;
                file.Write(content, start, 4096);
            }
        }

        File.WriteAllText(source + "/before", "before");
        File.WriteAllText(source + "/after", "after");
        using (var tail = File.Create(source + "/tail"))
        {
            tail.SetLength(200_000);
        }

        var archive = _directory.Combine("archive.tar");
        Skip.IfNot(
            Program.TryRun("tar", [.. format.Split(' '), "--sparse", "-C", source, "-cf", archive, "before", "sparse", "tail", "after"], out _), "needs GNU tar");
        Assert.InRange(new FileInfo(archive).Length, 1, 1_000_000);
        return (File.ReadAllBytes(archive), content);
    }

    private static int Headers(byte[] tar)
    {
        using var reader = new LayerTarReader(new MemoryStream(tar));
        var count = 0;
        while (reader.MoveNext() is not null)
        {
            count++;
        }

        return count;
    }

    private static byte[] Pax(string name, string value) => Tars.PaxRecord("GNU.sparse." + name, value);

    private static byte[] Version01(string size, string map, int stored)
        => [.. Tars.Member("p", 'x', [.. Pax("size", size), .. Pax("map", map)]), .. Tars.Member("x", '0', new byte[stored]), .. Tars.End];

    private static byte[] Version10(string size, string map, int stored)
    {
        var content = new byte[stored];
        Encoding.ASCII.GetBytes(map).AsSpan(0, Math.Min(stored, map.Length)).CopyTo(content);
        return [.. Tars.Member("p", 'x', [.. Pax("major", "1"), .. Pax("minor", "0"), .. Pax("realsize", size)]), .. Tars.Member("x", '0', content), .. Tars.End];
    }
}
