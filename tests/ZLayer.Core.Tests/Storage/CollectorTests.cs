using ZLayer.Core.Oci;
using ZLayer.Core.Storage;

namespace ZLayer.Core.Tests.Storage;

public sealed class CollectorTests : IDisposable
{
    private static readonly PruneOptions Garbage = new();

    private readonly TemporaryStore _store = new();

    private Collector Collector => new(_store.Layout);

    public void Dispose() => _store.Dispose();

    [Fact]
    public void Collecting_a_root_that_does_not_exist_creates_nothing()
    {
        Assert.Empty(Collector.Collect(new PruneOptions { Images = ImagePruning.All, BuildCache = true }));
        Assert.False(Directory.Exists(_store.Layout.Root));
    }

    [Fact]
    public void Named_images_stay_whole_and_the_rest_goes()
    {
        var kept = StoredImages.Make(_store, "a", "b");
        var gone = StoredImages.Make(_store, "b", "c");
        _store.References.Set(ImageReference.Parse("kept"), kept);
        var before = _store.Content.Enumerate().ToDictionary(e => e.Digest, e => e.Size);

        var result = Assert.Single(Collector.Collect(Garbage));

        Assert.Equal(StorageKind.Image, result.Kind);
        Assert.Empty(result.Warnings);
        Assert.Equal(3, result.Removed.Count);
        Assert.Contains(gone.Digest.ToString(), result.Removed);
        Assert.Equal(result.Removed.Sum(name => before[Digest.Parse(name)]), result.ReclaimedBytes);
        Assert.Equal(4, _store.Content.Enumerate().Count());
        Assert.True(_store.Content.Contains(StoredImages.AddLayer(_store, "b").Digest));
    }

    [Fact]
    public void Everything_below_an_index_stays_even_where_a_platform_is_missing()
    {
        var amd = StoredImages.Make(_store, Platform.Parse("linux/amd64"), ["a"]);
        var arm = StoredImages.Make(_store, Platform.Parse("linux/arm64"), ["b"]);
        var index = StoredImages.MakeIndex(_store, (Platform.Parse("linux/amd64"), amd), (Platform.Parse("linux/arm64"), arm));
        var outer = StoredImages.MakeIndex(_store, (Platform.Parse("linux/amd64"), index));
        _store.References.Set(ImageReference.Parse("multi"), outer);
        _store.Content.Delete(arm.Digest);

        var removed = Collector.Collect(Garbage).SelectMany(r => r.Removed).ToList();

        Assert.Equal(2, removed.Count); // The config and layer of the platform whose manifest is not here.
        Assert.True(_store.Content.Contains(amd.Digest));
        Assert.True(_store.Content.Contains(StoredImages.AddLayer(_store, "a").Digest));
    }

    [Fact]
    public void A_dry_run_says_what_would_go_and_removes_nothing()
    {
        StoredImages.Make(_store, "a");
        _store.References.Set(ImageReference.Parse("named"), StoredImages.Make(_store, "b"));
        var options = new PruneOptions { Images = ImagePruning.All };
        StoredImages.Age(_store);
        var announced = Collector.Collect(options with { DryRun = true });
        Assert.Equal(6, _store.Content.Enumerate().Count());
        var done = Collector.Collect(options);
        Assert.Equal(announced.Single().Removed, done.Single().Removed);
        Assert.Equal(announced.Single().ReclaimedBytes, done.Single().ReclaimedBytes);
        Assert.Contains("named:latest", done.Single().Removed);
        Assert.Empty(_store.Content.Enumerate());
        Assert.Empty(_store.References.Enumerate());
    }

    [Theory]
    [InlineData(StorageKind.BuildCache)]
    [InlineData(StorageKind.Layer)]
    public void Of_one_kind_alone_nothing_goes_that_names_of_another_need(StorageKind kind)
    {
        var layer = StoredImages.AddLayer(_store, "a");
        var image = StoredImages.Make(_store, "a");
        _store.References.Set(ImageReference.Parse("named"), image);
        _store.Steps.Put("abc1", new StepRecord { Key = "abc1", Instruction = "COPY", Layers = [layer.Digest], Size = layer.Size });
        StoredImages.Age(_store);

        Collector.Collect(new PruneOptions { Images = ImagePruning.All, BuildCache = true, Layers = true, Kinds = [kind] });

        Assert.Equal(image.Digest, Assert.Single(_store.References.Enumerate()).Target.Digest);
        Assert.True(_store.Content.Contains(layer.Digest));
        Assert.Equal(3, _store.Content.Enumerate().Count());
    }

