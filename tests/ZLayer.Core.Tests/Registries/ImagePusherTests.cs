using ZLayer.Core.Errors;
using ZLayer.Core.Layers;
using ZLayer.Core.Oci;
using ZLayer.Core.Registries;
using ZLayer.Core.Tests.Engines;

namespace ZLayer.Core.Tests.Registries;

/// <summary>Pushes from a store, to a registry in memory and to a real one.</summary>
public sealed class ImagePusherTests(RegistryFixture registry) : IClassFixture<RegistryFixture>
{
    private static readonly ImageReference Somewhere = ImageReference.Parse("registry.example/team/app:1");

    [Fact]
    public async Task Layers_go_before_the_config_and_the_config_before_the_manifest()
    {
        using var store = new TestStore();
        var target = new RecordingPushTarget();
        var image = TestImage.Create([1000, 2000, 3000]);

        var result = await store.PusherTo(target).PushAsync(store.Add(image), Somewhere, new PushOptions());

        Assert.Equal(image.Layers.Select(l => $"blob {l.Descriptor.Digest}").Order(), target.Operations.Take(3).Order());
        Assert.Equal([$"blob {image.Config.Digest}", $"manifest {Somewhere}"], target.Operations.Skip(3));
        Assert.Equal(image.ManifestBytes, target.Manifests[Somewhere.ToString()].Bytes);
        Assert.Equal((image.Manifest.Digest, 4, 0, 0), (result.Digest, result.Uploaded, result.Skipped, result.Mounted));
        Assert.Equal(6000 + image.ConfigBytes.Length, result.Bytes);
    }

    [Fact]
    public async Task Foreign_layers_are_never_sent_and_stay_in_the_manifest()
    {
        using var store = new TestStore();
        var target = new RecordingPushTarget();
        var foreign = TestBlob.Random(500, MediaTypes.DockerForeignLayerGzip);
        var withUrls = TestBlob.Random(500);
        withUrls = withUrls with { Descriptor = withUrls.Descriptor with { Urls = ["https://layers.example/a"] } };
        var own = TestBlob.Random(500);
        var image = TestImage.Create([foreign, withUrls, own]);

        var result = await store.PusherTo(target).PushAsync(store.Add(image), Somewhere, new PushOptions());

        Assert.Equal(2, result.Uploaded);
        Assert.Equal([own.Descriptor.Digest, image.Config.Digest], target.Blobs.Keys.OrderBy(d => d == image.Config.Digest));
        Assert.Equal(image.ManifestBytes, target.Manifests[Somewhere.ToString()].Bytes);
    }

    [Fact]
    public async Task An_index_goes_last_after_all_its_platforms_byte_for_byte()
    {
        using var store = new TestStore();
        var target = new RecordingPushTarget();
        var shared = TestBlob.Random(700);
        var amd = TestImage.Create([shared, TestBlob.Random(10)], "amd64");
        var arm = TestImage.Create([shared, TestBlob.Random(10)], "arm64");
        var index = store.AddIndex(
            store.Add(amd) with { Platform = Platform.Parse("linux/amd64") }, store.Add(arm) with { Platform = Platform.Parse("linux/arm64") });

        var result = await store.PusherTo(target).PushAsync(index, Somewhere, new PushOptions());

        Assert.Equal(
            [$"manifest {Somewhere.WithDigest(amd.Manifest.Digest)}", $"manifest {Somewhere.WithDigest(arm.Manifest.Digest)}", $"manifest {Somewhere}"],
            target.Operations.Where(o => o.StartsWith("manifest", StringComparison.Ordinal)));
        Assert.EndsWith($"manifest {Somewhere}", target.Operations[^1]);
        Assert.Single(target.Operations, o => o == $"blob {shared.Descriptor.Digest}");
        Assert.Equal(index.Digest, result.Digest);
        Assert.Equal(5, result.Uploaded);
    }

    [Fact]
    public async Task Of_an_index_with_one_stored_platform_its_manifest_is_pushed()
    {
        using var store = new TestStore();
        var target = new RecordingPushTarget();
        var amd = TestImage.Create([100], "amd64");
        var absent = TestImage.Create([100], "arm64");
        var index = store.AddIndex(
            store.Add(amd) with { Platform = Platform.Parse("linux/amd64") }, absent.Manifest with { Platform = Platform.Parse("linux/arm64") });

        var result = await store.PusherTo(target).PushAsync(index, Somewhere, new PushOptions());

        Assert.Equal(amd.Manifest.Digest, result.Digest);
        Assert.Equal(amd.ManifestBytes, target.Manifests[Somewhere.ToString()].Bytes);
        var none = store.AddIndex(absent.Manifest with { Platform = Platform.Parse("linux/arm64") });
        var error = await Assert.ThrowsAsync<ZLayerException>(() => store.PusherTo(target).PushAsync(none, Somewhere, new PushOptions()));
        Assert.Equal(ZLayerErrorKind.StorageReadFailed, error.Kind);
    }

