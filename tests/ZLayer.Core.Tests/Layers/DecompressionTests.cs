using System.IO.Compression;
using System.Text;
using ZLayer.Core.Errors;
using ZLayer.Core.Foundation.Streams;
using ZLayer.Core.Layers;

namespace ZLayer.Core.Tests.Layers;

public sealed class DecompressionTests
{
    private static readonly string[] Programs = ["gzip", "zstd", "bzip2", "xz"];

    public static TheoryData<string> Codecs() => new(Programs);

    private static readonly byte[] Content = MakeContent();

    [SkippableTheory]
    [MemberData(nameof(Codecs))]
    public void Every_format_is_detected_and_read(string codec)
    {
        var compressed = Compress(codec, Content);
        using var seekable = Decompression.Open(new MemoryStream(compressed));
        Assert.Equal(Content, ReadAll(seekable));
        using var trickled = Decompression.Open(new TrickleStream(compressed, 5));
        Assert.Equal(Content, ReadAll(trickled));
    }

    [SkippableTheory]
    [MemberData(nameof(Codecs))]
    public void Concatenated_members_are_one_content(string codec)
    {
        byte[] compressed = [.. Compress(codec, Content), .. Compress(codec, "and more"u8.ToArray()), .. Compress(codec, [])];
        using var stream = Decompression.Open(new TrickleStream(compressed, 6));
        Assert.Equal([.. Content, .. "and more"u8], ReadAll(stream));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(7)]
    [InlineData(512)]
    [InlineData(30_000)]
    public void Gzip_may_be_padded_with_zeros_and_with_nothing_else(int length)
    {
        foreach (var content in (byte[][])[Content, "short"u8.ToArray(), [], new byte[100_000]])
        {
            // The class library writes nothing at all for no content.
            var compressed = content.Length > 0 ? Gzip(content) : Convert.FromHexString("1F8B080000000000000303000000000000000000");
            using var padded = Decompression.Open(new TrickleStream([.. compressed, .. new byte[length]], 700), CompressionFormat.Gzip);
            Assert.Equal(content, ReadAll(padded));
            using var whole = Decompression.Open(new MemoryStream([.. compressed, .. new byte[length]]), CompressionFormat.Gzip);
            Assert.Equal(content, ReadAll(whole));

            foreach (var more in (byte[][])[[.. new byte[length], 1], [1, .. new byte[length]], [.. new byte[length], .. compressed]])
            {
                using var stream = Decompression.Open(new MemoryStream([.. compressed, .. more]), CompressionFormat.Gzip);
                Assert.Throws<ZLayerException>(() => ReadAll(stream));
            }

            foreach (var cut in (int[])[1, 4, 8, 9])
            {
                using var stream = Decompression.Open(new MemoryStream(compressed[..^cut]), CompressionFormat.Gzip);
                Assert.Throws<ZLayerException>(() => ReadAll(stream));
            }
        }
    }

    [SkippableTheory]
    [MemberData(nameof(Codecs))]
    public void Truncated_data_is_refused(string codec)
    {
        var compressed = Compress(codec, Content);
        foreach (var length in new[] { 7, 20, compressed.Length / 2, compressed.Length - 9, compressed.Length - 1 })
        {
            using var stream = Decompression.Open(new MemoryStream(compressed[..length]));
            var error = Assert.Throws<ZLayerException>(() => ReadAll(stream));
            Assert.Equal(ZLayerErrorKind.InvalidArchive, error.Kind);
        }
    }

    [SkippableTheory]
    [MemberData(nameof(Codecs))]
    public void Damaged_data_is_refused(string codec)
    {
        // What a damaged checksum of content protects: zstd has one only because the program writes it.
        var compressed = Compress(codec, Content);
        var random = new Random(8);
        for (var round = 0; round < 50; round++)
        {
            var damaged = (byte[])compressed.Clone();
            damaged[random.Next(20, damaged.Length - 20)] ^= (byte)random.Next(1, 256);
            using var stream = Decompression.Open(new MemoryStream(damaged));
            var error = Assert.Throws<ZLayerException>(() => ReadAll(stream));
            Assert.Equal(ZLayerErrorKind.InvalidArchive, error.Kind);
        }
    }

