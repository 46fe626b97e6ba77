using System.Collections.Concurrent;
using System.Diagnostics;
using ZLayer.Core.Errors;
using ZLayer.Core.Layers;
using ZLayer.Core.Oci;

namespace ZLayer.Core.Tests.Layers;

[Trait("Kind", "Integration")]
public sealed class LayerCompressorTests
{
    /// <summary>The real proportions at a 64th of the size, so that a small layer has many pieces.</summary>
    private static readonly PieceSizes Small = new(16 << 10, 48 << 10, 128 << 10);

    private static readonly byte[] Tar = MakeTar(MakeFiles(1));

    public static TheoryData<LayerCompression> Compressions() => new(LayerCompression.None, LayerCompression.Gzip, LayerCompression.Zstd);

    [Theory]
    [MemberData(nameof(Compressions))]
    public void The_blob_holds_the_tar_stream_and_the_digests_are_true(LayerCompression compression)
    {
        var (blob, result) = Compress(new LayerCompressor(null, 2, Small), Tar, compression);
        Assert.Equal(Tar, Decompress(blob));
        Assert.Equal(Digest.Of(blob), result.Digest);
        Assert.Equal(blob.Length, result.Size);
        Assert.Equal(Digest.Of(Tar), result.DiffId);
        Assert.Equal(Tar.Length, result.TarSize);
        Assert.Equal(compression == LayerCompression.None, result.Pieces == 0);
    }

    [Theory]
    [MemberData(nameof(Compressions))]
    public void The_bytes_do_not_depend_on_the_threads_or_on_how_the_stream_arrives(LayerCompression compression)
    {
        var (expected, result) = Compress(new LayerCompressor(null, 1, Small), Tar, compression);
        Assert.True(compression == LayerCompression.None || result.Pieces > 40, $"{result.Pieces} pieces");
        foreach (var parallelism in new[] { 1, 2, 4 })
        {
            var compressor = new LayerCompressor(null, parallelism, Small);
            var output = new MemoryStream();
            compressor.Compress(new TrickleStream(Tar, parallelism), output, compression);
            Assert.Equal(expected, output.ToArray());

            var pushed = new MemoryStream();
            using var writer = compressor.OpenWriter(pushed, compression);
            var random = new Random(parallelism);
            for (var position = 0; position < Tar.Length;)
            {
                var count = Math.Min(random.Next(1, 300_000), Tar.Length - position);
                writer.Write(Tar, position, count);
                position += count;
            }

            Assert.Equal(result, writer.Complete());
            Assert.Equal(expected, pushed.ToArray());
        }
    }

    [Theory]
    [InlineData(LayerCompression.Gzip)]
    [InlineData(LayerCompression.Zstd)]
    public void The_same_layer_again_is_taken_from_the_cache(LayerCompression compression)
    {
        var cache = new MemoryPieceCache();
        var (expected, first) = Compress(new LayerCompressor(cache, 2, Small), Tar, compression);
        var (blob, second) = Compress(new LayerCompressor(cache, 2, Small), Tar, compression);
        Assert.Equal(expected, blob);
        Assert.Equal((0, first.Pieces, Tar.LongLength), (first.ReusedPieces, second.ReusedPieces, second.ReusedBytes));
        Assert.Equal(expected, Compress(new LayerCompressor(null, 2, Small), Tar, compression).Blob);
    }

    [Fact]
    public void Levels_and_formats_do_not_share_pieces()
    {
        var cache = new MemoryPieceCache();
        var compressor = new LayerCompressor(cache, 2, Small);
        Compress(compressor, Tar, LayerCompression.Gzip);
        Assert.Equal(0, Compress(compressor, Tar, LayerCompression.Gzip, level: 1).Result.ReusedPieces);
        Assert.Equal(0, Compress(compressor, Tar, LayerCompression.Zstd).Result.ReusedPieces);
    }

    public static TheoryData<string> Edits() => ["change", "grow", "insert", "remove", "inside large", "other times"];