    [Fact]
    public async Task A_platform_can_be_chosen_from_an_index()
    {
        using var store = new TestStore();
        var target = new RecordingPushTarget();
        var (amd, arm) = (TestImage.Create([100], "amd64"), TestImage.Create([100], "arm64"));
        var index = store.AddIndex(
            store.Add(amd) with { Platform = Platform.Parse("linux/amd64") }, store.Add(arm) with { Platform = Platform.Parse("linux/arm64") });

        var result = await store.PusherTo(target).PushAsync(index, Somewhere, new PushOptions { Platform = Platform.Parse("linux/arm64") });

        Assert.Equal(arm.Manifest.Digest, result.Digest);
        Assert.Equal(2, result.Uploaded);
    }

    [Fact]
    public async Task A_push_asks_to_mount_from_where_a_blob_is_known_to_be()
    {
        using var store = new TestStore();
        var image = TestImage.Create([1000]);
        var target = new RecordingPushTarget { MountableRepositories = ["library/base"] };
        store.Origins.Add(image.Layers[0].Descriptor.Digest, ImageReference.Parse("registry.example/library/base:3"));
        store.Origins.Add(image.Layers[0].Descriptor.Digest, ImageReference.Parse("other.example/library/base:3"));

        var result = await store.PusherTo(target).PushAsync(store.Add(image), Somewhere, new PushOptions());

        Assert.Equal((1, 1), (result.Mounted, result.Uploaded));
        Assert.Contains($"mount {image.Layers[0].Descriptor.Digest} from library/base", target.Operations);
        Assert.Equal(["team/app", "library/base"], store.Origins.Find(image.Layers[0].Descriptor.Digest, "registry.example"));
    }

    [Fact]
    public async Task A_layer_that_the_store_has_lost_fails_the_push_before_any_manifest()
    {
        using var store = new TestStore();
        var target = new RecordingPushTarget();
        var image = TestImage.Create([1000, 1000]);
        var source = store.Add(image);
        store.Content.Delete(image.Layers[1].Descriptor.Digest);

        var error = await Assert.ThrowsAsync<ZLayerException>(() => store.PusherTo(target).PushAsync(source, Somewhere, new PushOptions()));

        Assert.Equal(ZLayerErrorKind.StorageReadFailed, error.Kind);
        Assert.Contains(image.Layers[1].Descriptor.Digest.ToString(), error.Message);
        Assert.Empty(target.Manifests);
    }

    [Fact]
    public async Task Uncompressed_layers_are_sent_as_they_are_when_asked()
    {
        using var store = new TestStore();
        var target = new RecordingPushTarget();
        var image = TestImage.Create([TestBlob.Random(1000, MediaTypes.OciLayer)]);

        var result = await store.PusherTo(target).PushAsync(store.Add(image), Somewhere, new PushOptions { Compression = LayerCompression.None });

        Assert.Equal(image.Manifest.Digest, result.Digest);
    }

    [SkippableFact]
    public async Task A_second_push_sends_nothing_and_another_repository_mounts()
    {
        Skip.IfNot(RegistryFixture.IsInstalled, RegistryFixture.Reason);
        using var store = new TestStore();
        var source = store.Add(TestImage.Create([50_000, 60_000]));

        var first = await store.Pusher.PushAsync(source, Name("first"), new PushOptions());
        var again = await store.Pusher.PushAsync(source, Name("first"), new PushOptions());
        var other = await store.Pusher.PushAsync(source, Name("other"), new PushOptions());

        Assert.Equal((3, 0, 0), (first.Uploaded, first.Skipped, first.Mounted));
        Assert.Equal((0, 3, 0, 0L), (again.Uploaded, again.Skipped, again.Mounted, again.Bytes));
        Assert.Equal((0, 0, 3), (other.Uploaded, other.Skipped, other.Mounted));
        Assert.Equal(source.Digest, (await store.Client.HeadManifestAsync(Name("other")))!.Digest);
    }

    [SkippableFact]
    public async Task What_was_pulled_is_mounted_when_it_is_pushed_under_another_name()
    {
        Skip.IfNot(RegistryFixture.IsInstalled, RegistryFixture.Reason);
        using var store = new TestStore();
        await TestImage.Create([50_000]).PushAsync(store.Client, Name("upstream"));
        var target = await store.Puller.PullAsync(Name("upstream"), new PullOptions());

        var result = await store.Pusher.PushAsync(target, Name("downstream"), new PushOptions());

        Assert.Equal((0, 2), (result.Uploaded, result.Mounted));
    }

    [SkippableFact]
    public async Task A_push_that_is_cancelled_can_be_repeated()
    {
        Skip.IfNot(RegistryFixture.IsInstalled, RegistryFixture.Reason);
        using var store = new TestStore();
        var source = store.Add(TestImage.Create([4_000_000, 10]));
        using var cancel = new CancellationTokenSource();
        var reports = new Reports { OnReport = r => { if (r.Status == TransferStatus.Transferring) { cancel.Cancel(); } } };

        await Assert.ThrowsAnyAsync<OperationCanceledException>(
            () => store.Pusher.PushAsync(source, Name("again"), new PushOptions(), reports, cancel.Token));
        Assert.Null(await store.Client.HeadManifestAsync(Name("again")));

        await store.Pusher.PushAsync(source, Name("again"), new PushOptions());
        Assert.Equal(source.Digest, (await store.Client.HeadManifestAsync(Name("again")))!.Digest);
    }

    private ImageReference Name(string repository) => ImageReference.Parse($"{registry.Registry}/{repository}:1");
}
