using ZLayer.Core.Images;
using ZLayer.Core.Oci;
using ZLayer.Core.Storage;
using ZLayer.Core.Storage.Remembered;

namespace ZLayer.Core.Tests.Storage;

/// <summary>What a removal asks instead of walking through the whole store, and what it must never believe.</summary>
[Trait("Kind", "Integration")]
public sealed class ReverseIndexTests : IDisposable
{
    private readonly TemporaryStore _store = new(new LaterClock());
    private readonly ImageCatalog _catalog;

    public ReverseIndexTests() => _catalog = CatalogOf(_store.Layout);

    private string IndexFile => Path.Combine(FileMemory.DirectoryOf(_store.Layout), "reverse");

    public void Dispose() => _store.Dispose();

    [Fact]
    public void A_removal_after_a_prune_reads_no_documents_of_other_images_not_even_out_of_memory()
    {
        NameImages("app", 40);
        Collect();
        File.Delete(Path.Combine(FileMemory.DirectoryOf(_store.Layout), "documents"));
        Assert.Equal(0, DocumentsReadFor("app:3"));
    }

    [Fact]
    public void A_removal_that_meets_many_unknown_images_makes_the_index_for_the_next_one()
    {
        NameImages("app", 40);
        Assert.True(DocumentsReadFor("app:1") > 40);
        File.Delete(Path.Combine(FileMemory.DirectoryOf(_store.Layout), "documents"));
        Assert.Equal(0, DocumentsReadFor("app:2"));
    }

    [Fact]
    public void An_image_named_after_the_index_was_made_keeps_what_it_shares()
    {
        NameImages("app", 3);
        Collect();
        var later = StoredImages.Make(_store, "app 1", "later");
        _store.References.Set(ImageReference.Parse("later"), later);
        Assert.Equal(2, _catalog.Remove("app:1").Deleted.Count); // Its manifest and config.
        AssertWhole(later);
    }

    [Fact]
    public void A_name_overwritten_in_place_keeps_what_it_points_to_now()
    {
        NameImages("app", 3);
        var target = _catalog.Resolve("app:1")!;
        Collect();
        Overwrite(Path.Combine(_store.Layout.References, "docker.io", "library", "app", "_tags", "2"), OciJson.Serialize(target));
        _catalog.Remove("app:1");
        AssertWhole(target);
    }

    [Fact]
    public void A_platform_that_arrives_after_the_index_was_made_keeps_what_it_shares()
    {
        var (amd, arm) = (Platform.Parse("linux/amd64"), Platform.Parse("linux/arm64"));
        var present = StoredImages.Make(_store, amd, ["a"]);
        var late = StoredImages.Make(_store, arm, ["app 1", "b"]);
        _store.References.Set(ImageReference.Parse("multi"), StoredImages.MakeIndex(_store, (amd, present), (arm, late)));
        _store.Content.Delete(late.Digest);
        NameImages("app", 3);
        Collect();
        Assert.Equal(late, StoredImages.Make(_store, arm, ["app 1", "b"]));
        Assert.Equal(2, _catalog.Remove("app:1").Deleted.Count);
        AssertWhole(late);
        Collect();
        _catalog.Remove("multi");
        Assert.False(_store.Content.Contains(LayerOf("b")));
    }

    [Fact]
    public void A_document_that_is_gone_refers_to_nothing_and_refers_again_once_it_is_back()
    {
        NameImages("app", 2);
        var other = StoredImages.Make(_store, "app 1", "other");
        _store.References.Set(ImageReference.Parse("other"), other);
        Collect();
        var shared = StoredImages.AddLayer(_store, "app 1").Digest;
        var manifest = _store.Content.ReadDocument(other.Digest, "other");
        _store.Content.Delete(other.Digest);
        _catalog.Remove("app:1");
        Assert.False(_store.Content.Contains(shared));

        NameImages("app", 2);
        _store.Content.Write(manifest);
        _catalog.Remove("app:1");
        Assert.True(_store.Content.Contains(shared));
    }