    [Theory]
    [MemberData(nameof(Edits))]
    public void A_small_edit_leaves_nine_tenths_of_the_layer_as_it_is(string edit)
    {
        var files = MakeFiles(1);
        var middle = files.Count / 2;
        switch (edit)
        {
            case "change":
                files[middle].Content[0] ^= 1;
                break;
            case "grow":
                files[middle] = (files[middle].Path, [.. files[middle].Content, .. new byte[2000]]);
                break;
            case "insert":
                files.Insert(middle, ("m/inserted", new byte[3000]));
                break;
            case "remove":
                files.RemoveAt(middle);
                break;
            case "inside large":
                var large = files.FindIndex(file => file.Content.Length > 1_000_000);
                files[large] = (files[large].Path, [.. files[large].Content[..600_000], 7, 7, 7, .. files[large].Content[600_000..]]);
                break;
        }

        var cache = new MemoryPieceCache();
        Compress(new LayerCompressor(cache, 2, Small), Tar, LayerCompression.Zstd);
        var edited = MakeTar(files, edit == "other times" ? 12 : 0);
        var (blob, result) = Compress(new LayerCompressor(cache, 2, Small), edited, LayerCompression.Zstd);
        Assert.Equal(edited, Decompress(blob));
        Assert.InRange(result.ReusedBytes, edited.Length * 9L / 10, edited.Length - 1);
    }

    [Fact]
    public void A_run_of_entries_gives_the_same_pieces_in_another_layer()
    {
        var cache = new MemoryPieceCache();
        var files = MakeFiles(1);
        Compress(new LayerCompressor(cache, 2, Small), MakeTar(files), LayerCompression.Zstd);
        var other = MakeTar([.. MakeFiles(2).Take(300), .. files, .. MakeFiles(3).Take(100)]);
        var result = Compress(new LayerCompressor(cache, 2, Small), other, LayerCompression.Zstd).Result;
        Assert.InRange(result.ReusedBytes, Tar.Length * 9L / 10, Tar.Length);
    }

    [Fact]
    public void A_damaged_cache_is_noticed_and_does_no_harm()
    {
        var cache = new MemoryPieceCache();
        var (expected, first) = Compress(new LayerCompressor(cache, 2, Small), Tar, LayerCompression.Gzip);
        var random = new Random(3);
        foreach (var key in cache.Pieces.Keys)
        {
            var bytes = cache.Pieces[key];
            switch (random.Next(4))
            {
                case 0: bytes[random.Next(bytes.Length)] ^= 4; break;
                case 1: cache.Pieces[key] = bytes[..^1]; break;
                case 2: cache.Pieces[key] = [.. bytes, 0]; break;
                default: cache.Pieces[key] = []; break;
            }
        }

        var (blob, result) = Compress(new LayerCompressor(cache, 2, Small), Tar, LayerCompression.Gzip);
        Assert.Equal(expected, blob);
        Assert.Equal(0, result.ReusedPieces);
        Assert.Equal(first.Pieces, Compress(new LayerCompressor(cache, 2, Small), Tar, LayerCompression.Gzip).Result.ReusedPieces);
    }

    [Fact]
    public void A_cache_that_fails_does_no_harm()
        => Assert.Equal(Tar, Decompress(Compress(new LayerCompressor(new FailingCache(), 2, Small), Tar, LayerCompression.Gzip).Blob));

    [Fact]
    public void Gzip_members_tell_neither_time_nor_system()
    {
        var (blob, _) = Compress(new LayerCompressor(null, 1), Tar, LayerCompression.Gzip);
        Assert.Equal("1F8B08000000000000FF", Convert.ToHexString(blob, 0, 10));
    }