    [Fact]
    public void Gzip_members_of_the_platform_are_read_and_cut_ones_refused()
    {
        var compressed = new MemoryStream();
        using (var gzip = new GZipStream(compressed, CompressionLevel.Fastest, leaveOpen: true))
        {
            gzip.Write(Content);
        }

        using var whole = Decompression.Open(new MemoryStream(compressed.ToArray()));
        Assert.Equal(Content, ReadAll(whole));
        using var cut = Decompression.Open(new MemoryStream(compressed.ToArray()[..^4]));
        Assert.Equal(ZLayerErrorKind.InvalidArchive, Assert.Throws<ZLayerException>(() => ReadAll(cut)).Kind);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(3)]
    [InlineData(5000)]
    public void Plain_streams_pass_unchanged(int length)
    {
        var content = Content[..length];
        using var seekable = Decompression.Open(new MemoryStream(content));
        Assert.True(seekable.CanSeek);
        Assert.Equal(content, ReadAll(seekable));
        using var trickled = Decompression.Open(new TrickleStream(content, 9));
        Assert.Equal(content, ReadAll(trickled));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void The_input_stays_open_when_it_should(bool leaveOpen)
    {
        foreach (var content in new[] { Content, Gzip(Content) })
        {
            var input = new MemoryStream(content);
            Decompression.Open(input, leaveOpen).Dispose();
            Assert.Equal(leaveOpen, input.CanRead);
        }
    }

    [SkippableFact]
    public void A_zstd_stream_that_starts_with_a_skippable_frame_is_read()
    {
        byte[] skippable = [0x53, 0x2A, 0x4D, 0x18, 3, 0, 0, 0, 1, 2, 3];
        using var stream = Decompression.Open(new MemoryStream([.. skippable, .. Compress("zstd", Content)]));
        Assert.Equal(Content, ReadAll(stream));
    }

    [Theory]
    [InlineData("", nameof(CompressionFormat.None))]
    [InlineData("1F8B", nameof(CompressionFormat.None))]
    [InlineData("1F8B08", nameof(CompressionFormat.Gzip))]
    [InlineData("28B52FFD00", nameof(CompressionFormat.Zstd))]
    [InlineData("522A4D18", nameof(CompressionFormat.Zstd))]
    [InlineData("425A6839", nameof(CompressionFormat.Bzip2))]
    [InlineData("425A6830", nameof(CompressionFormat.None))]
    [InlineData("FD377A585A00", nameof(CompressionFormat.Xz))]
    [InlineData("7573746172", nameof(CompressionFormat.None))]
    public void Formats_are_known_by_their_first_bytes(string head, string format)
        => Assert.Equal(Enum.Parse<CompressionFormat>(format), Decompression.Detect(Convert.FromHexString(head)));

    [SkippableFact]
    public void Zstd_is_read_without_the_library_as_with_it()
    {
        var compressed = Compress("zstd", Content);
        byte[] skippable = [0x53, 0x2A, 0x4D, 0x18, 3, 0, 0, 0, 1, 2, 3];
        using var whole = ManagedContentStream.OfZstd(new TrickleStream([.. skippable, .. compressed, .. skippable, .. compressed], 700), leaveOpen: false);
        Assert.Equal([.. Content, .. Content], ReadAll(whole));

        foreach (var damaged in (byte[][])[compressed[..^1], compressed[..20], [.. compressed, 1], [.. compressed, .. compressed[..9]], [.. compressed[..^3], 0, 0, 0]])
        {
            using var managed = ManagedContentStream.OfZstd(new MemoryStream(damaged), leaveOpen: false);
            Assert.Equal(ZLayerErrorKind.InvalidArchive, Assert.Throws<ZLayerException>(() => ReadAll(managed)).Kind);
            Assert.Throws<ZLayerException>(() => ReadAll(Decompression.Open(new MemoryStream(damaged), CompressionFormat.Zstd)));
        }
    }

    [SkippableFact]
    public void A_zstd_window_that_wants_too_much_memory_is_refused_before_it_gets_it()
    {
        // The byte behind the frame's descriptor, without a content size and with a window of 2 GiB.
        byte[] hostile = [0x28, 0xB5, 0x2F, 0xFD, 0, 21 << 3, 1, 0, 0];
        var before = GC.GetAllocatedBytesForCurrentThread();
        using var managed = ManagedContentStream.OfZstd(new MemoryStream(hostile), leaveOpen: false);
        Assert.Equal(ZLayerErrorKind.InvalidArchive, Assert.Throws<ZLayerException>(() => ReadAll(managed)).Kind);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 4 * 1024 * 1024);
    }

