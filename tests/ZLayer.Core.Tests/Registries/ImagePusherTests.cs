using ZLayer.Core.Errors;
using ZLayer.Core.Layers;
using ZLayer.Core.Oci;
using ZLayer.Core.Registries;
using ZLayer.Core.Tests.Engines;
using ZLayer.Testing;

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
    public async Task The_registry_is_asked_for_all_blobs_at_once_however_few_are_sent_at_once()
    {
        using var store = new TestStore(new RegistryOptions { ParallelUploads = 1 });
        var image = TestImage.Create([1000, 2000, 3000]);
        var target = new PatientTarget(questions: 4);

        await store.PusherTo(target).PushAsync(store.Add(image), Somewhere, new PushOptions()).WaitAsync(TimeSpan.FromSeconds(60));

        Assert.Equal($"blob {image.Config.Digest}", target.Inner.Operations[3]);
        Assert.Equal(1, target.MostAtOnce);
    }

    [Fact]
    public async Task Tags_that_are_pushed_at_once_send_each_blob_once()
    {
        using var store = new TestStore();
        var image = TestImage.Create([1000, 200_000, 3000]);
        var source = store.Add(image);
        var pusher = store.PusherTo(store.Client);
        var repository = Name("at-once").Name;

        var results = await Task.WhenAll(Enumerable.Range(0, 8).Select(tag => pusher.PushAsync(source, ImageReference.Parse($"{repository}:{tag}"), new PushOptions())));

        Assert.Equal(4, results.Sum(result => result.Uploaded));
        Assert.Equal(28, results.Sum(result => result.Skipped));
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
    public void Origins_are_the_latest_eight_and_are_trimmed_with_their_blobs()
    {
        using var store = new TestStore();
        var (kept, gone) = (Digest.Of("kept"u8), Digest.Of("gone"u8));
        foreach (var i in Enumerable.Range(0, 10))
        {
            store.Origins.Add(kept, ImageReference.Parse($"registry.example/repo{i}:1"));
        }

        store.Origins.Add(gone, Somewhere);

        Assert.Equal(["repo9", "repo8", "repo7", "repo6", "repo5", "repo4", "repo3", "repo2"], store.Origins.Find(kept, "registry.example"));
        Assert.Equal(1, store.Origins.Trim(digest => digest == kept));
        Assert.Empty(store.Origins.Find(gone, Somewhere.Registry));
        Assert.Equal(8, store.Origins.Find(kept, "registry.example").Count);
        Assert.Empty(store.Origins.Find(kept, "registry.exam"));
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

    [Theory]
    [InlineData(LayerCompression.Gzip, MediaTypes.OciManifest, MediaTypes.OciLayerGzip)]
    [InlineData(LayerCompression.Zstd, MediaTypes.OciManifest, MediaTypes.OciLayerZstd)]
    [InlineData(LayerCompression.Gzip, MediaTypes.DockerManifest, MediaTypes.DockerLayerGzip)]
    public async Task Uncompressed_layers_are_compressed_on_the_way(LayerCompression compression, string manifestType, string layerType)
    {
        using var store = new TestStore();
        var target = new RecordingPushTarget();
        var (plain, packed) = (TestBlob.Of(Tar("new", 300_000), MediaTypes.OciLayer), TestBlob.Of(Gzip(Tar("base", 9)), MediaTypes.OciLayerGzip));
        var image = TestImage.Create([packed, plain], manifestType, Digest.Of(Tar("base", 9)), plain.Descriptor.Digest);
        var options = new PushOptions { Compression = compression };

        var result = await store.PusherTo(target).PushAsync(store.Add(image), Somewhere, options);

        var sent = OciJson.ParseManifest(target.Manifests[Somewhere.ToString()].Bytes, "test");
        Assert.Equal((manifestType, packed.Descriptor, layerType), (sent.MediaType, sent.Layers[0], sent.Layers[1].MediaType));
        Assert.Equal(image.Config, sent.Config);
        Assert.True(sent.Layers[1].Size < 10_000);
        using var unpacked = new MemoryStream();
        using (var content = Decompression.Open(new MemoryStream(target.Blobs[sent.Layers[1].Digest])))
        {
            content.CopyTo(unpacked);
        }

        Assert.Equal(plain.Content, unpacked.ToArray());
        Assert.DoesNotContain(plain.Descriptor.Digest, target.Blobs.Keys);
        Assert.True(store.Content.Contains(result.Digest));
        var again = await store.PusherTo(target).PushAsync(image.Manifest, Somewhere, options);
        Assert.Equal((result.Digest, 0, 3), (again.Digest, again.Uploaded, again.Skipped));
    }

    [Fact]
    public async Task Compressed_layers_are_converted_only_when_forced()
    {
        using var store = new TestStore();
        var target = new RecordingPushTarget();
        var tar = Tar("file", 5000);
        var image = TestImage.Create([TestBlob.Of(Gzip(tar), MediaTypes.OciLayerGzip)], MediaTypes.OciManifest, Digest.Of(tar));
        var source = store.Add(image);

        var kept = await store.PusherTo(target).PushAsync(source, Somewhere, new PushOptions { Compression = LayerCompression.Zstd });
        var forced = await store.PusherTo(target).PushAsync(
            source, Somewhere.WithTag("z"), new PushOptions { Compression = LayerCompression.Zstd, ForceCompression = true });

        Assert.Equal(source.Digest, kept.Digest);
        Assert.NotEqual(source.Digest, forced.Digest);
        Assert.Equal(
            MediaTypes.OciLayerZstd, OciJson.ParseManifest(target.Manifests[Somewhere.WithTag("z").ToString()].Bytes, "test").Layers[0].MediaType);
    }

    [Fact]
    public async Task An_index_over_layers_that_are_compressed_names_the_new_manifests_and_drops_what_spoke_of_the_old()
    {
        using var store = new TestStore();
        var target = new RecordingPushTarget();
        var plain = TestBlob.Of(Tar("new", 1000), MediaTypes.OciLayer);
        var changing = TestImage.Create([plain], MediaTypes.OciManifest, plain.Descriptor.Digest);
        var steady = TestImage.Create([100], "arm64");
        var index = store.AddIndex(
            store.Add(changing) with { Platform = Platform.Parse("linux/amd64") },
            store.Add(steady) with { Platform = Platform.Parse("linux/arm64") },
            About(store, changing),
            About(store, steady));

        var result = await store.PusherTo(target).PushAsync(index, Somewhere, new PushOptions());

        var sent = OciJson.ParseIndex(target.Manifests[Somewhere.ToString()].Bytes, "test").Manifests;
        Assert.Equal(["linux/amd64", "linux/arm64", "unknown/unknown"], sent.Select(m => m.Platform!.ToString()));
        Assert.NotEqual(changing.Manifest.Digest, sent[0].Digest);
        Assert.Equal(steady.Manifest.Digest, sent[1].Digest);
        Assert.Equal(steady.Manifest.Digest.ToString(), sent[2].Annotations!["vnd.docker.reference.digest"]);
        Assert.All(sent, m => Assert.Contains(Somewhere.WithDigest(m.Digest).ToString(), target.Manifests.Keys));
        Assert.NotEqual(index.Digest, result.Digest);
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

    private static Descriptor About(TestStore store, TestImage image)
        => store.Add(TestImage.Create([20])) with
        {
            Platform = new Platform { Os = "unknown", Architecture = "unknown" },
            Annotations = new Dictionary<string, string>
            {
                ["vnd.docker.reference.type"] = "attestation-manifest",
                ["vnd.docker.reference.digest"] = image.Manifest.Digest.ToString(),
            },
        };

    private static byte[] Tar(string name, int size)
    {
        using var tar = new MemoryStream();
        using (var writer = new System.Formats.Tar.TarWriter(tar, leaveOpen: true))
        {
            writer.WriteEntry(new System.Formats.Tar.PaxTarEntry(System.Formats.Tar.TarEntryType.RegularFile, name)
            {
                DataStream = new MemoryStream(new byte[size]),
                ModificationTime = DateTimeOffset.UnixEpoch,
            });
        }

        return tar.ToArray();
    }

    private static byte[] Gzip(byte[] content)
    {
        using var packed = new MemoryStream();
        using (var gzip = new System.IO.Compression.GZipStream(packed, System.IO.Compression.CompressionLevel.Fastest))
        {
            gzip.Write(content);
        }

        return packed.ToArray();
    }

    private ImageReference Name(string repository) => ImageReference.Parse($"{registry.Registry}/{repository}:1");

    // Lets nobody upload before everybody has asked.
    private sealed class PatientTarget(int questions) : IPushTarget
    {
        private readonly TaskCompletionSource _allAsked = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private int _asked;
        private int _uploading;

        public RecordingPushTarget Inner { get; } = new();

        public int MostAtOnce { get; private set; }

        public async Task<BlobUploadOutcome> UploadBlobAsync(
            ImageReference repository, BlobSource blob, IProgress<TransferProgress>? progress = null, CancellationToken cancellationToken = default)
        {
            if (Interlocked.Increment(ref _asked) == questions)
            {
                _allAsked.SetResult();
            }

            await _allAsked.Task.WaitAsync(cancellationToken);
            await blob.WaitForTurnAsync!(cancellationToken);
            MostAtOnce = Math.Max(MostAtOnce, Interlocked.Increment(ref _uploading));
            await Task.Delay(20, cancellationToken);
            var outcome = await Inner.UploadBlobAsync(repository, blob, progress, cancellationToken);
            Interlocked.Decrement(ref _uploading);
            return outcome;
        }

        public Task PutManifestAsync(
            ImageReference reference, ReadOnlyMemory<byte> manifest, string mediaType, CancellationToken cancellationToken = default)
            => Inner.PutManifestAsync(reference, manifest, mediaType, cancellationToken);
    }
}
