using System.Formats.Tar;
using System.Text;
using ZLayer.Core.Errors;
using ZLayer.Core.Layers;
using TarEntry = ZLayer.Core.Layers.TarEntry;
using TarEntryType = ZLayer.Core.Layers.TarEntryType;

namespace ZLayer.Core.Tests.Layers;

public sealed class LayerTarWriterTests
{
    [Fact]
    public void An_ordinary_file_takes_one_header_block_with_fixed_fields()
    {
        var tar = Tars.Write(writer => writer.Text("etc/motd", "hello", mode: 0x9ED)); // 04755
        Assert.Equal(512 + 512 + 1024, tar.Length);
        Assert.Equal("etc/motd", Encoding.ASCII.GetString(tar, 0, 8));
        Assert.Equal("0004755\0" + "0000000\0" + "0000000\0" + "00000000005\0" + "14570074760\0", Encoding.ASCII.GetString(tar, 100, 48));
        Assert.Equal((byte)'0', tar[156]);
        Assert.Equal("ustar\000", Encoding.ASCII.GetString(tar, 257, 8));
        Assert.All(tar[265..329], value => Assert.Equal(0, value));
        Assert.All(tar[^1024..], value => Assert.Equal(0, value));
    }

    [Fact]
    public void Times_are_cut_to_whole_seconds_towards_the_past()
    {
        var tar = Tars.Write(writer =>
        {
            writer.WriteEntry(Tars.Directory("after") with { ModificationTime = DateTimeOffset.UnixEpoch.AddTicks(19_999_999) });
            writer.WriteEntry(Tars.Directory("before") with { ModificationTime = DateTimeOffset.UnixEpoch.AddTicks(-5) });
        });
        var entries = Tars.Read(tar);
        Assert.Equal(1, entries[0].Entry.ModificationTime.ToUnixTimeSeconds());
        Assert.Equal(0, entries[0].Entry.ModificationTime.Ticks % TimeSpan.TicksPerSecond);
        Assert.Equal(DateTimeOffset.UnixEpoch.AddSeconds(-1), entries[1].Entry.ModificationTime);
    }

    [Theory]
    [InlineData(100, 1)]
    [InlineData(101, 3)]
    public void A_name_without_slashes_needs_records_beyond_100_bytes(int length, int blocks)
        => Assert.Equal(blocks * 512 + 1024, Tars.Write(writer => writer.WriteEntry(Tars.File(new string('n', length), 0))).Length);

    [Fact]
    public void A_long_path_is_split_at_a_slash_where_ustar_can_hold_it()
    {
        var path = new string('p', 155) + "/" + new string('n', 100);
        var tar = Tars.Write(writer => writer.WriteEntry(Tars.File(path, 0)));
        Assert.Equal(512 + 1024, tar.Length);
        Assert.Equal(path, Tars.Read(tar)[0].Entry.Path);
    }

    [Fact]
    public void The_platforms_reader_reads_what_is_written()
    {
        var attributes = new Dictionary<string, byte[]> { ["user.b"] = [1, 0, 2], ["security.capability"] = "cap"u8.ToArray() };
        var tar = Tars.Write(writer =>
        {
            writer.WriteEntry(Tars.Directory("größe"));
            writer.WriteFile(Tars.File("größe/" + new string('x', 300), 3) with { Uid = 5_000_000, Gid = 1000, ExtendedAttributes = attributes }, "abc"u8);
            writer.WriteEntry(Tars.SymbolicLink("link", new string('t', 150)));
            writer.WriteEntry(new TarEntry { Path = "null", Type = TarEntryType.CharacterDevice, DeviceMajor = 1, DeviceMinor = 3 });
        });
        using var reader = new TarReader(new MemoryStream(tar));
        Assert.Equal("größe/", reader.GetNextEntry()!.Name);
        var file = (PaxTarEntry)reader.GetNextEntry(copyData: true)!;
        Assert.Equal("größe/" + new string('x', 300), file.Name);
        Assert.Equal(5_000_000, file.Uid);
        Assert.Equal(1000, file.Gid);
        Assert.Equal(["SCHILY.xattr.security.capability", "SCHILY.xattr.user.b"], file.ExtendedAttributes.Keys.Where(key => key.StartsWith("SCHILY", StringComparison.Ordinal)).Order(StringComparer.Ordinal));
        Assert.Equal(new string('t', 150), reader.GetNextEntry()!.LinkName);
        var device = (PosixTarEntry)reader.GetNextEntry()!;
        Assert.Equal((1, 3), (device.DeviceMajor, device.DeviceMinor));
        Assert.Null(reader.GetNextEntry());
    }

    [Fact]
    public void Random_entries_come_back_as_they_were_written()
    {
        var random = new Random(20240229);
        var written = Enumerable.Range(0, 400).Select(index => (Entry: RandomEntry(random, index), Content: new byte[random.Next(0, 5000)])).ToList();
        var tar = Tars.Write(writer =>
        {
            for (var i = 0; i < written.Count; i++)
            {
                var (entry, content) = written[i];
                if (entry.Type != TarEntryType.File)
                {
                    written[i] = (entry, []);
                    writer.WriteEntry(entry);
                    continue;
                }

                random.NextBytes(content);
                written[i] = (entry with { Size = content.Length }, content);
                if (i % 2 == 0)
                {
                    writer.WriteFile(written[i].Entry, content);
                }
                else
                {
                    writer.WriteFile(written[i].Entry, new TrickleStream(content, i));
                }
            }
        });

        foreach (var source in new Stream[] { new MemoryStream(tar), new TrickleStream(tar, 3) })
        {
            var read = Tars.Read(source);
            Assert.Equal(written.Count, read.Count);
            for (var i = 0; i < read.Count; i++)
            {
                Assert.Equal(written[i].Entry with { ExtendedAttributes = null }, read[i].Entry with { ExtendedAttributes = null });
                Assert.Equal(written[i].Entry.ExtendedAttributes ?? new Dictionary<string, byte[]>(), read[i].Entry.ExtendedAttributes ?? new Dictionary<string, byte[]>());
                Assert.Equal(written[i].Content, read[i].Content);
            }
        }
    }