    [SkippableTheory]
    [InlineData(4)]
    [InlineData(512)]
    [InlineData(100_000)]
    public void Xz_streams_may_be_padded_in_fours(int length)
    {
        byte[] padding = new byte[length];
        var compressed = Compress("xz", Content);
        using var stream = Decompression.Open(new TrickleStream([.. compressed, .. padding, .. Compress("xz", [1]), .. padding], 700));
        Assert.Equal([.. Content, 1], ReadAll(stream));

        foreach (var more in (byte[][])[[0], [0, 0, 0], [0, 0, 0, 0, 0], [0, 0, 0, 0, 1], [0, 0, 0, 0, .. "garbage"u8]])
        {
            Refuses([.. compressed, .. more]);
        }
    }

    [SkippableTheory]
    [InlineData("xz")]
    [InlineData("bzip2")]
    public void What_follows_the_last_stream_is_refused(string codec)
    {
        var compressed = Compress(codec, Content);
        foreach (var more in (byte[][])[[1], [.. "trailing garbage"u8], [.. compressed[..4]], [.. compressed[..12]], [.. compressed[..^1]]])
        {
            Refuses([.. compressed, .. more]);
        }
    }

    [SkippableTheory]
    [InlineData("--check=none")]
    [InlineData("--check=crc32")]
    [InlineData("--check=crc64")]
    [InlineData("--check=sha256")]
    [InlineData("--block-size=65536")]
    [InlineData("--block-size=65536 -T2")]
    [InlineData("-9e")]
    [InlineData("-0")]
    [InlineData("--x86 --lzma2")]
    [InlineData("--arm --lzma2")]
    public void Xz_of_every_kind_is_read(string options)
    {
        var content = Content[..200_000];
        using var stream = Decompression.Open(new TrickleStream(Compress("xz", content, options.Split(' ')), 5000));
        Assert.Equal(content, ReadAll(stream));
        using var none = Decompression.Open(new MemoryStream(Compress("xz", [], options.Split(' '))));
        Assert.Empty(ReadAll(none));
    }

    [SkippableTheory]
    [InlineData("xz", "--check=crc32")]
    [InlineData("xz", "--check=sha256 --block-size=300")]
    [InlineData("bzip2", "-9")]
    public void A_damaged_byte_never_gives_other_content(string codec, string options)
    {
        // A few bytes carry nothing, such as the first one of a range coder.
        var content = Content[..800];
        var compressed = Compress(codec, content, options.Split(' '));
        for (var at = 0; at < compressed.Length; at++)
        {
            var damaged = (byte[])compressed.Clone();
            damaged[at] ^= (byte)(1 << at % 8);
            using var stream = Decompression.Open(new MemoryStream(damaged), Format(compressed));
            if (Record.Exception(() => Assert.Equal(content, ReadAll(stream))) is { } refused)
            {
                Assert.Equal(ZLayerErrorKind.InvalidArchive, Assert.IsType<ZLayerException>(refused).Kind);
            }

            if (at > 0)
            {
                Refuses(compressed[..at], Format(compressed));
            }
        }
    }

    [SkippableTheory]
    [InlineData(6)]
    [InlineData(8)]
    [InlineData(-2)]
    [InlineData(-4)]
    [InlineData(-6)]
    [InlineData(-9)]
    [InlineData(-13)]
    [InlineData(-17)]
    [InlineData(-22)]
    public void The_header_the_index_and_the_footer_of_xz_are_checked(int at)
    {
        var compressed = Compress("xz", Content, "--block-size=65536");
        compressed[at < 0 ? compressed.Length + at : at] ^= 1;
        Refuses(compressed);
    }