    [Fact]
    public void An_index_inside_of_an_index_keeps_what_is_below_it()
    {
        var amd = Platform.Parse("linux/amd64");
        var inner = StoredImages.MakeIndex(_store, (amd, StoredImages.Make(_store, amd, ["base", "app 1"])));
        var outer = StoredImages.MakeIndex(_store, (amd, inner));
        NameImages("app", 3);
        _store.References.Set(ImageReference.Parse("outer"), outer);
        Collect();
        _catalog.Remove("app:1");
        Assert.True(_store.Content.Contains(LayerOf("app 1")));
        _catalog.Remove("outer");
        Assert.False(_store.Content.Contains(LayerOf("app 1")));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void An_index_that_is_spoiled_or_cut_is_ignored(int seed)
    {
        var random = new Random(seed);
        NameImages("app", 30);
        Collect();
        var whole = File.ReadAllBytes(IndexFile);
        for (var image = 0; image < 12; image++)
        {
            var spoiled = (byte[])whole.Clone();
            spoiled[random.Next(image < 6 ? 60 : whole.Length)] ^= (byte)(1 << random.Next(8));
            File.WriteAllBytes(IndexFile, image % 3 == 0 ? whole[..random.Next(whole.Length)] : spoiled);
            Assert.Same(ReverseIndex.Empty, ReverseIndex.Open(_store.AnotherView()));
            Assert.Equal(3, CatalogOf(_store.AnotherView()).Remove($"app:{image}").Deleted.Count);
            Assert.All(Enumerable.Range(image + 1, 29 - image), left => AssertWhole(_catalog.Resolve($"app:{left}")!));
        }
    }

    [Fact]
    public void The_index_of_another_store_says_nothing_wrong_about_this_one()
    {
        using var other = new TemporaryStore(new LaterClock());
        other.References.Set(ImageReference.Parse("elsewhere"), StoredImages.Make(other, "base", "app 1"));
        new Collector(other.AnotherView()).Collect(new PruneOptions());
        NameImages("app", 3);
        Collect();
        File.Copy(Path.Combine(FileMemory.DirectoryOf(other.Layout), "reverse"), IndexFile, overwrite: true);
        Assert.Equal(3, CatalogOf(_store.AnotherView()).Remove("app:1").Deleted.Count);
        AssertWhole(_catalog.Resolve("app:0")!);
        AssertWhole(_catalog.Resolve("app:2")!);
    }

    [Fact]
    public void A_session_sees_what_another_process_named_and_indexed_since()
    {
        NameImages("app", 3);
        Collect();
        _catalog.Remove("app:0");
        var process = _store.AnotherView();
        var shared = StoredImages.Make(_store, "app 1", "theirs");
        new ReferenceStore(process).Set(ImageReference.Parse("theirs"), shared);
        new Collector(process).Collect(new PruneOptions());
        _catalog.Remove("app:1");
        AssertWhole(shared);
    }

    [Fact]
    public void The_index_is_made_anew_when_most_of_it_is_about_images_that_are_gone()
    {
        NameImages("app", 90);
        Collect();
        var full = new FileInfo(IndexFile).Length;
        _catalog.Remove([.. Enumerable.Range(0, 80).Select(i => $"app:{i}")], new ImageRemovalOptions(), _ => { }, Fail);
        Collect();
        Assert.True(new FileInfo(IndexFile).Length < full / 4);
    }

    [Fact]
    public void Images_that_cannot_be_read_do_not_make_the_index_grow()
    {
        NameImages("app", 3);
        Collect();
        var size = new FileInfo(IndexFile).Length;
        var damaged = StoredImages.Make(_store, "base", "damaged");
        _store.References.Set(ImageReference.Parse("damaged"), damaged);
        var config = OciJson.ParseManifest(_store.Content.ReadDocument(damaged.Digest, "damaged"), "damaged").Config.Digest;
        File.WriteAllText(_store.Content.GetPath(config), "no JSON");
        for (var round = 0; round < 3; round++)
        {
            _store.References.Set(ImageReference.Parse("app:1"), StoredImages.Make(_store, "base", "app 1"));
            Collect();
        }

        Assert.Equal(size, new FileInfo(IndexFile).Length);
    }

    [Theory]
    [InlineData(21)]
    [InlineData(22)]
    [InlineData(23)]
    public void Removals_with_an_index_that_is_ever_more_behind_take_nothing_that_is_needed(int seed)
    {
        var random = new Random(seed);
        for (var round = 0; round < 12; round++)
        {
            for (var i = 0; i < 5; i++)
            {
                var layers = Enumerable.Range(0, random.Next(1, 4)).Select(_ => $"layer {random.Next(12)}").Distinct().ToArray();
                _store.References.Set(ImageReference.Parse($"repo{random.Next(4)}:tag{random.Next(15)}"), StoredImages.Make(_store, layers));
            }

            if (round == 2)
            {
                Collect();
            }

            var names = _store.References.Enumerate().Where(entry => entry.Reference is not null).ToArray();
            random.Shuffle(names);
            _catalog.Remove([.. names.Take(random.Next(1, 4)).Select(entry => entry.Reference!.ToString())], new ImageRemovalOptions(), _ => { }, Fail);
            Assert.All(_store.References.Enumerate(), entry => AssertWhole(entry.Target));
        }
    }

    [Fact]
    public void Ids_find_the_same_images_with_an_index_and_without()
    {
        var (amd, arm) = (Platform.Parse("linux/amd64"), Platform.Parse("linux/arm64"));
        var late = StoredImages.Make(_store, arm, ["b"]);
        var multi = StoredImages.MakeIndex(_store, (amd, StoredImages.Make(_store, amd, ["a"])), (arm, late));
        _store.References.Set(ImageReference.Parse("multi"), multi);
        _store.References.Set(ImageReference.Parse("outer"), StoredImages.MakeIndex(_store, (amd, StoredImages.MakeIndex(_store, (amd, StoredImages.Make(_store, amd, ["c"]))))));
        _store.References.Set(ImageReference.Parse("empty"), StoredImages.Make(_store));
        _store.References.Keep(StoredImages.Make(_store, "unnamed"));
        NameImages("app", 3);
        _store.Content.Delete(late.Digest);
        Collect();
        Assert.Equal(late, StoredImages.Make(_store, arm, ["b"]));
        NameImages("later", 2);
        var ids = _store.Content.Enumerate()
            .SelectMany(blob => (string[])[blob.Digest.ToString(), blob.Digest.Hex, .. new[] { 4, 12, 16, 20 }.Select(digits => blob.Digest.Hex[..digits])]).ToList();

        var withIndex = ids.ConvertAll(id => FoundBy(_catalog, id));
        File.Delete(IndexFile);
        var without = CatalogOf(_store.AnotherView());
        Assert.Equal(ids.ConvertAll(id => FoundBy(without, id)), withIndex);
        Assert.Equal([multi.Digest.ToString()], withIndex[ids.IndexOf(late.Digest.Hex[..12])]);
        Assert.True(withIndex.Count(found => found.Count > 0) > 60);
    }

    [Fact]
    public void An_id_of_an_image_that_the_index_covers_is_found_without_the_documents_of_others()
    {
        NameImages("app", 40);
        Collect();
        var id = _catalog.Get("app:7").ConfigDigest;
        var documents = Path.Combine(FileMemory.DirectoryOf(_store.Layout), "documents");
        File.Delete(documents);
        Assert.Equal(_catalog.Resolve("app:7"), CatalogOf(_store.AnotherView()).Resolve(id.Hex[..12]));
        Assert.InRange(new FileMemoryContent(File.ReadAllBytes(documents)).Entries, 2, 4); // Its manifest and its config, not those of forty.

        Assert.Equal(["app:7"], CatalogOf(_store.AnotherView()).Remove(id.ToString()).Untagged);
        Assert.InRange(new FileMemoryContent(File.ReadAllBytes(documents)).Entries, 2, 4);
    }

    // What an id means where something is removed; nothing where that is an error.
    private static List<string> FoundBy(ImageCatalog catalog, string id)
    {
        try
        {
            return [.. catalog.StartRemoval(new ImageRemovalOptions { Force = true }).Plan(id).Images.SelectMany(image => image.Deleted)];
        }
        catch (Core.Errors.ZLayerException)
        {
            return [];
        }
    }

    private static ImageCatalog CatalogOf(StoreLayout layout)
    {
        var content = new ContentStore(layout);
        return new ImageCatalog(layout, content, new ReferenceStore(layout), new LayerStore(layout, content));
    }

    private void Collect() => new Collector(_store.AnotherView()).Collect(new PruneOptions());

    private int DocumentsReadFor(string name)
    {
        var layout = _store.AnotherView();
        var collector = new Collector(layout);
        var references = new ReferenceStore(layout);
        var remover = new NameRemover(layout, _store.Content, references) { Options = new ImageRemovalOptions() };
        collector.Collect(names => remover.Run([name], names), remover, CancellationToken.None);
        ImageRemoval? removal = null;
        remover.Finish(one => removal = one, Fail);
        Assert.Equal(3, removal!.Deleted.Count);
        return collector.DocumentsRead;
    }

    private static Digest LayerOf(string text) => Digest.Of(StoredImages.Tar($"files/{text}", text));

    private void AssertWhole(Descriptor target)
    {
        var reached = new Reachability(_store.Content, _store.Layers.Records);
        reached.Add(target, "test");
        Assert.Empty(reached.Doubts);
        Assert.All(reached.Blobs, digest => Assert.True(_store.Content.Contains(digest), digest.ToString()));
    }

    private void NameImages(string repository, int count)
    {
        for (var i = 0; i < count; i++)
        {
            _store.References.Set(ImageReference.Parse($"{repository}:{i}"), StoredImages.Make(_store, "base", $"{repository} {i}"));
        }
    }

    // The store's clock runs ahead, so that files count as old at once; the kernel's must tick for a change in place to show.
    private static void Overwrite(string path, byte[] bytes)
    {
        using var files = StampReader.Open(Path.GetDirectoryName(path)!);
        Assert.True(files.TryRead(Path.GetFileName(path), out var before));
        do
        {
            File.WriteAllBytes(path, bytes);
        }
        while (files.TryRead(Path.GetFileName(path), out var after) && after == before);
    }

    private static void Fail(string name, Core.Errors.ZLayerException error) => Assert.Fail($"{name}: {error.Message}");
}
