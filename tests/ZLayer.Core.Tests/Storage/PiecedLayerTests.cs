using System.Security.Cryptography;
using ZLayer.Core.Errors;
using ZLayer.Core.Layers;
using ZLayer.Core.Oci;
using ZLayer.Core.Storage;
using ZLayer.Core.Storage.Pieces;

namespace ZLayer.Core.Tests.Storage;

/// <summary>Layers in pieces: the same bytes as a layer written at once, whatever they take over from an earlier version.</summary>
public sealed class PiecedLayerTests : IDisposable
{
    private static readonly PieceSizes Sizes = new(1024, 2048, 8192);

    // In memory where that is possible: many small files are made.
    private readonly string _root = Path.Combine(Directory.Exists("/dev/shm") ? "/dev/shm" : Path.GetTempPath(), $"zlayer-pieces-{Guid.NewGuid():N}");
    private readonly StoreLayout _layout;
    private readonly ContentStore _content;

    public PiecedLayerTests()
    {
        _layout = new StoreLayout(_root);
        _content = new ContentStore(_layout);
    }

    public void Dispose() => Directory.Delete(_root, recursive: true);

    // ZLAYER_TEST_ROUNDS=10000 runs more of them.
    [Fact]
    public void A_layer_in_pieces_is_the_layer_written_at_once_whatever_was_edited()
    {
        var rounds = int.TryParse(Environment.GetEnvironmentVariable("ZLAYER_TEST_ROUNDS"), out var wanted) ? wanted : 300;
        var takenOver = 0;
        for (var round = 0; round < rounds; round++)
        {
            var random = new Random(round);
            var tree = PiecedTree.Random(random);
            Digest? earlier = null;
            for (var version = 0; version < 3; version++)
            {
                var (digest, taken) = Write(tree, earlier, random);
                var whole = tree.ToTar();
                Assert.True(digest == Digest.Of(whole), $"round {round}, version {version}");
                Assert.Equal(whole, ReadAll(digest));
                Assert.Equal(CutsOf(whole), LengthsOf(digest, whole.Length));
                takenOver += taken;
                earlier = digest;
                tree.Edit(random);
            }

            if (round % 100 == 99)
            {
                new Collector(_layout).Collect(new PruneOptions());
                Assert.Empty(Pieces());
            }
        }

        Assert.True(takenOver > rounds, $"{takenOver} groups were taken over in {rounds} rounds");
    }

    [Fact]
    public void A_new_version_writes_the_pieces_that_changed_alone()
    {
        var tree = PiecedTree.Files(200, 700);
        var (first, _) = Write(tree, null, null);
        var before = Pieces();
        tree.Change(100);
        var (second, taken) = Write(tree, first, null, known: path => path != tree.PathOf(100));

        Assert.True(taken > 20, $"{taken} groups were taken over");
        Assert.InRange(Pieces().Except(before).Count(), 1, 2);
        Assert.Equal(tree.ToTar(), ReadAll(second));
    }

    [Fact]
    public void What_is_known_is_not_asked_for_where_nothing_changed()
    {
        var tree = PiecedTree.Files(100, 700);
        var (first, _) = Write(tree, null, null);

        using var layer = _content.CreateLayer(first, Sizes);
        tree.Write(layer, _ => true, _ => throw new InvalidOperationException("It was asked for."));

        Assert.Equal(first, layer.Commit().Digest);
    }

    [Fact]
    public void Without_states_of_the_hash_everything_is_hashed_from_the_pieces()
    {
        var tree = PiecedTree.Files(100, 700);
        var (first, _) = Write(tree, null, null);
        var files = new PieceFiles(_layout);
        var list = files.TryReadList(first)!;
        files.WriteList(list with { Groups = [.. list.Groups.Select(group => group with { HashState = [] })] }, flush: false);
        tree.Change(50);
        var (second, taken) = Write(tree, first, null, known: path => path != tree.PathOf(50));

        Assert.True(taken > 10, $"{taken} groups were taken over");
        Assert.Equal(Digest.Of(tree.ToTar()), second);
        Assert.Equal(second, Write(tree, second, null).Digest);
    }