    [SkippableFact]
    public void A_block_of_xz_that_wants_too_much_memory_is_refused_before_it_gets_it()
    {
        // The dictionary's size is the last byte of the filter, before the padding and checksum of the block's header.
        var compressed = Compress("xz", Content[..3000]);
        foreach (var size in (byte[])[33, 40])
        {
            var hostile = (byte[])compressed.Clone();
            hostile[16] = size;
            BitConverter.TryWriteBytes(hostile.AsSpan(20), Crc32(hostile.AsSpan(12, 8)));
            var before = GC.GetAllocatedBytesForCurrentThread();

            Assert.Contains("it needs more than 256 MiB of memory", Refuses(hostile));
            Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 1024 * 1024);
        }
    }

    [SkippableTheory]
    [InlineData("--delta=dist=4")]
    [InlineData("--arm64")]
    public void A_filter_of_xz_that_is_not_supported_is_named(string filter)
        => Assert.Contains("it uses a filter that is not supported", Refuses(Compress("xz", Content, filter, "--lzma2")));

    [SkippableTheory]
    [InlineData("xz")]
    [InlineData("bzip2")]
    public void What_the_input_throws_is_not_called_damage(string codec)
    {
        using var stream = Decompression.Open(new FailingStream(Compress(codec, Content)));
        Assert.Equal("the disk is gone", Assert.Throws<IOException>(() => ReadAll(stream)).Message);
    }

    private static string Refuses(byte[] compressed) => Refuses(compressed, Format(compressed));

    private static string Refuses(byte[] compressed, CompressionFormat format)
    {
        using var stream = Decompression.Open(new MemoryStream(compressed), format);
        var error = Assert.Throws<ZLayerException>(() => ReadAll(stream));
        Assert.Equal(ZLayerErrorKind.InvalidArchive, error.Kind);
        return error.Message;
    }

    private static CompressionFormat Format(byte[] compressed) => compressed[0] == 'B' ? CompressionFormat.Bzip2 : CompressionFormat.Xz;

    private static uint Crc32(ReadOnlySpan<byte> bytes)
    {
        var sum = uint.MaxValue;
        foreach (var next in bytes)
        {
            sum ^= next;
            for (var bit = 0; bit < 8; bit++)
            {
                sum = (sum & 1) != 0 ? sum >> 1 ^ 0xEDB88320 : sum >> 1;
            }
        }

        return ~sum;
    }

    private static byte[] Compress(string codec, byte[] content, params string[] options)
    {
        Skip.IfNot(Program.Exists(codec), codec + " is not installed");
        using var directory = new TemporaryDirectory();
        var path = directory.Combine("content");
        File.WriteAllBytes(path, content);
        var start = new System.Diagnostics.ProcessStartInfo(codec, [.. options, "-c", path]) { RedirectStandardOutput = true };
        using var process = System.Diagnostics.Process.Start(start)!;
        var output = new MemoryStream();
        process.StandardOutput.BaseStream.CopyTo(output);
        process.WaitForExit();
        Assert.Equal(0, process.ExitCode);
        return output.ToArray();
    }

    private static byte[] Gzip(byte[] content)
    {
        var compressed = new MemoryStream();
        using (var gzip = new GZipStream(compressed, CompressionLevel.Fastest))
        {
            gzip.Write(content);
        }

        return compressed.ToArray();
    }

    private static byte[] ReadAll(Stream stream)
    {
        var content = new MemoryStream();
        stream.CopyTo(content);
        return content.ToArray();
    }

    private static byte[] MakeContent()
    {
        var random = new Random(4);
        var text = new StringBuilder();
        while (text.Length < 600_000)
        {
            text.Append(random.Next(100_000)).Append(" some words that repeat ").Append((char)random.Next(33, 126));
        }

        return Encoding.ASCII.GetBytes(text.ToString());
    }

    /// <summary>Fails after the first half.</summary>
    private sealed class FailingStream(byte[] content) : ForwardStream
    {
        private int _given;

        public override bool CanRead => true;

        public override int Read(Span<byte> buffer)
        {
            var count = Math.Min(buffer.Length, content.Length / 2 - _given);
            content.AsSpan(_given, count).CopyTo(buffer);
            _given += count;
            return count > 0 ? count : throw new IOException("the disk is gone");
        }
    }
}