    [Fact]
    public void What_does_not_compress_is_stored_and_the_rest_is_compressed()
    {
        var content = Mixed();
        var cache = new MemoryPieceCache();
        var (blob, result) = Compress(new LayerCompressor(cache, 2), content, LayerCompression.Gzip);

        Assert.Equal(content, Decompress(blob));
        // 600 KB of noise, 5 bytes more for each 16 KB at most, and 600 KB of words at less than 3/4.
        Assert.InRange(blob.Length, 600_000, 600_000 + 450_000);
        Assert.True(blob.AsSpan().IndexOf(content.AsSpan(400_000, 8_000)) > 0, "the noise is not in the blob as it is");
        Assert.Equal(result.Pieces, cache.Pieces.Count);
    }

    [Fact]
    public void Pieces_that_do_not_compress_are_kept_as_they_are_stored()
    {
        var noise = new byte[3_000_000];
        new Random(7).NextBytes(noise);
        var cache = new MemoryPieceCache();
        var (blob, result) = Compress(new LayerCompressor(cache, 2, Small), noise, LayerCompression.Gzip);

        Assert.Equal(noise, Decompress(blob));
        Assert.True(result.Pieces > 20, $"{result.Pieces} pieces");
        Assert.Equal(result.Pieces, cache.Pieces.Count);
    }

    /// <summary>Words, noise, words: 300 KB, 600 KB, 300 KB.</summary>
    private static byte[] Mixed()
    {
        var random = new Random(3);
        var noise = new byte[600_000];
        random.NextBytes(noise);
        return [.. Words(random, 300_000), .. noise, .. Words(random, 300_000)];
    }

    public static TheoryData<int, LayerCompression> Oddities()
    {
        var data = new TheoryData<int, LayerCompression>();
        foreach (var compression in new[] { LayerCompression.None, LayerCompression.Gzip, LayerCompression.Zstd })
        {
            for (var i = 0; i < 7; i++)
            {
                data.Add(i, compression);
            }
        }

        return data;
    }

    [Theory]
    [MemberData(nameof(Oddities))]
    public void Whatever_is_given_comes_back(int oddity, LayerCompression compression)
    {
        var random = new Random(oddity);
        var noise = new byte[700_000];
        random.NextBytes(noise);
        byte[] content = oddity switch
        {
            0 => [],
            1 => [1],
            2 => noise,
            3 => Tar[..^700],
            4 => [.. Tar, .. noise],
            5 => [.. Tars.Header("huge", '0', size: 8L << 30), .. noise],
            _ => [.. Enumerable.Repeat(Tars.Member("p", 'x', Tars.PaxRecord("path", new string('p', 900_000))), 4).SelectMany(part => part), .. noise],
        };
        var (blob, result) = Compress(new LayerCompressor(null, 2, Small), content, compression);
        Assert.Equal(content, Decompress(blob));
        Assert.Equal(Digest.Of(content), result.DiffId);
        Assert.NotEqual(compression == LayerCompression.None && content.Length == 0, blob.Length > 0);
        var trickled = new MemoryStream();
        new LayerCompressor(null, 2, Small).Compress(new TrickleStream(content, 2), trickled, compression);
        Assert.Equal(blob, trickled.ToArray());
    }

    [SkippableTheory]
    [InlineData("gzip", LayerCompression.Gzip)]
    [InlineData("zstd", LayerCompression.Zstd)]
    public void The_systems_programs_accept_the_blob(string program, LayerCompression compression)
    {
        Skip.IfNot(Program.Exists(program), program + " is not installed");
        using var directory = new TemporaryDirectory();
        var path = directory.Combine("layer");
        foreach (var content in new[] { Tar, [], Mixed() })
        {
            File.WriteAllBytes(path, Compress(new LayerCompressor(null, 2, Small), content, compression).Blob);
            using var process = Process.Start(new ProcessStartInfo(program, ["-t", "-q"]) { RedirectStandardInput = true })!;
            process.StandardInput.BaseStream.Write(File.ReadAllBytes(path));
            process.StandardInput.Close();
            process.WaitForExit();
            Assert.Equal(0, process.ExitCode);
        }
    }