    [Fact]
    public void A_dry_run_writes_not_even_what_it_read()
    {
        using var store = new TemporaryStore(new LaterClock());
        store.References.Set(ImageReference.Parse("named"), StoredImages.Make(store, "a"));
        store.Steps.Put("abc1", new StepRecord { Key = "abc1", Instruction = "COPY", Layers = [] });
        store.Layout.EnsureCreated();
        string[] Files() => [.. Directory.EnumerateFileSystemEntries(store.Layout.Root, "*", SearchOption.AllDirectories).Order()];
        var before = Files();

        foreach (var images in (ImagePruning[])[ImagePruning.None, ImagePruning.Dangling, ImagePruning.All])
        {
            new Collector(store.AnotherView()).Collect(new PruneOptions { Images = images, BuildCache = true, Layers = true, DryRun = true });
        }

        Assert.Equal(before, Files());
    }

    [Fact]
    public void A_damaged_manifest_keeps_everything_and_is_reported()
    {
        var damaged = StoredImages.Make(_store, "a");
        _store.References.Set(ImageReference.Parse("damaged"), damaged);
        StoredImages.Make(_store, "garbage");
        File.Delete(_store.Content.GetPath(damaged.Digest));
        File.WriteAllText(_store.Content.GetPath(damaged.Digest), "{}");

        var result = Assert.Single(Collector.Collect(Garbage));

        Assert.Empty(result.Removed);
        Assert.Contains("damaged", Assert.Single(result.Warnings), StringComparison.Ordinal);
        Assert.Equal(6, _store.Content.Enumerate().Count());
    }

    [Fact]
    public void A_damaged_name_keeps_everything_and_is_reported()
    {
        _store.References.Set(ImageReference.Parse("damaged"), StoredImages.Make(_store, "a"));
        File.WriteAllText(Directory.EnumerateFiles(_store.Layout.References, "latest", SearchOption.AllDirectories).Single(), "");
        var result = Assert.Single(Collector.Collect(Garbage));
        Assert.NotEmpty(result.Warnings);
        Assert.Equal(3, _store.Content.Enumerate().Count());
    }

    [Fact]
    public void Images_without_a_name_go_when_dangling_ones_are_pruned()
    {
        var name = ImageReference.Parse("app");
        _store.References.Set(name, StoredImages.Make(_store, "a"));
        _store.References.Set(name, StoredImages.Make(_store, "b"));
        _store.References.Keep(StoredImages.Make(_store, "c"));
        Assert.Empty(Collector.Collect(Garbage));

        var result = Assert.Single(Collector.Collect(new PruneOptions { Images = ImagePruning.Dangling }));

        Assert.Equal(8, result.Removed.Count);
        Assert.Equal(3, _store.Content.Enumerate().Count());
        Assert.NotNull(_store.References.Find(name));
    }

    [Fact]
    public void Age_and_labels_limit_what_is_pruned()
    {
        _store.References.Set(ImageReference.Parse("old"), StoredImages.Make(_store, Platform.Host, ["a"], new Dictionary<string, string> { ["team"] = "x" }));
        _store.References.Set(ImageReference.Parse("older"), StoredImages.Make(_store, "b"));
        StoredImages.Age(_store, days: 5);
        _store.References.Set(ImageReference.Parse("new"), StoredImages.Make(_store, Platform.Host, ["c"], new Dictionary<string, string> { ["team"] = "x" }));
        var options = new PruneOptions { Images = ImagePruning.All, OlderThan = TimeSpan.FromDays(1) };

        Assert.Empty(Collector.Collect(options with { Labels = ["team=y"] }));
        Collector.Collect(options with { Labels = ["team=x"] });
        Assert.Equal(["new:latest", "older:latest"], Names());
        Collector.Collect(options);
        Assert.Equal(["new:latest"], Names());
    }

