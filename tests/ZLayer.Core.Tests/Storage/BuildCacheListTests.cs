using ZLayer.Core.Builds;
using ZLayer.Core.Oci;
using ZLayer.Core.Storage;
using ZLayer.Core.Tests.Layers;

namespace ZLayer.Core.Tests.Storage;

public sealed class BuildCacheListTests : IAsyncDisposable
{
    private readonly TemporaryDirectory _directory = new();
    private readonly ZLayerEngine _engine;

    public BuildCacheListTests() => _engine = new ZLayerEngine(new ZLayerEngineOptions { Root = _directory.Combine("root") });

    public async ValueTask DisposeAsync()
    {
        await _engine.DisposeAsync();
        _directory.Dispose();
    }

    [Fact]
    public void A_root_that_is_not_there_has_an_empty_cache_and_is_not_made()
    {
        Assert.Empty(_engine.GetBuildCache());
        Assert.False(Directory.Exists(_directory.Combine("root")));
    }

    [Fact]
    public async Task A_step_is_shared_as_long_as_an_image_has_its_layers()
    {
        await BuildAsync("COPY data /data");
        var step = Assert.Single(Steps());

        Assert.Equal("COPY data /data", step.Description);
        Assert.True(step.Size >= 1_000_000);
        Assert.Equal((true, false), (step.IsShared, step.InUse));
        Assert.Single(step.Layers);
        Assert.Equal(_directory.Combine("root"), step.Root);
        Assert.True(step.Created <= DateTimeOffset.UtcNow && step.LastUsed > DateTimeOffset.UtcNow.AddHours(-1));

        _engine.Images.Remove("app:1");
        Assert.False(Assert.Single(Steps()).IsShared);
    }

    [Fact]
    public async Task Only_chosen_entries_go()
    {
        await BuildAsync("COPY data /first\nCOPY data /second");
        using (await new CacheMountStore(_engine.Layout).OpenAsync("m2", CacheMountSharing.Shared))
        {
        }

        var chosen = _engine.GetBuildCache().First(entry => entry.Description == "COPY data /first");
        var others = _engine.GetBuildCache().Where(entry => entry.Id != chosen.Id).Select(entry => entry.Id).Order().ToList();
        var options = new PruneOptions { BuildCache = true, CacheEntries = [chosen.Id], Kinds = [StorageKind.BuildCache] };
        await _engine.PruneAsync(options with { DryRun = true });
        Assert.Equal(others.Count + 1, _engine.GetBuildCache().Count);

        var removed = await _engine.PruneAsync(options);

        Assert.Contains(chosen.Id, Assert.Single(removed).Removed);
        Assert.Equal(others, _engine.GetBuildCache().Select(entry => entry.Id).Order());
        Assert.NotNull(_engine.Images.GetTarget("app:1"));
    }

    [Fact]
    public async Task No_chosen_entry_is_no_entry()
    {
        await BuildAsync("COPY data /data");

        await _engine.PruneAsync(new PruneOptions { BuildCache = true, CacheEntries = [], Kinds = [StorageKind.BuildCache] });

        Assert.Single(Steps());
    }

    [Fact]
    public async Task A_cache_mount_has_the_name_that_the_Dockerfile_gave_it_and_is_in_use_while_it_is_open()
    {
        var mounts = new CacheMountStore(_engine.Layout);
        var mount = await mounts.OpenAsync("npm", CacheMountSharing.Shared);
        await File.WriteAllTextAsync(Path.Combine(mount.Directory, "package"), new string('x', 1000));

        var entry = Assert.Single(_engine.GetBuildCache());
        Assert.Equal((BuildCacheType.Mount, "npm", true), (entry.Type, entry.Description, entry.InUse));
        Assert.True(entry.Size >= 1000);
        var options = new PruneOptions { BuildCache = true, CacheEntries = [entry.Id], Kinds = [StorageKind.BuildCache] };
        await _engine.PruneAsync(options);
        Assert.Single(_engine.GetBuildCache());

        mount.Dispose();
        Assert.False(Assert.Single(_engine.GetBuildCache()).InUse);
        await _engine.PruneAsync(options);
        Assert.Empty(_engine.GetBuildCache());
    }

    [Fact]
    public async Task The_sizes_are_those_of_the_usage_where_nothing_is_shared()
    {
        await BuildAsync("COPY data /data");
        _engine.Images.Remove("app:1");

        var usage = _engine.GetUsage().First(usage => usage.Kind == StorageKind.BuildCache).Size;
        Assert.InRange(_engine.GetBuildCache().Sum(entry => entry.Size), usage * 9 / 10, usage * 11 / 10);
    }

    private IEnumerable<BuildCacheEntry> Steps() => _engine.GetBuildCache().Where(entry => entry.Type == BuildCacheType.Step);

    private async Task BuildAsync(string instructions)
    {
        await File.WriteAllTextAsync(_directory.Combine("data"), new string('x', 1_000_000));
        await _engine.BuildAsync(new BuildOptions
        {
            DockerfileText = "FROM scratch\n" + instructions,
            ContextDirectory = _directory.Path,
            Tags = [ImageReference.Parse("app:1")],
        });
    }
}