    [Theory]
    [InlineData(LayerCompression.Gzip, 0)]
    [InlineData(LayerCompression.Gzip, 10)]
    [InlineData(LayerCompression.Zstd, 23)]
    public void Levels_that_do_not_exist_are_refused(LayerCompression compression, int level)
        => Assert.Equal(
            ZLayerErrorKind.InvalidArgument,
            Assert.Throws<ZLayerException>(() => new LayerCompressor().Compress(Stream.Null, Stream.Null, compression, level)).Kind);

    [Fact]
    public void Cancelling_stops_the_work()
    {
        using var cancellation = new CancellationTokenSource();
        var source = new NoiseStream(long.MaxValue, cancellation.Cancel);
        Assert.ThrowsAny<OperationCanceledException>(
            () => new LayerCompressor(null, 2).Compress(source, Stream.Null, LayerCompression.Zstd, null, cancellation.Token));
    }

    [Fact]
    public void An_output_that_fails_ends_the_work_with_its_error()
        => Assert.Throws<IOException>(() => new LayerCompressor(null, 2, Small).Compress(new MemoryStream(Tar), new FullStream(), LayerCompression.Gzip));

    private static (byte[] Blob, LayerCompressionResult Result) Compress(LayerCompressor compressor, byte[] tar, LayerCompression compression, int? level = null)
    {
        var output = new MemoryStream();
        var result = compressor.Compress(new MemoryStream(tar), output, compression, level);
        return (output.ToArray(), result);
    }

    private static byte[] Decompress(byte[] blob)
    {
        var content = new MemoryStream();
        using var stream = Decompression.Open(new MemoryStream(blob));
        stream.CopyTo(content);
        return content.ToArray();
    }

    /// <summary>2,000 files of up to 12 KB and a large one, 6 MB or so together.</summary>
    private static List<(string Path, byte[] Content)> MakeFiles(int seed)
    {
        var random = new Random(seed);
        var files = new List<(string, byte[])>();
        for (var i = 0; i < 1500; i++)
        {
            files.Add(($"s{seed}/d{i / 40:d3}/f{i:d5}.txt", Words(random, random.Next(0, random.Next(1, 12_000)))));
        }

        files.Add(($"s{seed}/large.bin", Words(random, 1_500_000)));
        return files;
    }

    private static byte[] Words(Random random, int length)
    {
        var content = new byte[length];
        for (var i = 0; i < length; i++)
        {
            content[i] = (byte)('a' + random.Next(random.Next(1, 26)));
        }

        return content;
    }

    private static byte[] MakeTar(List<(string Path, byte[] Content)> files, int laterFrom = 0)
        => Tars.Write(writer =>
        {
            for (var i = 0; i < files.Count; i++)
            {
                var entry = Tars.File(files[i].Path, files[i].Content.Length);
                writer.WriteFile(i < laterFrom ? entry with { ModificationTime = Tars.Time.AddYears(1) } : entry, files[i].Content);
            }
        });

    private sealed class MemoryPieceCache : IPieceCache
    {
        public ConcurrentDictionary<string, byte[]> Pieces { get; } = new();

        public Stream? TryOpen(Digest piece, string variant)
            => Pieces.TryGetValue(piece + variant, out var bytes) ? new MemoryStream(bytes) : null;

        public void Put(Digest piece, string variant, ReadOnlySpan<byte> compressed) => Pieces[piece + variant] = compressed.ToArray();
    }

    private sealed class FailingCache : IPieceCache
    {
        public Stream? TryOpen(Digest piece, string variant) => throw new IOException("broken");

        public void Put(Digest piece, string variant, ReadOnlySpan<byte> compressed)
            => throw new ZLayerException(ZLayerErrorKind.StorageFull, "full");
    }

    private sealed class FullStream : MemoryStream
    {
        public override void Write(ReadOnlySpan<byte> buffer) => throw new IOException("No space left on device");
    }
}