    [Fact]
    public void What_a_container_names_stays()
    {
        var used = StoredImages.Make(_store, "a");
        var byConfig = StoredImages.Make(_store, "b");
        _store.References.Set(ImageReference.Parse("used"), used);
        _store.References.Set(ImageReference.Parse("config"), byConfig);
        _store.References.Set(ImageReference.Parse("unused"), StoredImages.Make(_store, "c"));
        var config = OciJson.ParseManifest(_store.Content.ReadDocument(byConfig.Digest, "b"), "b").Config.Digest;
        WriteContainer("one", $$"""{"image":"{{used.Digest}}"}""");
        WriteContainer("two", $$"""{"image": {"id":"{{config}}"} }""" );

        Collector.Collect(new PruneOptions { Images = ImagePruning.All });

        Assert.Equal(["config:latest", "used:latest"], Names());
        Assert.Equal(6, _store.Content.Enumerate().Count());

        _store.References.Remove(ImageReference.Parse("used"));
        Collector.Collect(Garbage);
        Assert.True(_store.Content.Contains(StoredImages.AddLayer(_store, "a").Digest));
    }

    [Fact]
    public void Nothing_written_under_a_living_lease_goes()
    {
        StoredImages.Make(_store, "old");
        StoredImages.Age(_store);
        using (_store.Leases.Open("test"))
        {
            StoredImages.Make(_store, "new");
            Collector.Collect(Garbage);
            Assert.Equal(3, _store.Content.Enumerate().Count());
        }

        Collector.Collect(Garbage);
        Assert.Empty(_store.Content.Enumerate());
    }

    [Fact]
    public void A_protected_manifest_stays_with_all_it_refers_to()
    {
        var image = StoredImages.Make(_store, "a", "b");
        StoredImages.Make(_store, "c");
        StoredImages.Age(_store);
        using (var lease = _store.Leases.Open("test"))
        {
            Assert.True(lease.Protect(image.Digest));
            Assert.False(lease.Protect(Digest.Of([1])));
            Collector.Collect(Garbage);
            Assert.Equal(4, _store.Content.Enumerate().Count());
        }

        Collector.Collect(Garbage);
        Assert.Empty(_store.Content.Enumerate());
    }

    [Fact]
    public void A_lease_whose_process_died_protects_nothing()
    {
        StoredImages.Make(_store, "a");
        File.WriteAllText(Path.Combine(_store.Layout.Leases, "1-1-dead"), "# dead\n");
        Collector.Collect(Garbage);
        Assert.Empty(_store.Content.Enumerate());
        Assert.Empty(Directory.EnumerateFiles(_store.Layout.Leases));
    }

    [Fact]
    public void Layers_of_step_records_stay_until_the_build_cache_is_pruned()
    {
        var layer = StoredImages.AddLayer(_store, "step");
        _store.Steps.Put("abc1", new StepRecord { Key = "abc1", Instruction = "COPY", Layers = [layer.Digest], Size = layer.Size });
        StoredImages.Age(_store);
        Collector.Collect(new PruneOptions { Images = ImagePruning.All });
        Assert.True(_store.Content.Contains(layer.Digest));

        Assert.Empty(Collector.Collect(new PruneOptions { BuildCache = true, KeepBytes = layer.Size }));
        var result = Assert.Single(Collector.Collect(new PruneOptions { BuildCache = true, KeepBytes = layer.Size - 1 }));

        Assert.Equal(StorageKind.BuildCache, result.Kind);
        Assert.Equal(layer.Size, result.ReclaimedBytes);
        Assert.Null(_store.Steps.Find("abc1"));
        Assert.False(_store.Content.Contains(layer.Digest));
    }

    [Fact]
    public void The_least_recently_used_steps_go_first()
    {
        foreach (var (key, days) in new[] { ("a1", 3), ("a2", 1), ("a3", 2) })
        {
            _store.Steps.Put(key, new StepRecord { Key = key, Instruction = "RUN", Size = 100 });
            File.SetLastWriteTimeUtc(Path.Combine(_store.Layout.StepCache, key + ".json"), DateTime.UtcNow.AddDays(-days));
        }

        Collector.Collect(new PruneOptions { BuildCache = true, KeepBytes = 200 });
        Assert.Equal(["a2", "a3"], _store.Steps.Enumerate().Select(s => s.Key).Order());
        Collector.Collect(new PruneOptions { BuildCache = true, OlderThan = TimeSpan.FromHours(36) });
        Assert.Equal(["a2"], _store.Steps.Enumerate().Select(s => s.Key));
    }

    [Fact]
    public async Task A_cache_mount_in_use_stays()
    {
        var mounts = new CacheMountStore(_store.Layout);
        var used = await mounts.OpenAsync("used", CacheMountSharing.Shared);
        string unusedDirectory;
        using (var unused = await mounts.OpenAsync("unused", CacheMountSharing.Locked))
        {
            Assert.True(unused.IsNew);
            unusedDirectory = unused.Directory;
            File.WriteAllText(Path.Combine(unusedDirectory, "file"), "12345");
        }

        Assert.True(await CollectAsync(unusedDirectory) >= 5);
        Assert.True(Directory.Exists(used.Directory));
        used.Dispose();
        await CollectAsync(used.Directory);
    }

