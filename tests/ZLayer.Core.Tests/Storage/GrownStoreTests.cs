using ZLayer.Core.Images;
using ZLayer.Core.Oci;
using ZLayer.Core.Storage;
using ZLayer.Core.Storage.Remembered;

namespace ZLayer.Core.Tests.Storage;

/// <summary>What makes big stores fast: marking out of what is remembered, and what becomes of that memory when the world changes under it.</summary>
[Trait("Kind", "Integration")]
public sealed class GrownStoreTests : IDisposable
{
    private static readonly PruneOptions Garbage = new();

    private readonly TemporaryStore _store = new(new LaterClock());
    private readonly ImageCatalog _catalog;

    public GrownStoreTests() => _catalog = new ImageCatalog(_store.Layout, _store.Content, _store.References, _store.Layers);

    private string Remembered => FileMemory.DirectoryOf(_store.Layout);

    public void Dispose() => _store.Dispose();

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(5)]
    [InlineData(6)]
    public void Marking_out_of_memory_reaches_what_reading_everything_reaches(int seed)
    {
        var random = new Random(seed);
        for (var round = 0; round < 12; round++)
        {
            Grow(random, round);
            var (blobs, layers, doubts) = ReachByReading();
            using (var documents = new DocumentMemory(_store.Layout, _store.Content))
            {
                var kept = new Marking(_store.Content, documents, LayerClaims.Read(_store.Layout, alone: true));
                AddNamesAndSteps(kept.Add, kept.AddLayer);
                documents.Save(complete: true);
                Assert.Equal(doubts, kept.Doubts.Count);
                Assert.All(blobs, digest => Assert.True(kept.Blobs.Contains(digest)));
                Assert.All(layers, digest => Assert.True(kept.Layers.Contains(digest)));
                Assert.Equal(blobs.Count, kept.Blobs.Count);
                Assert.Equal(layers.Count, kept.Layers.Count);
            }

            Remove(random, round);
        }
    }

    [Theory]
    [InlineData(11)]
    [InlineData(12)]
    [InlineData(13)]
    [InlineData(14)]
    public void Removing_images_leaves_exactly_what_the_others_need(int seed)
    {
        var random = new Random(seed);
        for (var round = 0; round < 10; round++)
        {
            Grow(random, round);
            Collect();
            var names = _store.References.Enumerate().Where(entry => entry.Reference is not null).Select(entry => entry.Reference!.ToFamiliarString()).ToArray();
            random.Shuffle(names);
            _catalog.Remove([.. names.Take(random.Next(1, 4))], new ImageRemovalOptions(), _ => { }, Fail);
            var (needed, _, _) = ReachByReading();
            var here = _store.Content.Enumerate().Select(blob => blob.Digest).ToHashSet();
            Assert.Superset(needed.Where(_store.Content.Contains).ToHashSet(), here);
            Assert.Empty(here.Except(needed));
            Assert.Empty(Collect());
        }
    }

    [Fact]
    public void One_removal_reads_as_many_documents_in_a_big_store_as_in_a_small_one()
    {
        NameImages("small", 8);
        Collect();
        var few = DocumentsReadFor("small:3");
        NameImages("big", 60);
        Collect();
        Assert.Equal(few, DocumentsReadFor("big:30"));
        Assert.Equal(0, few);
    }

    [Fact]
    public void A_removal_takes_the_kernels_word_for_other_images_that_are_remembered()
    {
        NameImages("app", 6);
        Collect();
        foreach (var other in Enumerable.Range(1, 5).Select(i => _catalog.Resolve($"app:{i}")!))
        {
            Damage(other.Digest);
        }

        Assert.Equal(3, _catalog.Remove("app:0").Deleted.Count);
    }

    [Fact]
    public void A_document_that_is_damaged_after_it_was_remembered_is_noticed_by_a_prune()
    {
        NameImages("app", 3);
        Assert.Empty(Collect());
        Damage(_catalog.Resolve("app:1")!.Digest);
        StoredImages.Make(_store, "garbage");
        var result = Assert.Single(Collect());
        Assert.Empty(result.Removed);
        Assert.NotEmpty(result.Warnings);
    }

    [Fact]
    public void A_name_that_is_overwritten_in_place_counts_as_it_is_now()
    {
        NameImages("app", 3);
        Collect();
        var other = StoredImages.Make(_store, "other");
        var path = Path.Combine(_store.Layout.References, "docker.io", "library", "app", "_tags", "1");
        Overwrite(path, OciJson.Serialize(other));
        var gone = Collect().SelectMany(result => result.Removed).ToList();
        Assert.Equal(3, gone.Count); // Manifest, config, and the layer that no other image has.
        Assert.True(_store.Content.Contains(other.Digest));
        Overwrite(path, []);
        Assert.NotEmpty(Collect().Single().Warnings);
    }

    [Theory]
    [InlineData("documents")]
    [InlineData("names")]
    [InlineData("layers")]
    [InlineData("steps")]
    [InlineData("claims")]
    public void A_memory_that_is_damaged_anywhere_changes_nothing(string kind)
    {
        var random = new Random(7);
        for (var round = 0; round < 8; round++)
        {
            Grow(random, round);
        }

        Collect();
        var before = _store.Content.Enumerate().Select(blob => blob.Digest).ToHashSet();
        var path = Path.Combine(Remembered, kind);
        var whole = File.ReadAllBytes(path);
        foreach (var at in Enumerable.Range(0, 24).Select(_ => random.Next(whole.Length)))
        {
            if (kind == "layers")
            {
                File.Delete(Path.Combine(Remembered, "claims")); // What is gathered from the records is not asked for otherwise.
            }

            var damaged = (byte[])whole.Clone();
            damaged[at] ^= 0x40;
            File.WriteAllBytes(path, at % 3 == 0 ? damaged[..at] : damaged);
            var results = Collect();
            Assert.True(results.Count == 0, string.Join(", ", results.SelectMany(result => result.Removed)));
        }

        File.Delete(path);
        Assert.Empty(Collect());
        Assert.Equal(before, _store.Content.Enumerate().Select(blob => blob.Digest).ToHashSet());
    }

    [Fact]
    public void A_layer_that_names_the_manifest_of_another_image_does_not_hide_what_that_image_needs()
    {
        var victim = StoredImages.Make(_store, "victim");
        var config = OciJson.Serialize(new ImageConfig { Architecture = "amd64", Os = "linux", RootFs = new RootFs() });
        var hostile = OciJson.Serialize(new ImageManifest
        {
            MediaType = MediaTypes.OciManifest,
            Config = new Descriptor { MediaType = MediaTypes.OciConfig, Digest = _store.Content.Write(config), Size = config.Length },
            Layers = [victim with { MediaType = MediaTypes.OciLayer }],
        });
        var target = new Descriptor { MediaType = MediaTypes.OciManifest, Digest = _store.Content.Write(hostile), Size = hostile.Length };
        _store.References.Set(ImageReference.Parse("a-hostile"), target);
        _store.References.Set(ImageReference.Parse("z-victim"), victim);
        for (var pass = 0; pass < 2; pass++)
        {
            Assert.Empty(Collect());
            Assert.All(BlobsOf(victim), digest => Assert.True(_store.Content.Contains(digest)));
        }
    }

    [Fact]
    public void A_blob_that_another_layer_claims_stays_when_its_image_goes()
    {
        // One image claims a blob for its layer; another image's layer is here in that blob alone.
        var shared = StoredImages.AddLayer(_store, "shared");
        var other = Digest.Of("another layer"u8);
        _store.Layers.AddBlob(other, shared with { MediaType = MediaTypes.OciLayerGzip });
        _store.Steps.Put("abc1", new StepRecord { Key = "abc1", Instruction = "COPY", Layers = [other] });
        _store.References.Set(ImageReference.Parse("app"), StoredImages.Make(_store, "shared"));
        for (var warm = 0; warm < 2; warm++)
        {
            Collect();
            _catalog.Remove("app");
            Assert.True(_store.Content.Contains(shared.Digest));
            _store.References.Set(ImageReference.Parse("app"), StoredImages.Make(_store, "shared"));
        }
    }

    [Fact]
    public void A_claim_that_is_added_after_the_claims_were_gathered_counts()
    {
        _store.References.Set(ImageReference.Parse("app"), StoredImages.Make(_store, "a"));
        _store.Layers.AddBlob(Digest.Of([1]), StoredImages.AddLayer(_store, "x") with { MediaType = MediaTypes.OciLayerGzip });
        Collect();
        Assert.Equal(0, LayerClaims.Read(_store.Layout, alone: false).RecordsRead);
        var layer = Digest.Of("another layer"u8);
        _store.Steps.Put("abc1", new StepRecord { Key = "abc1", Instruction = "COPY", Layers = [layer] });
        _store.Layers.AddBlob(layer, StoredImages.AddLayer(_store, "a") with { MediaType = MediaTypes.OciLayerGzip });
        _catalog.Remove("app");
        Assert.True(_store.Content.Contains(StoredImages.AddLayer(_store, "a").Digest));
    }

    [Fact]
    public void Several_images_go_in_one_call_each_with_what_was_its_own()
    {
        NameImages("app", 4);
        var heard = new List<ImageRemoval>();
        _catalog.Remove(["app:0", "app:1", "app:2"], new ImageRemovalOptions(), heard.Add, Fail);
        Assert.Equal(["app:0", "app:1", "app:2"], heard.SelectMany(removal => removal.Untagged));
        Assert.All(heard, removal => Assert.True(removal.Deleted.Count >= 3 && removal.ReclaimedBytes > 0));
        Assert.Equal(heard.Sum(removal => removal.Deleted.Count), heard.SelectMany(removal => removal.Deleted).Distinct().Count());
    }

    [Fact]
    public void An_image_that_is_not_there_does_not_keep_those_before_and_after_it()
    {
        NameImages("app", 3);
        var (heard, failed) = (new List<ImageRemoval>(), new List<(string Name, Core.Errors.ZLayerException Error)>());

        _catalog.Remove(["app:0", "nothing", "app:1"], new ImageRemovalOptions(), heard.Add, (name, error) => failed.Add((name, error)));

        Assert.Equal(("nothing", Core.Errors.ZLayerErrorKind.ImageNotFound), failed.Select(f => (f.Name, f.Error.Kind)).Single());
        Assert.Equal([3, 3], heard.Select(removal => removal.Deleted.Count));
        Assert.Equal(["app:2"], _catalog.List().Select(image => image.ToString()));
    }

    [Fact]
    public void A_batch_plans_each_image_after_those_before_it_and_removes_nothing_until_the_end()
    {
        NameImages("app", 2);
        _catalog.Tag("app:0", Core.Oci.ImageReference.Parse("other:0"));
        var batch = _catalog.StartRemoval();

        var name = batch.Plan("app:0");
        Assert.Empty(name.Images.Single().Deleted);
        batch.Accept(name);
        var image = batch.Plan("other:0");
        Assert.Single(image.Images.Single().Deleted);
        batch.Accept(image);
        Assert.Equal(Core.Errors.ZLayerErrorKind.ImageNotFound, Assert.Throws<Core.Errors.ZLayerException>(() => batch.Plan("app:0")).Kind);
        Assert.Equal(3, _catalog.List().Count);

        var heard = new List<ImageRemoval>();
        batch.Remove(heard.Add, Fail);
        Assert.Equal(["app:0", "other:0"], heard.SelectMany(removal => removal.Untagged));
        Assert.Equal(["app:1"], _catalog.List().Select(one => one.ToString()));
    }

    [Fact]
    public void A_batch_that_nobody_asks_about_looks_at_no_name_but_those_it_gets_until_the_end()
    {
        NameImages("app", 3);
        var id = _catalog.Get("app:2").ConfigDigest.ToString();
        var batch = _catalog.StartRemoval();
        batch.Accept("app:0");
        batch.Accept("docker.io/library/app:1");
        batch.Accept(id);
        batch.Accept("cafecafe");
        foreach (var wrong in (string[])["app:0", "app:1", "app:9"])
        {
            Assert.Equal(wrong, Assert.Throws<Core.Errors.ZLayerException>(() => batch.Accept(wrong)).Subject);
        }

        var (heard, failed) = (new List<ImageRemoval>(), new List<string>());
        batch.Remove(heard.Add, (name, _) => failed.Add(name));
        Assert.Equal(["app:0", "app:1", "app:2"], heard.SelectMany(removal => removal.Untagged));
        Assert.Equal(["cafecafe"], failed);
    }

    [Fact]
    public void Accepting_a_name_does_not_read_the_others()
    {
        NameImages("app", 3);
        var batch = _catalog.StartRemoval();
        batch.Accept("app:0");
        Assert.False(File.Exists(Path.Combine(Remembered, "names")));
        batch.Plan("app:1");
        Assert.True(File.Exists(Path.Combine(Remembered, "names")));
    }

    [Fact]
    public async Task A_process_killed_while_it_remembers_and_another_that_goes_on_lose_nothing()
    {
        NameImages("app", 30);
        for (var round = 0; round < 3; round++)
        {
            using var killed = ChildProcess.Start("remember", _store.Layout.Root, "100000");
            using var other = ChildProcess.Start("remember", _store.Layout.Root, "20");
            await ChildProcess.FinishAsync(other);
            killed.Kill();
            await killed.WaitForExitAsync();
            File.AppendAllText(Path.Combine(Remembered, "documents"), "ZLR2 and what a torn write leaves");
            NameImages($"more{round}", 3);
        }

        Assert.Empty(Collect());
        Assert.Equal(39, _catalog.List().Count);
    }

    [Fact]
    public void A_list_is_the_same_out_of_memory()
    {
        NameImages("app", 5);
        var amd = StoredImages.Make(_store, Platform.Parse("linux/amd64"), ["a"], new Dictionary<string, string> { ["k"] = "v" });
        var arm = StoredImages.Make(_store, Platform.Parse("linux/arm/v7"), ["b"]);
        _store.References.Set(
            ImageReference.Parse("multi"), StoredImages.MakeIndex(_store, (Platform.Parse("linux/amd64"), amd), (Platform.Parse("linux/arm/v7"), arm)));
        _store.References.Keep(StoredImages.Make(_store, "unnamed"));
        var first = _catalog.List();
        var second = _catalog.List();
        Assert.Equal(7, first.Count);
        Assert.Equal(first.Select(Text), second.Select(Text));
        var targets = _store.References.Enumerate().Select(entry => entry.Target).DistinctBy(target => target.Digest).ToDictionary(target => target.Digest);
        Assert.Equal(first.Select(Text), first.Select(image => Text(_catalog.Describe(image.Reference, targets[image.Digest]))));
    }

    [Fact]
    public void Memories_are_forgotten_with_what_they_were_about()
    {
        NameImages("app", 120);
        Collect();
        var full = new FileInfo(Path.Combine(Remembered, "documents")).Length;
        Collect(new PruneOptions { Images = ImagePruning.All });
        NameImages("one", 1);
        Collect();
        Assert.True(new FileInfo(Path.Combine(Remembered, "documents")).Length < full / 10);
    }

    private static string Text(ImageInfo image)
        => $"{image.Repository}:{image.Tag} {image.Id} {image.Digest} {image.Platform} {string.Join('+', image.Platforms)} {image.Created:O} {image.Size} "
            + $"{image.MediaType} {string.Join(',', image.Labels)} {image.Root}";

    private IReadOnlyList<PruneResult> Collect(PruneOptions? options = null) => new Collector(_store.AnotherView()).Collect(options ?? Garbage);

    private int DocumentsReadFor(string name)
    {
        var collector = new Collector(_store.Layout);
        var remover = new NameRemover(_store.Layout, _store.Content, _store.References) { Options = new ImageRemovalOptions() };
        collector.Collect(names => remover.Run([name], names), remover, CancellationToken.None);
        ImageRemoval? removal = null;
        remover.Finish(one => removal = one, Fail);
        Assert.Equal(3, removal!.Deleted.Count);
        return collector.DocumentsRead;
    }

    private void Damage(Digest digest)
    {
        var path = _store.Content.GetPath(digest);
        var bytes = File.ReadAllBytes(path);
        bytes[^2] ^= 1;
        Overwrite(path, bytes);
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

    private IReadOnlySet<Digest> BlobsOf(Descriptor target)
    {
        var reached = new Reachability(_store.Content, _store.Layers.Records);
        reached.Add(target, "test");
        return reached.Blobs;
    }

    private void NameImages(string repository, int count)
    {
        for (var i = 0; i < count; i++)
        {
            _store.References.Set(ImageReference.Parse($"{repository}:{i}"), StoredImages.Make(_store, "base", $"{repository} {i}"));
        }
    }

    private void Grow(Random random, int round)
    {
        var made = new List<Descriptor>();
        for (var i = 0; i < 6; i++)
        {
            var layers = Enumerable.Range(0, random.Next(1, 4)).Select(_ => $"layer {random.Next(25)}").Distinct().ToArray();
            made.Add(StoredImages.Make(_store, Platform.Parse(random.Next(2) == 0 ? "linux/amd64" : "linux/arm64"), layers));
        }

        made.Add(StoredImages.MakeIndex(_store, (Platform.Parse("linux/amd64"), made[0]), (Platform.Parse("linux/arm64"), made[1])));
        foreach (var target in made.Where(_ => random.Next(3) > 0))
        {
            _store.References.Set(ImageReference.Parse($"repo{random.Next(3)}:tag{random.Next(8)}"), target);
        }

        _store.References.Keep(made[random.Next(made.Count)]);
        var layer = StoredImages.AddLayer(_store, $"layer {random.Next(25)}");
        var other = StoredImages.AddLayer(_store, $"layer {random.Next(25)}");
        _store.Layers.AddBlob(layer.Digest, other with { MediaType = MediaTypes.OciLayerGzip });
        _store.Steps.Put($"a{round}", new StepRecord { Key = $"a{round}", Instruction = "COPY", Layers = [layer.Digest] });
        if (random.Next(3) == 0)
        {
            _store.Content.Delete(made[random.Next(6)].Digest);
        }
    }

    private void Remove(Random random, int round)
    {
        foreach (var entry in _store.References.Enumerate().Where(entry => entry.Reference is not null && random.Next(3) == 0))
        {
            _store.References.Remove(entry.Reference!);
        }

        _store.Steps.Delete($"a{round / 2}");
        if (random.Next(2) == 0)
        {
            Collect(new PruneOptions { Images = ImagePruning.Dangling });
        }
    }

    private (HashSet<Digest> Blobs, HashSet<Digest> Layers, int Doubts) ReachByReading()
    {
        var reached = new Reachability(_store.Content, _store.Layers.Records);
        AddNamesAndSteps(reached.Add, reached.AddLayer);
        return ([.. reached.Blobs], [.. reached.Layers], reached.Doubts.Count);
    }

    private void AddNamesAndSteps(Action<Descriptor, string> addName, Action<Digest> addLayer)
    {
        foreach (var file in Directory.EnumerateFiles(_store.Layout.References, "*", SearchOption.AllDirectories))
        {
            addName(OciJson.ParseDescriptor(File.ReadAllBytes(file), file), file);
        }

        foreach (var layer in _store.Steps.Enumerate().SelectMany(step => step.Layers))
        {
            addLayer(layer);
        }
    }

    private static void Fail(string name, Core.Errors.ZLayerException error) => Assert.Fail($"{name}: {error.Message}");
}
