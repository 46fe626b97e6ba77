using ZLayer.Core.Errors;
using ZLayer.Core.Oci;
using ZLayer.Core.Storage;

namespace ZLayer.Core.Tests.Storage;

[System.Runtime.Versioning.UnsupportedOSPlatform("windows")]
public sealed class ReferenceStoreTests : IDisposable
{
    private readonly TemporaryStore _store = new();

    public void Dispose() => _store.Dispose();

    [Theory]
    [InlineData("nginx")]
    [InlineData("nginx:1.27")]
    [InlineData("localhost:5000/team/app:1.0_x-y")]
    [InlineData("[::1]:5000/a/b/c:latest")]
    public void A_name_is_found_again(string text)
    {
        var reference = ImageReference.Parse(text);
        Assert.Null(_store.References.Find(reference));
        _store.References.Set(reference, Target(1));
        Assert.Equal(Target(1), _store.References.Find(reference));
        Assert.Equal(reference, Assert.Single(_store.References.Enumerate()).Reference);
    }

    [Fact]
    public void A_tag_is_a_file_that_people_find()
    {
        _store.References.Set(ImageReference.Parse("localhost:5000/team/app:1.0"), Target(1));
        var path = Path.Combine(_store.Layout.References, "localhost%3A5000", "team", "app", "_tags", "1.0");
        Assert.Equal(Target(1), OciJson.ParseDescriptor(File.ReadAllBytes(path), "test"));
    }

    [Fact]
    public void A_repository_may_be_the_parent_of_another()
    {
        _store.References.Set(ImageReference.Parse("example.com/a:1"), Target(1));
        _store.References.Set(ImageReference.Parse("example.com/a/b:1"), Target(2));
        Assert.True(_store.References.Remove(ImageReference.Parse("example.com/a:1")));
        Assert.Equal(Target(2), _store.References.Find(ImageReference.Parse("example.com/a/b:1")));
    }

    [Fact]
    public void A_digest_is_found_as_it_was_stored_and_among_the_tags()
    {
        var name = ImageReference.Parse("example.com/a:1");
        _store.References.Set(name, Target(1));
        Assert.Equal(Target(1), _store.References.Find(name.WithDigest(Target(1).Digest)));
        Assert.Null(_store.References.Find(name.WithDigest(Target(2).Digest)));
        _store.References.Set(name.WithDigest(Target(2).Digest), Target(2));
        Assert.Equal(Target(2), _store.References.Find(name.WithDigest(Target(2).Digest)));
        Assert.Equal(2, _store.References.Enumerate().Count);
    }

    [Fact]
    public void A_digest_is_found_among_the_manifests_in_the_store()
    {
        var manifest = "{\"schemaVersion\":2,\"config\":{},\"layers\":[]}"u8.ToArray();
        var digest = _store.Content.Write(manifest);
        var found = _store.References.Find(ImageReference.Parse("example.com/a").WithDigest(digest));
        Assert.Equal(MediaTypes.OciManifest, found?.MediaType);
        Assert.Equal(manifest.Length, found?.Size);
    }

    [Fact]
    public void A_name_pinned_to_another_digest_is_refused()
    {
        var pinned = ImageReference.Parse("example.com/a").WithDigest(Target(1).Digest);
        Assert.Equal(
            ZLayerErrorKind.InvalidArgument, Assert.Throws<ZLayerException>(() => _store.References.Set(pinned, Target(2))).Kind);
    }

    [Fact]
    public void An_image_whose_name_moved_stays_without_a_name()
    {
        var name = ImageReference.Parse("app:1");
        _store.References.Set(name, Target(1));
        _store.References.Set(name, Target(2));
        var entries = _store.References.Enumerate();
        Assert.Equal([Target(2), Target(1)], entries.Select(e => e.Target));
        Assert.Null(entries[1].Reference);

        _store.References.Set(ImageReference.Parse("old:1"), Target(1));
        Assert.DoesNotContain(_store.References.Enumerate(), e => e.Reference is null);
    }

    [Fact]
    public void Setting_a_name_to_what_it_is_renews_it_without_writing()
    {
        var name = ImageReference.Parse("app:1");
        _store.References.Set(name, Target(1));
        var path = Directory.EnumerateFiles(_store.Layout.References, "1", SearchOption.AllDirectories).Single();
        File.SetUnixFileMode(path, File.GetUnixFileMode(path) | UnixFileMode.OtherExecute);
        File.SetLastWriteTimeUtc(path, DateTime.UtcNow.AddDays(-1));
        _store.References.Set(name, Target(1));
        Assert.True(Assert.Single(_store.References.Enumerate()).Updated > DateTimeOffset.UtcNow.AddHours(-1));
        Assert.True(File.GetUnixFileMode(path).HasFlag(UnixFileMode.OtherExecute)); // The same file still.
    }

    [Fact]
    public void A_name_is_added_once()
    {
        var name = ImageReference.Parse("app:1");
        Assert.True(_store.References.TryAdd(name, Target(1)));
        Assert.False(_store.References.TryAdd(name, Target(2)));
        Assert.Equal(Target(1), _store.References.Find(name));
        Assert.Empty(_store.Leftovers());
    }

    [Fact]
    public void Removing_a_name_removes_its_empty_directories()
    {
        var name = ImageReference.Parse("example.com/a/b/c:1");
        _store.References.Set(name, Target(1));
        Assert.True(_store.References.Remove(name));
        Assert.False(_store.References.Remove(name));
        Assert.Empty(Directory.EnumerateFileSystemEntries(_store.Layout.References));
    }

    [Fact]
    public void A_damaged_file_is_reported_and_can_be_replaced()
    {
        var name = ImageReference.Parse("app:1");
        _store.References.Set(name, Target(1));
        _store.References.Set(ImageReference.Parse("app:2"), Target(2));
        var path = Directory.EnumerateFiles(_store.Layout.References, "1", SearchOption.AllDirectories).Single();
        File.WriteAllText(path, "{");
        Assert.Equal(ZLayerErrorKind.InvalidManifest, Assert.Throws<ZLayerException>(() => _store.References.Find(name)).Kind);
        Assert.Throws<ZLayerException>(() => _store.References.Enumerate());
        var unreadable = new List<string>();
        Assert.Single(_store.References.Enumerate((file, _) => unreadable.Add(file)));
        Assert.Equal(path, Assert.Single(unreadable));
        _store.References.Set(name, Target(1));
        Assert.Equal(Target(1), _store.References.Find(name));
    }

    [Fact]
    public async Task Setting_and_removing_neighbours_at_once_loses_nothing()
    {
        await Task.WhenAll(Enumerable.Range(0, 6).Select(worker => Task.Run(() =>
        {
            var references = new ReferenceStore(_store.AnotherView());
            var name = ImageReference.Parse($"example.com/deep/er/app{worker % 2}:t{worker}");
            for (var i = 0; i < 100; i++)
            {
                references.Set(name, Target(worker));
                Assert.Equal(Target(worker), references.Find(name));
                Assert.True(references.Remove(name));
            }

            references.Set(name, Target(worker));
        })));
        Assert.Equal(6, _store.References.Enumerate().Count);
        Assert.Empty(_store.Leftovers());
    }

    private static Descriptor Target(int number)
        => new() { MediaType = MediaTypes.OciManifest, Digest = Digest.Of([(byte)number]), Size = number };
}