    // A lock that was let go is held for a moment longer by a child that another test starts meanwhile, until it runs its own program.
    private async Task<long> CollectAsync(string directory)
    {
        long freed = 0;
        for (var tries = 0; Directory.Exists(directory); tries++)
        {
            Assert.True(tries < 200, $"{directory} stays");
            await Task.Delay(tries == 0 ? 0 : 25);
            freed += Collector.Collect(new PruneOptions { BuildCache = true }).Sum(result => result.ReclaimedBytes);
        }

        return freed;
    }

    [Fact]
    public void Downloads_and_checkouts_go_with_the_build_cache_while_nothing_runs()
    {
        var download = Directory.CreateDirectory(Path.Combine(_store.Layout.Cache, "downloads", "abc")).FullName;
        File.WriteAllText(Path.Combine(download, "file"), "12345");
        _store.Layout.EnsureCreated();
        using (_store.Leases.Open("build"))
        {
            Assert.Empty(Collector.Collect(new PruneOptions { BuildCache = true }));
        }

        Assert.Empty(Collector.Collect(Garbage));
        Assert.Equal(5, Collector.GetUsage().Single(u => u.Kind == StorageKind.BuildCache).Reclaimable);
        Assert.Equal(5, Assert.Single(Collector.Collect(new PruneOptions { BuildCache = true })).ReclaimedBytes);
        Assert.False(Directory.Exists(download));
    }

    [Fact]
    public void An_image_that_got_a_name_again_is_no_longer_kept_as_unnamed()
    {
        var image = StoredImages.Make(_store, "a");
        _store.References.Keep(image);
        _store.References.Set(ImageReference.Parse("app"), image);
        Collector.Collect(new PruneOptions { Images = ImagePruning.Dangling });
        _store.References.Remove(ImageReference.Parse("app"));
        Assert.Empty(_store.References.Enumerate());
        Assert.Equal(3, _store.Content.Enumerate().Count());
    }

    [Fact]
    public void Extracted_layers_of_images_go_only_when_layers_are_pruned()
    {
        var layer = StoredImages.AddLayer(_store, "a");
        _store.References.Set(ImageReference.Parse("app"), StoredImages.Make(_store, "a"));
        Extract(layer.Digest);
        Extract(Digest.Of([1]));
        StoredImages.Age(_store);

        Collector.Collect(Garbage);
        Assert.NotNull(_store.Layers.FindDirectory(layer.Digest));
        Assert.Null(_store.Layers.FindDirectory(Digest.Of([1])));

        using (var lease = _store.Leases.Open("test"))
        {
            Assert.True(lease.Protect(layer.Digest));
            Collector.Collect(new PruneOptions { Layers = true });
            Assert.NotNull(_store.Layers.FindDirectory(layer.Digest));
        }

        StoredImages.Age(_store);
        var result = Assert.Single(Collector.Collect(new PruneOptions { Layers = true }));
        Assert.Equal(StorageKind.Layer, result.Kind);
        Assert.Equal(7, result.ReclaimedBytes);
        Assert.Null(_store.Layers.FindDirectory(layer.Digest));
        Assert.True(_store.Content.Contains(layer.Digest));
    }

    [Fact]
    public void A_layer_that_goes_with_its_image_is_told_as_a_part_of_it()
    {
        _store.References.Set(ImageReference.Parse("app"), StoredImages.Make(_store, "a"));
        var layer = StoredImages.AddLayer(_store, "a");
        Extract(layer.Digest);
        StoredImages.Age(_store);

        var result = Assert.Single(Collector.Collect(new PruneOptions { Images = ImagePruning.All, Layers = true }));

        Assert.Equal(StorageKind.Image, result.Kind);
        Assert.Null(_store.Layers.FindDirectory(layer.Digest));
    }