    [Fact]
    public void A_damaged_piece_is_found_named_and_written_again()
    {
        var tree = PiecedTree.Files(100, 700);
        var (first, _) = Write(tree, null, null);
        var damaged = Pieces()[0];
        using (var file = File.OpenWrite(damaged))
        {
            file.Position = 600;
            file.Write("damage"u8);
        }

        var error = Assert.Throws<ZLayerException>(() => ReadAll(first));
        Assert.Equal(ZLayerErrorKind.DigestMismatch, error.Kind);
        Assert.Contains(Path.GetFileName(damaged), error.Message, StringComparison.Ordinal);

        _content.Delete(first);
        Assert.Equal(first, Write(tree, null, null).Digest);
        Assert.Equal(tree.ToTar(), ReadAll(first));
    }

    [Fact]
    public void A_piece_that_is_gone_is_not_taken_over()
    {
        var tree = PiecedTree.Files(100, 700);
        var (first, _) = Write(tree, null, null);
        foreach (var piece in Pieces())
        {
            File.Delete(piece);
        }

        tree.Change(0);
        Assert.Throws<LostPieceException>(() => Write(tree, first, null, known: path => path != tree.PathOf(0)));
        tree.Change(99);
        Assert.Throws<LostPieceException>(() => Write(tree, first, null, known: path => path != tree.PathOf(99)));
        Assert.Equal(Digest.Of(tree.ToTar()), Write(tree, null, null).Digest);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(20)]
    [InlineData(70)]
    [InlineData(-20)]
    [InlineData(-1)]
    public void A_damaged_list_counts_as_none(int place)
    {
        var (digest, _) = Write(PiecedTree.Files(100, 700), null, null);
        var path = Path.Combine(_root, "pieces", "lists", digest.Hex);
        var bytes = File.ReadAllBytes(path);
        bytes[place < 0 ? bytes.Length + place : place] ^= 1;
        File.WriteAllBytes(path, bytes);

        Assert.False(_content.Contains(digest));
        Assert.Throws<ZLayerException>(() => _content.OpenRead(digest));
        File.WriteAllBytes(path, bytes[..(bytes.Length / 2)]);
        Assert.False(_content.Contains(digest));
        Assert.Equal(digest, Write(PiecedTree.Files(100, 700), digest, null).Digest);
        Assert.True(_content.Contains(digest));
    }

    [Fact]
    public void A_collection_keeps_the_pieces_that_another_layer_needs()
    {
        var tree = PiecedTree.Files(200, 700);
        var (first, _) = Write(tree, null, null);
        tree.Change(100);
        var (second, _) = Write(tree, first, null);
        var all = Pieces().Sum(path => new FileInfo(path).Length);
        var usage = new Collector(_layout).GetUsage().Single(kind => kind.Kind == StorageKind.Image);
        Assert.InRange(usage.Size, all, all + 100_000);
        Assert.True(all < 1.2 * tree.ToTar().Length, "pieces are stored once");

        using (var lease = new LeaseStore(_layout).Open("test"))
        {
            Assert.True(lease.Protect(second));
            var freed = new Collector(_layout).Collect(new PruneOptions()).Sum(result => result.ReclaimedBytes);
            Assert.InRange(freed, 700, 30_000);
        }

        Assert.False(_content.Contains(first));
        Assert.Equal(tree.ToTar(), ReadAll(second));
        new Collector(_layout).Collect(new PruneOptions());
        Assert.Empty(Pieces());
    }

    [Theory]
    [InlineData(LayerCompression.Gzip)]
    [InlineData(LayerCompression.Zstd)]
    public void A_compressed_version_adds_the_pieces_that_changed_alone_and_is_what_a_compressor_makes(LayerCompression compression)
    {
        var layers = new LayerStore(_layout, _content);
        var tree = PiecedTree.Files(200, 700);
        var (first, _) = Write(tree, null, null);
        layers.EnsureBlob(first, compression);
        var before = Pieces();
        tree.Change(100);
        var (second, _) = Write(tree, first, null, known: path => path != tree.PathOf(100));
        var blob = layers.EnsureBlob(second, compression);

        Assert.InRange(Pieces().Except(before).Count(), 2, 4);
        using var expected = new MemoryStream();
        var result = new LayerCompressor(null, 2, Sizes).Compress(new MemoryStream(tree.ToTar()), expected, compression);
        Assert.Equal((result.Digest, result.Size), (blob.Digest, blob.Size));
        Assert.Equal(expected.ToArray(), ReadAll(blob.Digest));
    }