    [Fact]
    public void The_position_after_BeginFile_is_where_the_content_starts()
    {
        var offset = 0L;
        var tar = Tars.Write(writer =>
        {
            writer.Text(new string('l', 200), "first");
            writer.BeginFile(Tars.File("second", 4));
            offset = writer.Position;
            writer.WriteContent("ab"u8);
            writer.WriteContent("cd"u8);
            writer.EndFile();
        });
        Assert.Equal("abcd"u8.ToArray(), tar[(int)offset..((int)offset + 4)]);
        using var reader = new LayerTarReader(new MemoryStream(tar));
        reader.MoveNext();
        reader.MoveNext();
        Assert.Equal(offset, reader.ContentOffset);
    }

    [Theory]
    [InlineData(4, "ended")]
    [InlineData(6, "longer")]
    public void A_file_that_changes_while_it_is_read_is_an_error(int actualLength, string word)
    {
        using var writer = new LayerTarWriter(Stream.Null);
        var error = Assert.Throws<ZLayerException>(() => writer.WriteFile(Tars.File("log", 5), new MemoryStream(new byte[actualLength])));
        Assert.Equal(ZLayerErrorKind.StorageReadFailed, error.Kind);
        Assert.Contains(word, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Content_of_another_size_than_announced_is_refused()
    {
        using var longer = new LayerTarWriter(Stream.Null);
        Assert.Throws<ZLayerException>(() => longer.WriteFile(Tars.File("f", 5), new byte[6]));
        using var shorter = new LayerTarWriter(Stream.Null);
        Assert.Throws<ZLayerException>(() => shorter.WriteFile(Tars.File("f", 5), new byte[4]));
        using var sized = new LayerTarWriter(Stream.Null);
        Assert.Throws<ZLayerException>(() => sized.WriteEntry(Tars.Directory("d") with { Size = 1 }));
    }

    [Fact]
    public void Ordinary_entries_allocate_nothing()
    {
        using var writer = new LayerTarWriter(Stream.Null);
        var entry = Tars.File("usr/lib/node_modules/typescript/lib/lib.dom.d.ts", 10);
        var content = new byte[10];
        writer.WriteFile(entry, content);
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 10_000; i++)
        {
            writer.WriteFile(entry, content);
        }

        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 1000);
    }

    [SkippableFact]
    public void Gnu_tar_extracts_what_is_written()
    {
        Skip.IfNot(Program.Exists("tar"), "GNU tar is not installed");
        using var directory = new TemporaryDirectory();
        var archive = directory.Combine("a.tar");
        File.WriteAllBytes(archive, Tars.Write(writer =>
        {
            writer.WriteEntry(Tars.Directory("d", 0b111_101_000));
            writer.Text("d/ünïcode " + new string('z', 200), "content");
            writer.WriteEntry(Tars.HardLink("d/hard", "d/ünïcode " + new string('z', 200)));
            writer.WriteEntry(Tars.SymbolicLink("d/soft", "../ä"));
        }));
        Program.Run("tar", "-xf", archive, "-C", directory.Path);
        Assert.Equal("content", File.ReadAllText(directory.Combine("d/hard")));
        Assert.Equal("../ä", new FileInfo(directory.Combine("d/soft")).LinkTarget);
        Assert.Equal(Tars.Time.UtcDateTime, File.GetLastWriteTimeUtc(directory.Combine("d/hard")));
    }

    private static TarEntry RandomEntry(Random random, int index)
    {
        var type = (TarEntryType)random.Next(0, 7);
        var path = string.Join('/', Enumerable.Range(0, random.Next(1, 6)).Select(_ => RandomName(random))) + "-" + index;
        return new TarEntry
        {
            Path = path,
            Type = type,
            Mode = random.Next(0, 0x1000),
            Uid = random.Next(4) == 0 ? random.NextInt64(0, uint.MaxValue) : random.Next(0, 2000),
            Gid = random.Next(4) == 0 ? random.NextInt64(0, uint.MaxValue) : random.Next(0, 2000),
            ModificationTime = DateTimeOffset.FromUnixTimeSeconds(random.NextInt64(-3_000_000_000, 30_000_000_000)),
            LinkTarget = type is TarEntryType.HardLink or TarEntryType.SymbolicLink ? RandomName(random) : null,
            DeviceMajor = type is TarEntryType.CharacterDevice or TarEntryType.BlockDevice ? random.Next(0, 4096) : 0,
            DeviceMinor = type is TarEntryType.CharacterDevice or TarEntryType.BlockDevice ? random.Next(0, 1 << 20) : 0,
            ExtendedAttributes = random.Next(5) == 0 ? new Dictionary<string, byte[]> { ["user.a" + index] = Guid.NewGuid().ToByteArray(), ["user.empty"] = [9] } : null,
        };
    }

    private static string RandomName(Random random)
    {
        const string Alphabet = "abcXYZ019 .-_+äß日😀";
        var name = string.Concat(Enumerable.Range(0, random.Next(1, random.Next(2, 90))).Select(_ => Alphabet[random.Next(0, Alphabet.Length - 2)]));
        return random.Next(10) == 0 ? "n" + name + "\uDCFF" : "n" + name;
    }
}
