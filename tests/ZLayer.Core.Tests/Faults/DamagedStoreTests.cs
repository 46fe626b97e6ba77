using ZLayer.Core.Builds;
using ZLayer.Core.Errors;
using ZLayer.Core.Oci;
using ZLayer.Core.Registries;
using ZLayer.Core.Tests.Builds;
using ZLayer.Core.Tests.Engines;

namespace ZLayer.Core.Tests.Faults;

/// <summary>Content that is damaged, cut short or gone, in the store and in a registry.</summary>
public sealed class DamagedStoreTests
{
    public static TheoryData<string, string> DocumentDamages => Combine("manifest", "config");

    public static TheoryData<string, string> Damages => Combine("manifest", "config", "layer");

    [Theory]
    [MemberData(nameof(DocumentDamages))]
    public async Task Inspecting_a_damaged_image_names_the_digest(string part, string damage)
    {
        await using var fixture = new BuildFixture();
        var digest = await BuildDamagedAsync(fixture, part, damage);
        var error = Assert.Throws<ZLayerException>(() => fixture.Engine.Images.Inspect("damaged:1"));
        AssertNames(error, digest);
        Assert.Contains(fixture.Engine.Images.List(), i => i.Repository.Contains("sound", StringComparison.Ordinal));
    }

    // A byte changed in a layer is seen when the layer is unpacked for a step, or sent: reading one file of it does not read it all.
    [Theory]
    [MemberData(nameof(DocumentDamages))]
    [InlineData("layer", "truncated")]
    [InlineData("layer", "gone")]
    [InlineData("layer", "empty")]
    public async Task Building_from_a_damaged_image_names_the_digest(string part, string damage)
    {
        await using var fixture = new BuildFixture();
        var digest = await BuildDamagedAsync(fixture, part, damage);
        var error = await Assert.ThrowsAsync<ZLayerException>(
            () => fixture.BuildAsync("FROM damaged:1\nCOPY --from=damaged:1 /app/a.txt /again\n", new BuildOptions { Tags = [ImageReference.Parse("new:1")], Pull = PullPolicy.Never }));
        if (damage == "gone" && part != "layer")
        {
            // An image that is not all there counts as missing, to be pulled again.
            Assert.Equal(ZLayerErrorKind.ImageNotFound, error.Kind);
            Assert.Contains("damaged:1", error.Message, StringComparison.Ordinal);
        }
        else
        {
            AssertNames(error, digest);
        }

        Assert.Null(fixture.Engine.Images.Find("new:1"));
        StoreChecks.AssertTidy(fixture.Engine);
    }

    [SkippableTheory]
    [MemberData(nameof(Damages))]
    public async Task Pushing_a_damaged_image_names_the_digest_and_publishes_nothing(string part, string damage)
    {
        Skip.IfNot(RegistryFixture.IsInstalled, RegistryFixture.Reason);
        await using var fixture = new BuildFixture();
        var registry = await RegistryFixture.StartAsync();
        try
        {
            var digest = await BuildDamagedAsync(fixture, part, damage);
            var destination = ImageReference.Parse($"{registry.Registry}/damaged:1");
            await using var later = fixture.CreateEngine("root");
            var error = await Assert.ThrowsAsync<ZLayerException>(() => later.PushAsync("damaged:1", destination, new PushOptions()));
            AssertNames(error, digest);
            var missing = await Assert.ThrowsAsync<ZLayerException>(() => fixture.Engine.PullAsync(destination, new PullOptions { Policy = PullPolicy.Always }));
            Assert.True(missing.Kind is ZLayerErrorKind.ImageNotFound or ZLayerErrorKind.ManifestNotFound, missing.ToString());
        }
        finally
        {
            await registry.DisposeAsync();
        }
    }

    [Theory]
    [InlineData("truncated")]
    [InlineData("gone")]
    [InlineData("empty")]
    public async Task Building_again_mends_a_layer_that_is_cut_short(string damage)
    {
        await using var fixture = new BuildFixture();
        await BuildDamagedAsync(fixture, "layer", damage);
        var result = await fixture.BuildAsync("FROM scratch\nCOPY a.txt /app/\n", new BuildOptions { Tags = [ImageReference.Parse("damaged:1")] });
        Assert.Equal("content of a", fixture.Merged(result)["app/a.txt"].Content.TrimEnd('.'));
        StoreChecks.AssertWhole(fixture.Engine);
    }

    [Fact]
    public async Task A_damaged_record_of_the_step_cache_is_a_miss()
    {
        await using var fixture = new BuildFixture();
        fixture.Write("a.txt", "one");
        var first = await fixture.BuildAsync("FROM scratch\nCOPY a.txt /\n");
        var damaged = 0;
        foreach (var record in Directory.EnumerateFiles(fixture.Engine.Layout.Cache, "*", SearchOption.AllDirectories))
        {
            await File.WriteAllTextAsync(record, "{\"Key\": [not json");
            damaged++;
        }

        Assert.NotEqual(0, damaged);
        var second = await fixture.BuildAsync("FROM scratch\nCOPY a.txt /\n");
        Assert.Equal(first.Digest, second.Digest);
        Assert.Equal(0, second.CacheHits);
    }

