using ZLayer.Core.Builds.Files;
using ZLayer.Core.Oci;

namespace ZLayer.Core.Tests.Builds.Files;

public sealed class FileDigestCacheTests : IDisposable
{
    private readonly CopyFixture _fixture = new();

    public void Dispose() => _fixture.Dispose();

    [Fact]
    public void An_unchanged_tree_is_not_read_again()
    {
        WriteThree();
        var first = Digest(out var unknown);
        Assert.Equal(3, unknown);

        var second = Digest(out unknown);

        Assert.Equal(0, unknown);
        Assert.Equal(first, second);
    }

    [Fact]
    public void A_file_of_the_same_size_and_time_but_other_content_is_noticed()
    {
        WriteThree();
        var path = Path.Combine(_fixture.Context, "a.txt");
        var time = File.GetLastWriteTimeUtc(path);
        var first = Digest(out _);

        File.WriteAllText(path, "Z");
        File.SetLastWriteTimeUtc(path, time);

        Assert.NotEqual(first, Digest(out var unknown));
        Assert.Equal(1, unknown);
    }

    [Fact]
    public void A_replaced_file_is_noticed()
    {
        WriteThree();
        var path = Path.Combine(_fixture.Context, "a.txt");
        var time = File.GetLastWriteTimeUtc(path);
        var first = Digest(out _);

        File.WriteAllText(path + ".new", "Z");
        File.SetUnixFileMode(path + ".new", File.GetUnixFileMode(path));
        File.SetLastWriteTimeUtc(path + ".new", time);
        File.Move(path + ".new", path, overwrite: true);

        Assert.NotEqual(first, Digest(out _));
    }

    [Fact]
    public void A_changed_mode_changes_the_digest_and_touching_a_file_does_not()
    {
        WriteThree();
        var path = Path.Combine(_fixture.Context, "a.txt");
        var first = Digest(out _);

        File.SetLastWriteTimeUtc(path, new DateTime(2001, 1, 1, 0, 0, 0, DateTimeKind.Utc));
        Assert.Equal(first, Digest(out var unknown));
        Assert.Equal(1, unknown);

        File.SetUnixFileMode(path, (UnixFileMode)0b111_101_101);
        Assert.NotEqual(first, Digest(out _));
    }

    [Fact]
    public void A_file_that_just_changed_is_read_again_the_next_time()
    {
        WriteThree();

        _ = Digest(out _, now: DateTimeOffset.UtcNow);
        _ = Digest(out var unknown, now: DateTimeOffset.UtcNow);

        Assert.Equal(3, unknown);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(20)]
    [InlineData(100)]
    [InlineData(-1)]
    public void A_damaged_cache_counts_as_empty(int position)
    {
        WriteThree();
        var first = Digest(out _);
        var file = Directory.GetFiles(Path.Combine(_fixture.Store.Cache, "contexts")).Single();
        var bytes = File.ReadAllBytes(file);
        if (position < 0)
        {
            bytes = bytes[..(bytes.Length / 2)];
        }
        else
        {
            bytes[position] ^= 0x40;
        }

        File.WriteAllBytes(file, bytes);

        Assert.Equal(first, Digest(out var unknown));
        Assert.Equal(3, unknown);
    }

    [Fact]
    public void An_unchanged_cache_is_not_written_again()
    {
        WriteThree();
        _ = Digest(out _);
        var file = Directory.GetFiles(Path.Combine(_fixture.Store.Cache, "contexts")).Single();
        var old = new DateTime(2001, 1, 1, 0, 0, 0, DateTimeKind.Utc);
        File.SetLastWriteTimeUtc(file, old);

        _ = Digest(out _);

        Assert.Equal(old, File.GetLastWriteTimeUtc(file));
    }

    [Fact]
    public void Files_that_are_not_asked_for_any_more_are_forgotten_after_a_while()
    {
        WriteThree();
        _ = Digest(out _);
        var file = Directory.GetFiles(Path.Combine(_fixture.Store.Cache, "contexts")).Single();
        var full = new FileInfo(file).Length;
        File.Delete(Path.Combine(_fixture.Context, "b.txt"));
        for (var i = 0; i < 20; i++)
        {
            File.WriteAllText(Path.Combine(_fixture.Context, "a.txt"), $"{i}");
            _ = Digest(out _);
        }

        Assert.True(new FileInfo(file).Length < full);
    }

    [Fact]
    public void Writing_the_layer_learns_the_digests_that_hashing_would()
    {
        WriteThree();
        _fixture.Write("empty", "");
        _fixture.Write("large", new string('x', 700_000));
        using var tree = _fixture.OpenContext();
        var hashed = _fixture.Prepare(tree, ["."], "/x").ComputeDigest();
        var written = _fixture.Prepare(tree, ["."], "/x");
        Assert.Equal(4, written.UnknownFiles);

        written.WriteLayer(Stream.Null, null);

        Assert.Equal(0, written.UnknownFiles);
        Assert.Equal(hashed, written.ComputeDigest());
    }

    [Fact]
    public void Two_copies_of_a_tree_have_one_digest_and_one_layer()
    {
        WriteThree();
        _fixture.Link("link", "a.txt");
        var stamp = new DateTime(2020, 1, 1, 0, 0, 0, DateTimeKind.Utc);
        using var other = new CopyFixture();
        other.Link("link", "a.txt");
        foreach (var name in (string[])["sub/c.txt", "b.txt", "a.txt"])
        {
            other.Write(name, File.ReadAllText(Path.Combine(_fixture.Context, name)));
        }

        byte[] Layer(CopyFixture fixture, out Digest digest)
        {
            using var tree = fixture.OpenContext();
            var copy = fixture.Prepare(tree, ["."], "/x", r => r with { LatestTime = stamp });
            digest = copy.ComputeDigest();
            using var layer = new MemoryStream();
            copy.WriteLayer(layer, null);
            return layer.ToArray();
        }

        Assert.Equal(Layer(_fixture, out var first), Layer(other, out var second));
        Assert.Equal(first, second);
    }

    [Fact]
    public void Everything_that_is_written_is_in_the_digest()
    {
        WriteThree();
        using var tree = _fixture.OpenContext();
        Digest Of(string destination, Func<CopyRequest, CopyRequest>? change = null) => _fixture.Prepare(tree, ["."], destination, change).ComputeDigest();
        Digest[] digests =
        [
            Of("/x"), Of("/y"), Of("/x/"), Of("/x", r => r with { Chown = "1" }), Of("/x", r => r with { Chmod = "700" }),
            Of("/x", r => r with { Excludes = ["a.txt"] }), Of("/x", r => r with { Sources = [new CopySource(tree, "sub") { ResetOwner = true }] }),
            Of("/x", r => r with { Sources = [new CopySource(tree, ".") { ResetOwner = true, Unpack = true }] }),
        ];

        Assert.Equal(digests.Length, digests.Distinct().Count());
        Assert.Equal(Of("/x"), Of("x"));
    }

    private void WriteThree()
    {
        _fixture.Write("a.txt", "A");
        _fixture.Write("b.txt", "B");
        _fixture.Write("sub/c.txt", "C");
    }

    private Digest Digest(out int unknown, DateTimeOffset? now = null)
    {
        using var tree = _fixture.OpenContext(digests: _fixture.OpenCache(now));
        var copy = _fixture.Prepare(tree, ["."], "/x");
        unknown = copy.UnknownFiles;
        return copy.ComputeDigest();
    }
}