    [Fact]
    public void A_file_of_zeros_is_one_piece_over_and_over()
    {
        var layers = new LayerStore(_layout, _content);
        var tree = PiecedTree.Zeros(2_000_000);
        var (layer, _) = Write(tree, null, null);
        Assert.InRange(Pieces().Length, 2, 3);
        var blob = layers.EnsureBlob(layer, LayerCompression.Gzip);
        Assert.InRange(Pieces().Length, 4, 6);

        using var tar = Decompression.Open(_content.OpenRead(blob.Digest));
        using var content = new MemoryStream();
        tar.CopyTo(content);
        Assert.Equal(tree.ToTar(), content.ToArray());
    }

    [Fact]
    public void A_damaged_compressed_piece_is_compressed_again()
    {
        var layers = new LayerStore(_layout, _content);
        var tree = PiecedTree.Files(100, 700);
        var (layer, _) = Write(tree, null, null);
        var plain = Pieces();
        var blob = layers.EnsureBlob(layer, LayerCompression.Gzip);
        var content = ReadAll(blob.Digest);
        foreach (var piece in Pieces().Except(plain))
        {
            var bytes = File.ReadAllBytes(piece);
            bytes[^1] ^= 1;
            File.WriteAllBytes(piece, bytes);
        }

        _content.Delete(blob.Digest);
        Assert.Equal(blob, layers.EnsureBlob(layer, LayerCompression.Gzip));
        Assert.Equal(content, ReadAll(blob.Digest));
        Assert.True(new Collector(_layout).GetUsage().Sum(kind => kind.Size) < plain.Sum(path => new FileInfo(path).Length) + content.Length + 100_000);
    }

    [Fact]
    public void Content_that_is_not_what_its_digest_says_is_refused()
    {
        using var layer = _content.CreateLayer(null, Sizes);
        var entry = new TarEntry { Path = "a", Type = TarEntryType.File, Mode = 0b110_100_100, Size = 3, ModificationTime = DateTimeOffset.UnixEpoch };

        Assert.Throws<ZLayerException>(() => layer.WriteKnown(entry, SHA256.HashData("abc"u8), () => layer.WriteContent("abcd"u8)));
    }

    private (Digest Digest, int TakenOver) Write(PiecedTree tree, Digest? earlier, Random? random, Func<string, bool>? known = null)
    {
        using var layer = _content.CreateLayer(earlier, Sizes);
        tree.Write(layer, known ?? (_ => random is null ? earlier is not null : random.Next(8) > 0), layer.WriteContent);
        return (layer.Commit().Digest, layer.TakenOver);
    }

    private byte[] ReadAll(Digest digest)
    {
        using var stream = _content.OpenRead(digest);
        using var content = new MemoryStream();
        stream.CopyTo(content);
        Assert.Equal(content.Length, stream.Length);
        return content.ToArray();
    }

    private string[] Pieces()
        => Directory.Exists(Path.Combine(_root, "pieces", "content"))
            ? [.. Directory.EnumerateFiles(Path.Combine(_root, "pieces", "content"), "*", SearchOption.AllDirectories).Order(StringComparer.Ordinal)]
            : [];

    private int[] LengthsOf(Digest digest, int length)
        => new PieceFiles(_layout).TryReadList(digest) is { } list ? [.. list.Pieces.Select(piece => piece.Length)] : [length];

    // Where a compressor cuts the stream.
    private static int[] CutsOf(byte[] tar)
    {
        var cutter = new PieceCutter(Sizes);
        var lengths = new List<int>();
        var start = 0;
        for (var end = 0; end < tar.Length;)
        {
            end = Math.Min(end + 512, tar.Length);
            while (cutter.FindCut(tar.AsSpan(start, end - start)) is > 0 and var cut)
            {
                lengths.Add(cut);
                start += cut;
            }
        }

        return start < tar.Length ? [.. lengths, tar.Length - start] : [.. lengths];
    }
}