    [Fact]
    public async Task A_damaged_name_hides_no_other_image_and_stops_the_prune_from_deleting()
    {
        await using var fixture = new BuildFixture();
        await BuildDamagedAsync(fixture, "none", "none");
        var file = Directory.EnumerateFiles(fixture.Engine.Layout.References, "*", SearchOption.AllDirectories).Single(f => f.Contains("damaged", StringComparison.Ordinal));
        await File.WriteAllTextAsync(file, "{");
        Assert.NotNull(fixture.Engine.Images.Find("sound:1"));
        var blobs = Directory.GetFiles(Path.Combine(fixture.Engine.Layout.Blobs, "sha256")).Length;
        var results = await fixture.Engine.PruneAsync(new ZLayer.Core.Storage.PruneOptions { Images = ZLayer.Core.Storage.ImagePruning.Dangling, Layers = true, BuildCache = true });
        Assert.NotEmpty(results.SelectMany(r => r.Warnings));
        Assert.Equal(blobs, Directory.GetFiles(Path.Combine(fixture.Engine.Layout.Blobs, "sha256")).Length);
    }

    [SkippableTheory]
    [InlineData("truncated")]
    [InlineData("changed")]
    public async Task A_damaged_layer_of_a_registry_is_refused_and_leaves_no_image(string damage)
    {
        Skip.IfNot(RegistryFixture.IsInstalled, RegistryFixture.Reason);
        await using var fixture = new BuildFixture();
        var registry = await RegistryFixture.StartAsync();
        try
        {
            await BuildDamagedAsync(fixture, "none", "none");
            var destination = ImageReference.Parse($"{registry.Registry}/sound:1");
            await fixture.Engine.PushAsync("sound:1", destination, new PushOptions());
            var layer = Directory.EnumerateFiles(registry.StorageDirectory, "data", SearchOption.AllDirectories)
                .Where(f => File.ReadAllBytes(f) is [0x1f, 0x8b, ..]).MaxBy(f => new FileInfo(f).Length)!;
            var hex = Path.GetFileName(Path.GetDirectoryName(layer))!;
            Damage(layer, damage);

            await using var other = fixture.CreateEngine("other");
            var error = await Assert.ThrowsAsync<ZLayerException>(() => other.PullAsync(destination, new PullOptions()));
            Assert.Contains(hex, error.Message + error.Subject, StringComparison.Ordinal);
            Assert.NotNull(error.Advice);
            Assert.Null(other.Images.Find(destination.ToString()));
            Assert.Empty(Directory.EnumerateFileSystemEntries(other.Layout.Leases));
            StoreChecks.AssertWhole(other);
        }
        finally
        {
            await registry.DisposeAsync();
        }
    }

    [SkippableTheory]
    [InlineData("truncated")]
    [InlineData("changed")]
    [InlineData("empty")]
    public async Task A_step_on_a_damaged_layer_names_the_digest_and_leaves_no_directory(string damage)
    {
        Skip.IfNot(BuildFixture.CanRun, BuildFixture.WhyNot);
        await using var fixture = new BuildFixture();
        BuildFixture.AddBase(fixture.Engine);
        var layer = fixture.Engine.Images.Get(BuildFixture.Base).Config.RootFs.DiffIds[0];
        Damage(fixture.Engine.Content.GetPath(layer), damage);
        var error = await Assert.ThrowsAsync<ZLayerException>(
            () => fixture.BuildAsync($"FROM {BuildFixture.Base}\nRUN true\n", new BuildOptions { Network = BuildNetwork.None }));
        AssertNames(error, layer);
        Assert.Null(fixture.Engine.Layers.FindDirectory(layer));
        StoreChecks.AssertTidy(fixture.Engine);
    }

    private static TheoryData<string, string> Combine(params string[] parts)
    {
        var data = new TheoryData<string, string>();
        foreach (var part in parts)
        {
            foreach (var damage in (string[])["truncated", "changed", "gone", "empty"])
            {
                data.Add(part, damage);
            }
        }

        return data;
    }

    private static async Task<Digest> BuildDamagedAsync(BuildFixture fixture, string part, string damage)
    {
        fixture.Write("a.txt", "content of a" + new string('.', 50_000));
        await fixture.BuildAsync("FROM scratch\nCOPY a.txt /app/\n", new BuildOptions { Tags = [ImageReference.Parse("damaged:1")] });
        fixture.Write("sound.txt", new string('s', 50_000));
        await fixture.BuildAsync("FROM scratch\nCOPY sound.txt /\n", new BuildOptions { Tags = [ImageReference.Parse("sound:1")] });
        var image = fixture.Engine.Images.Get("damaged:1");
        var digest = part switch
        {
            "manifest" => image.ManifestDescriptor.Digest,
            "config" => image.ConfigDigest,
            _ => image.Config.RootFs.DiffIds[0],
        };
        if (part != "none")
        {
            Damage(fixture.Engine.Content.GetPath(digest), damage);
        }

        return digest;
    }

    private static void Damage(string path, string damage)
    {
        File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        switch (damage)
        {
            case "gone":
                File.Delete(path);
                break;
            case "empty":
                File.WriteAllBytes(path, []);
                break;
            case "truncated":
                using (var file = File.OpenWrite(path))
                {
                    file.SetLength(file.Length / 2);
                }

                break;
            default:
                var bytes = File.ReadAllBytes(path);
                bytes[bytes.Length / 2] ^= 0x55;
                File.WriteAllBytes(path, bytes);
                break;
        }
    }

    private static void AssertNames(ZLayerException error, Digest digest)
    {
        Assert.True(
            error.Kind is ZLayerErrorKind.StorageReadFailed or ZLayerErrorKind.DigestMismatch or ZLayerErrorKind.InvalidManifest or ZLayerErrorKind.ImageNotFound,
            error.ToString());
        Assert.Contains(digest.Hex[..12], error.Message + error.Subject, StringComparison.Ordinal);
        Assert.False(string.IsNullOrEmpty(error.Advice), error.ToString());
    }
}
