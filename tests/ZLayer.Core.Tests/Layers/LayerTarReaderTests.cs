using System.Formats.Tar;
using System.Text;
using ZLayer.Core.Errors;
using ZLayer.Core.Layers;
using TarEntryType = ZLayer.Core.Layers.TarEntryType;

namespace ZLayer.Core.Tests.Layers;

public sealed class LayerTarReaderTests
{
    [Theory]
    [InlineData("./a/./b//c", "a/b/c")]
    [InlineData("/etc/passwd", "etc/passwd")]
    [InlineData("a/../b", "b")]
    [InlineData("...", "...")]
    public void Paths_are_cleaned_and_made_relative(string name, string path)
        => Assert.Equal(path, Tars.Read([.. Tars.Header(name, '0'), .. Tars.End])[0].Entry.Path);

    [Fact]
    public void Bytes_that_are_not_utf8_stay_in_the_path()
        => Assert.Equal("a\uDCE4", Tars.Read([.. Tars.Header("a\xE4", '0'), .. Tars.End])[0].Entry.Path);

    [Theory]
    [InlineData("./")]
    [InlineData("/")]
    [InlineData(".")]
    public void The_root_directory_has_an_empty_path(string name)
        => Assert.Equal("", Tars.Read([.. Tars.Header(name, '5'), .. Tars.End])[0].Entry.Path);

    [Theory]
    [InlineData("", '0')]
    [InlineData("./", '2')]
    [InlineData(".", '1')]
    public void Entries_without_a_name_are_passed_over(string name, char type)
    {
        byte[] content = type == '0' ? [.. "12345"u8, .. new byte[507]] : [];
        byte[] tar = [.. Tars.Header(name, type, type == '0' ? "" : "t", type == '0' ? 5 : 0), .. content, .. Tars.Header("x", '0'), .. Tars.End];

        Assert.Equal("x", Assert.Single(Tars.Read(tar)).Entry.Path);
    }

    public static TheoryData<string, byte[]> Hostile() => new()
    {
        { "leads out of the archive", [.. Tars.Header("../x", '0'), .. Tars.End] },
        { "leads out of the archive", [.. Tars.Header("a/../../x", '0'), .. Tars.End] },
        { "leads out of the archive", [.. Tars.Header("/../x", '0'), .. Tars.End] },
        { "leads out of the archive", [.. Tars.Header("x", '1', "../../etc/shadow"), .. Tars.End] },
        { "no target", [.. Tars.Header("x", '2'), .. Tars.End] },
        { "no target", [.. Tars.Header("x", '1'), .. Tars.End] },
        { "contains NUL", [.. Tars.Member("p", 'x', Tars.PaxRecord("path", "a\0b")), .. Tars.Header("x", '0'), .. Tars.End] },
        { "contains NUL", [.. Tars.Member("p", 'x', Tars.PaxRecord("linkpath", "a\0b")), .. Tars.Header("x", '2', "t"), .. Tars.End] },
        { "checksum", Corrupt(Tars.Header("x", '0'), 0) },
        { "checksum", Encoding.ASCII.GetBytes(new string('x', 2048)) },
        { "not a number", Tars.Header("x", '0', change: block => block[124] = (byte)'z') },
        { "negative", Tars.Header("x", '0', change: block => block.AsSpan(124, 12).Fill(0xFF)) },
        { "out of range", Tars.Header("x", '0', change: block => block.AsSpan(108, 8).Fill(0xFF)) },
        { "not a number", Tars.Header("x", '0', change: block => { block.AsSpan(124, 12).Clear(); block[124] = 0x80; block[125] = 1; }) },
        { "sparse", [.. Tars.Header("x", 'S', size: 5), .. new byte[512], .. Tars.End] },
        { "sparse", [.. Tars.Member("p", 'x', Tars.PaxRecord("GNU.sparse.major", "1")), .. Tars.Header("x", '0'), .. Tars.End] },
        { "unknown type 'Q'", [.. Tars.Header("x", 'Q'), .. Tars.End] },
        { "extended header takes", [.. Tars.Header("p", 'x', size: 2_000_000), .. Tars.End] },
        { "extended header takes", [.. Tars.Header("p", 'L', magic: "ustar  \0", size: 2_000_000), .. Tars.End] },
        { "PAX record is damaged", [.. Tars.Member("p", 'x', "99 path=x\n"u8.ToArray()), .. Tars.Header("x", '0'), .. Tars.End] },
        { "PAX record is damaged", [.. Tars.Member("p", 'x', "-5 path=x\n"u8.ToArray()), .. Tars.Header("x", '0'), .. Tars.End] },
        { "PAX record is damaged", [.. Tars.Member("p", 'x', "3 x\n"u8.ToArray()), .. Tars.Header("x", '0'), .. Tars.End] },
        { "has no key", [.. Tars.Member("p", 'x', "7 path\n"u8.ToArray()), .. Tars.Header("x", '0'), .. Tars.End] },
        { "'size' is not a number", [.. Tars.Member("p", 'x', Tars.PaxRecord("size", "ten")), .. Tars.Header("x", '0'), .. Tars.End] },
        { "negative", [.. Tars.Member("p", 'x', Tars.PaxRecord("size", "-1")), .. Tars.Header("x", '0'), .. Tars.End] },
        { "'mtime' is not a time", [.. Tars.Member("p", 'x', Tars.PaxRecord("mtime", "1.x")), .. Tars.Header("x", '0'), .. Tars.End] },
        { "extended header should follow", [.. Tars.Member("p", 'x', Tars.PaxRecord("path", "y")), .. Tars.End] },
        { "zero block stands between", [.. new byte[512], .. Tars.Header("x", '0'), .. Tars.End] },
    };