    [Fact]
    public void What_dead_processes_left_is_removed_and_what_living_ones_do_is_not()
    {
        _store.Layout.EnsureCreated();
        using var living = _store.Content.Create();
        living.Write([1, 2, 3]);
        using var work = _store.Layers.CreateWorkDirectory("living");
        var dead = Path.Combine(_store.Layout.Ingest, "work-dead-1");
        Directory.CreateDirectory(Path.Combine(dead, "sub"));
        File.WriteAllText(Path.Combine(_store.Layout.Ingest, "dead.blob"), "dead");
        File.WriteAllText(Path.Combine(_store.Layout.Ingest, $"sha256-{Digest.Of([1]).Hex}.partial"), "young");

        Collector.Collect(Garbage);

        Assert.False(Directory.Exists(dead));
        Assert.True(Directory.Exists(work.Path));
        Assert.Equal(2, Directory.EnumerateFiles(_store.Layout.Ingest).Count());

        Collector.Collect(new PruneOptions { BuildCache = true });

        Assert.True(Directory.Exists(work.Path));
        Assert.Single(Directory.EnumerateFiles(_store.Layout.Ingest));
        Assert.Equal(Digest.Of([1, 2, 3]), living.Commit());
    }

    [Fact]
    public void Usage_adds_up_what_each_kind_takes()
    {
        _store.References.Set(ImageReference.Parse("app"), StoredImages.Make(_store, "a"));
        var layer = StoredImages.AddLayer(_store, "step");
        _store.Steps.Put("abc1", new StepRecord { Key = "abc1", Instruction = "COPY", Layers = [layer.Digest] });
        Extract(layer.Digest);

        var usage = Collector.GetUsage().ToDictionary(u => u.Kind);

        Assert.Equal(1, usage[StorageKind.Image].Total);
        Assert.Equal(_store.Content.Enumerate().Sum(e => e.Size) - layer.Size, usage[StorageKind.Image].Size);
        Assert.Equal(usage[StorageKind.Image].Size, usage[StorageKind.Image].Reclaimable);
        Assert.Equal(layer.Size, usage[StorageKind.BuildCache].Size);
        Assert.Equal((1, 7L), (usage[StorageKind.Layer].Total, usage[StorageKind.Layer].Size));
        Assert.Equal(0, usage[StorageKind.Container].Total);
    }

    [Fact]
    public void Collection_waits_for_nobody_who_only_reads()
    {
        var digest = _store.Content.Write(new byte[] { 1, 2, 3 });
        using var stream = _store.Content.OpenRead(digest);
        Collector.Collect(Garbage);
        Assert.False(_store.Content.Contains(digest));
        Assert.Equal(1, stream.ReadByte());
    }

    [Fact]
    public void A_collection_can_be_cancelled_while_it_waits()
    {
        using var held = _store.Locks.Acquire(StoreLocks.Collection, shared: true);
        using var cancellation = new CancellationTokenSource(50);
        Assert.ThrowsAny<OperationCanceledException>(() => Collector.Collect(Garbage, null, cancellation.Token));
    }

    [Fact]
    public async Task Writers_and_collections_at_once_lose_nothing()
    {
        using var cancellation = new CancellationTokenSource();
        var collections = InThread(() =>
        {
            var count = 0;
            for (; !cancellation.IsCancellationRequested; count++)
            {
                new Collector(_store.AnotherView()).Collect(new PruneOptions { Images = ImagePruning.Dangling, BuildCache = true });
                Thread.Sleep(5); // Locks are not fair: whoever collects without a pause keeps everybody out.
            }

            return count;
        });
        await Task.WhenAll(Enumerable.Range(0, 3).Select(worker => InThread(() => Build(worker))));
        await cancellation.CancelAsync();
        Assert.True(await collections > 1);
    }

    private int Build(int worker)
    {
        ChildProcess.BuildAgainAndAgain(_store.AnotherView(), worker.ToString(System.Globalization.CultureInfo.InvariantCulture), rounds: 60);
        return worker;
    }

    private static Task<T> InThread<T>(Func<T> work)
        => Task.Factory.StartNew(work, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);

    private void Extract(Digest diffId)
    {
        using var work = _store.Layers.CreateWorkDirectory("test");
        var directory = Directory.CreateDirectory(Path.Combine(work.Path, "fs")).FullName;
        File.WriteAllText(Path.Combine(directory, "file"), "content");
        _store.Layers.AdoptDirectory(diffId, directory);
    }

    private void WriteContainer(string id, string json)
    {
        var directory = Directory.CreateDirectory(Path.Combine(_store.Layout.Containers, id)).FullName;
        File.WriteAllText(Path.Combine(directory, "config.json"), json);
    }

    private string[] Names() => [.. _store.References.Enumerate().Select(e => e.Reference!.ToFamiliarString())];
}
