using ZLayer.Core.Builds;
using ZLayer.Core.Errors;
using ZLayer.Core.Oci;
using ZLayer.Core.Registries;
using ZLayer.Core.Tests.Builds;
using ZLayer.Core.Tests.Engines;

namespace ZLayer.Core.Tests.Faults;

/// <summary>A disk that is full at any point of the work: the error says so, nothing half-written stays, and it works when there is space again.</summary>
public sealed class FullDiskTests
{
    private static readonly ImageReference Name = ImageReference.Parse("full:1");

    [SkippableFact]
    public async Task A_build_on_a_full_disk_fails_wherever_the_space_ends_and_works_when_there_is_space()
    {
        await using var fixture = new BuildFixture();
        using var disk = SmallDisk.Mount(fixture.PathOf("disk"), 16);
        for (var i = 0; i < 30; i++)
        {
            fixture.Write($"files/{i}", Noise(100_000, i));
        }

        var failed = 0;
        foreach (var free in (int[])[0, 4096, 8192, 16384, 65536, 1 << 20, 2 << 20, 3 << 20, 3_080_192, 3_088_384, 3_096_576, 3_104_768, 3_112_960])
        {
            await using var engine = fixture.CreateEngine("disk/root-" + free);
            disk.FillUpTo(free);
            try
            {
                await BuildAsync(fixture, engine);
            }
            catch (ZLayerException e)
            {
                failed++;
                Assert.Equal(ZLayerErrorKind.StorageFull, e.Kind);
                Assert.Contains("prune", e.Advice, StringComparison.Ordinal);
            }

            disk.Free();
            await AssertBuildsAsync(fixture, engine);
            Directory.Delete(engine.Layout.Root, recursive: true);
        }

        Assert.InRange(failed, 6, 13);
    }

    [SkippableFact]
    public async Task A_pull_to_a_full_disk_fails_and_goes_on_when_there_is_space()
    {
        Skip.IfNot(RegistryFixture.IsInstalled, RegistryFixture.Reason);
        await using var fixture = new BuildFixture();
        using var disk = SmallDisk.Mount(fixture.PathOf("disk"), 16);
        var registry = await RegistryFixture.StartAsync();
        try
        {
            fixture.Write("files/a", Noise(3_000_000, 1));
            await BuildAsync(fixture, fixture.Engine);
            var remote = ImageReference.Parse($"{registry.Registry}/full:1");
            await fixture.Engine.PushAsync("full:1", remote, new PushOptions());
            foreach (var free in (int[])[0, 8192, 65536, 1 << 20])
            {
                await using var engine = fixture.CreateEngine("disk/root-" + free);
                disk.FillUpTo(free);
                var error = await Assert.ThrowsAsync<ZLayerException>(() => engine.PullAsync(remote, new PullOptions()));
                Assert.Equal(ZLayerErrorKind.StorageFull, error.Kind);
                disk.Free();
                Assert.Null(engine.Images.Find(remote.ToString()));
                await engine.PullAsync(remote, new PullOptions());
                StoreChecks.AssertWhole(engine);
                StoreChecks.AssertTidy(engine);
                Directory.Delete(engine.Layout.Root, recursive: true);
            }
        }
        finally
        {
            await registry.DisposeAsync();
        }
    }

    [SkippableFact]
    public async Task A_push_from_a_full_disk_says_so()
    {
        Skip.IfNot(RegistryFixture.IsInstalled, RegistryFixture.Reason);
        await using var fixture = new BuildFixture();
        using var disk = SmallDisk.Mount(fixture.PathOf("disk"), 16);
        var registry = await RegistryFixture.StartAsync();
        try
        {
            await using var engine = fixture.CreateEngine("disk/root");
            fixture.Write("files/a", Noise(3_000_000, 1));
            await BuildAsync(fixture, engine);
            disk.FillUpTo(500_000);
            var remote = ImageReference.Parse($"{registry.Registry}/full:1");
            var error = await Assert.ThrowsAsync<ZLayerException>(() => engine.PushAsync("full:1", remote, new PushOptions()));
            Assert.Equal(ZLayerErrorKind.StorageFull, error.Kind);
            disk.Free();
            await engine.PushAsync("full:1", remote, new PushOptions());
            StoreChecks.AssertWhole(engine);
            StoreChecks.AssertTidy(engine);
        }
        finally
        {
            await registry.DisposeAsync();
        }
    }

    [SkippableFact]
    public async Task A_store_on_a_full_disk_can_be_looked_at_and_pruned()
    {
        await using var fixture = new BuildFixture();
        using var disk = SmallDisk.Mount(fixture.PathOf("disk"), 16);
        await using var engine = fixture.CreateEngine("disk/root");
        fixture.Write("files/a", Noise(3_000_000, 1));
        await BuildAsync(fixture, engine);
        fixture.Write("files/a", Noise(3_000_000, 2));
        await BuildAsync(fixture, engine);
        disk.FillUpTo(0);
        Assert.NotEmpty(engine.Images.List());
        Assert.Equal(Name, engine.Images.Inspect("full:1").Reference);
        var freed = await engine.PruneAsync(new ZLayer.Core.Storage.PruneOptions { Images = ZLayer.Core.Storage.ImagePruning.Dangling, Layers = true, BuildCache = true });
        Assert.InRange(freed.Sum(r => r.ReclaimedBytes), 3_000_000, long.MaxValue);
        Assert.InRange(new DriveInfo(disk.Path).AvailableFreeSpace, 3_000_000, long.MaxValue);
        StoreChecks.AssertWhole(engine);
    }

    [SkippableFact]
    public async Task A_local_output_on_a_full_disk_leaves_no_part_of_a_file_and_replaces_whole_files_only()
    {
        await using var fixture = new BuildFixture();
        using var disk = SmallDisk.Mount(fixture.PathOf("disk"), 16);
        fixture.Write("files/a", "new");
        fixture.Write("files/b", Noise(3_000_000, 1));
        fixture.Write("files/c", Noise(3_000_000, 2));
        var output = Path.Combine(disk.Path, "out");
        Directory.CreateDirectory(output + "/files");
        File.WriteAllText(output + "/files/b", "old");
        disk.FillUpTo(1_000_000);

        var error = await Assert.ThrowsAsync<ZLayerException>(() => fixture.BuildAsync(
            "FROM scratch\nCOPY files /files\n", new BuildOptions { Outputs = [Core.Exporters.ExporterSpecification.Parse($"type=local,dest={output}")] }));

        Assert.Equal(ZLayerErrorKind.StorageFull, error.Kind);
        Assert.Equal(["a", "b"], Directory.EnumerateFileSystemEntries(output + "/files").Select(Path.GetFileName).Order());
        Assert.Equal("old", File.ReadAllText(output + "/files/b"));
    }

    private static Task<BuildResult> BuildAsync(BuildFixture fixture, ZLayerEngine engine)
        => fixture.BuildAsync("FROM scratch\nCOPY files /files\n", new BuildOptions { Tags = [Name] }, engine);

    private static async Task AssertBuildsAsync(BuildFixture fixture, ZLayerEngine engine)
    {
        await BuildAsync(fixture, engine);
        Assert.NotNull(engine.Images.Find("full:1"));
        StoreChecks.AssertWhole(engine);
        StoreChecks.AssertTidy(engine);
    }

    private static string Noise(int length, int seed)
    {
        var random = new Random(seed);
        return string.Create(length, random, static (text, random) =>
        {
            for (var i = 0; i < text.Length; i++)
            {
                text[i] = (char)random.Next(33, 127);
            }
        });
    }
}