    [Theory]
    [MemberData(nameof(Hostile), DisableDiscoveryEnumeration = true)]
    public void Hostile_archives_are_refused_with_a_reason(string reason, byte[] tar)
    {
        var error = Assert.Throws<ZLayerException>(() => Tars.Read(tar));
        Assert.Equal(ZLayerErrorKind.InvalidArchive, error.Kind);
        Assert.Contains(reason, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_stream_cut_anywhere_inside_an_entry_is_refused_with_the_offset()
    {
        var tar = Tars.Write(writer =>
        {
            writer.Text(new string('l', 120), "first");
            writer.Text("second", new string('c', 700));
        });
        // Between entries, and after the first of the two zero blocks, nothing is missing.
        var ends = new HashSet<int> { 0, 2048, 3584 };
        for (var length = 0; length < tar.Length; length += 128)
        {
            if (ends.Contains(length) || length >= 4096)
            {
                Tars.Read(tar[..length]);
                continue;
            }

            var cut = length;
            var error = Record.Exception(() => Tars.Read(tar[..cut]));
            var invalid = Assert.IsType<ZLayerException>(error);
            Assert.Equal(ZLayerErrorKind.InvalidArchive, invalid.Kind);
            Assert.Contains("(offset ", invalid.Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Random_damage_never_ends_in_anything_but_InvalidArchive()
    {
        var original = Tars.Write(writer =>
        {
            writer.WriteFile(Tars.File("größe", 3) with { ExtendedAttributes = new Dictionary<string, byte[]> { ["user.a"] = [1] } }, "abc"u8);
            writer.WriteEntry(Tars.HardLink("h", "größe"));
            writer.WriteEntry(Tars.SymbolicLink("s", new string('t', 150)));
        });
        var random = new Random(11);
        var refused = 0;
        for (var round = 0; round < 3000; round++)
        {
            var tar = (byte[])original.Clone();
            for (var hits = random.Next(1, 4); hits > 0; hits--)
            {
                tar[random.Next(tar.Length)] = (byte)random.Next(256);
            }

            try
            {
                Tars.Read(tar);
            }
            catch (ZLayerException e)
            {
                Assert.Equal(ZLayerErrorKind.InvalidArchive, e.Kind);
                refused++;
            }
        }

        Assert.InRange(refused, 500, 3000);
    }

    [Fact]
    public void What_follows_the_end_of_the_archive_is_ignored_and_drained()
    {
        byte[] tar = [.. Tars.Write(writer => writer.Text("a", "b")), .. "garbage"u8, .. new byte[9000]];
        using var hashed = new DigestStream(new MemoryStream(tar));
        using var reader = new LayerTarReader(hashed);
        Assert.NotNull(reader.MoveNext());
        Assert.Null(reader.MoveNext());
        Assert.Null(reader.MoveNext());
        reader.Drain();
        Assert.Equal(tar.Length, hashed.ByteCount);
    }

    [Fact]
    public void Formats_older_than_posix_are_read()
    {
        byte[] tar = [.. Tars.Header("dir/", '\0', magic: ""), .. Tars.Member("dir/f", '\0', "data"u8.ToArray(), magic: ""), .. Tars.End];
        var entries = Tars.Read(tar);
        Assert.Equal(("dir", TarEntryType.Directory), (entries[0].Entry.Path, entries[0].Entry.Type));
        Assert.Equal("data"u8.ToArray(), entries[1].Content);
    }

    [Fact]
    public void Gnu_long_names_and_big_numbers_are_read()
    {
        var name = new string('n', 300);
        byte[] tar =
        [
            .. Tars.Member("././@LongLink", 'L', Encoding.ASCII.GetBytes(name + "\0"), "ustar  \0"),
            .. Tars.Member("././@LongLink", 'K', Encoding.ASCII.GetBytes(name + "/t\0"), "ustar  \0"),
            .. Tars.Header("short", '2', "short", magic: "ustar  \0", change: block =>
            {
                new byte[] { 0x80, 0, 0, 0, 0x7F, 0xFF, 0xFF, 0xFF }.CopyTo(block, 108);
                block.AsSpan(136, 12).Fill(0xFF);
            }),
            .. Tars.End,
        ];
        var entry = Tars.Read(tar)[0].Entry;
        Assert.Equal(name, entry.Path);
        Assert.Equal(name + "/t", entry.LinkTarget);
        Assert.Equal(int.MaxValue, entry.Uid);
        Assert.Equal(DateTimeOffset.UnixEpoch.AddSeconds(-1), entry.ModificationTime);
    }

    [Fact]
    public void Global_records_hold_until_local_ones_say_otherwise()
    {
        byte[] tar =
        [
            .. Tars.Member("g", 'g', [.. Tars.PaxRecord("uid", "77"), .. Tars.PaxRecord("comment", "by git")]),
            .. Tars.Header("a", '0'),
            .. Tars.Member("x", 'x', [.. Tars.PaxRecord("uid", "78"), .. Tars.PaxRecord("mtime", "-1.25")]),
            .. Tars.Header("b", '0'),
            .. Tars.Header("c", '0'),
            .. Tars.End,
        ];
        var entries = Tars.Read(tar).ConvertAll(pair => pair.Entry);
        Assert.Equal([77, 78, 77], entries.ConvertAll(entry => entry.Uid));
        Assert.Equal(DateTimeOffset.UnixEpoch.AddSeconds(-1.25), entries[1].ModificationTime);
    }

    [Fact]
    public void Links_and_directories_have_no_content_whatever_their_size_says()
    {
        byte[] tar = [.. Tars.Header("h", '1', "target", size: 700), .. Tars.Header("d/", '5', size: 700), .. Tars.Member("f", '0', "x"u8.ToArray()), .. Tars.End];
        Assert.Equal([0, 0, 1], Tars.Read(tar).ConvertAll(pair => pair.Content.Length));
    }

    [Fact]
    public void Skipped_content_is_jumped_over_in_a_seekable_stream()
    {
        var tar = Tars.Write(writer =>
        {
            writer.WriteFile(Tars.File("big", 10_000_000), new byte[10_000_000]);
            writer.Text("small", "s");
        });
        using var source = new CountingStream(tar);
        using var reader = new LayerTarReader(source);
        reader.MoveNext();
        Assert.Equal("small", reader.MoveNext()!.Path);
        Assert.InRange(source.BytesRead, 1, 200_000);
        Assert.Equal(512 + 10_000_384 + 512, reader.ContentOffset);
    }

    [Theory]
    [InlineData(TarEntryFormat.Ustar)]
    [InlineData(TarEntryFormat.Pax)]
    [InlineData(TarEntryFormat.Gnu)]
    [InlineData(TarEntryFormat.V7)]
    public void What_the_platforms_writer_writes_is_read(TarEntryFormat format)
    {
        using var directory = new TemporaryDirectory();
        var archive = directory.Combine("a.tar");
        File.WriteAllText(directory.Combine("some file"), "content");
        using (var writer = new TarWriter(File.Create(archive), format))
        {
            writer.WriteEntry(directory.Combine("some file"), "some file");
        }

        var (entry, content) = Assert.Single(Tars.Read(File.ReadAllBytes(archive)));
        Assert.Equal("some file", entry.Path);
        Assert.Equal("content"u8.ToArray(), content);
    }

    [SkippableTheory]
    [InlineData("v7")]
    [InlineData("oldgnu")]
    [InlineData("gnu")]
    [InlineData("ustar")]
    [InlineData("pax")]
    public void What_gnu_tar_writes_is_read(string format)
    {
        Skip.IfNot(Program.Exists("tar"), "GNU tar is not installed");
        using var directory = new TemporaryDirectory();
        var tree = directory.CreateDirectory("tree");
        var longName = format == "v7" ? "long" : new string('l', 90) + "/" + new string('m', 90);
        Directory.CreateDirectory(Path.Combine(tree, Path.GetDirectoryName(longName)!));
        File.WriteAllText(Path.Combine(tree, longName), "far away");
        File.WriteAllText(Path.Combine(tree, "größe"), new string('x', 3000));
        File.CreateSymbolicLink(Path.Combine(tree, "soft"), "größe");
        Program.Run("ln", Path.Combine(tree, "größe"), Path.Combine(tree, "hard"));
        var archive = directory.Combine("a.tar");
        Program.Run("tar", "--format=" + format, "--sort=name", "-cf", archive, "-C", tree, ".");

        var entries = Tars.Read(File.ReadAllBytes(archive)).ToDictionary(pair => pair.Entry.Path);
        Assert.Equal(TarEntryType.Directory, entries[""].Entry.Type);
        Assert.Equal("far away"u8.ToArray(), entries[longName].Content);
        Assert.Equal("größe", entries["soft"].Entry.LinkTarget);
        Assert.Equal(TarEntryType.File, entries["größe"].Entry.Type);
        Assert.Equal(("größe", TarEntryType.HardLink), (entries["hard"].Entry.LinkTarget, entries["hard"].Entry.Type));
        Assert.Equal(new FileInfo(Path.Combine(tree, "größe")).LastWriteTimeUtc, entries["größe"].Entry.ModificationTime.UtcDateTime, TimeSpan.FromSeconds(1));
    }

    private static byte[] Corrupt(byte[] bytes, int index)
    {
        bytes[index] ^= 1;
        return bytes;
    }

    private sealed class CountingStream(byte[] content) : MemoryStream(content)
    {
        public long BytesRead { get; private set; }

        public override int Read(byte[] buffer, int offset, int count)
        {
            var read = base.Read(buffer, offset, count);
            BytesRead += read;
            return read;
        }
    }
}
