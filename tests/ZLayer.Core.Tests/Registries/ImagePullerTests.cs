using ZLayer.Core.Errors;
using ZLayer.Core.Oci;
using ZLayer.Core.Registries;
using ZLayer.Core.Tests.Engines;

namespace ZLayer.Core.Tests.Registries;

/// <summary>Pulls from a real registry into a store.</summary>
public sealed class ImagePullerTests(RegistryFixture registry) : IClassFixture<RegistryFixture>
{
    [SkippableFact]
    public async Task Pull_brings_every_blob_the_documents_and_the_name()
    {
        using var store = Open();
        var image = TestImage.Create([2_000_000, 30_000, 1]);
        await image.PushAsync(store.Client, Name("plain"));
        var reports = new Reports();

        var target = await store.Puller.PullAsync(Name("plain"), new PullOptions(), reports);

        Assert.Equal(image.Manifest.Digest, target.Digest);
        Assert.Equal(target.Digest, store.References.Find(Name("plain"))!.Digest);
        Assert.Equal(image.ManifestBytes, store.Content.ReadDocument(target.Digest, "test"));
        foreach (var layer in image.Layers)
        {
            Assert.Equal(layer.Content, File.ReadAllBytes(store.Content.GetPath(layer.Descriptor.Digest)));
            Assert.Contains(reports.Items, r => r.Id == layer.Descriptor.Digest.ShortHex && r.Status == TransferStatus.Done && r.Current == layer.Content.Length);
        }

        var diffId = OciJson.ParseConfig(image.ConfigBytes, "test").RootFs.DiffIds[0];
        Assert.Equal(image.Layers[0].Descriptor.Digest, Assert.Single(store.Layers.FindBlobs(diffId)).Digest);
        Assert.Empty(store.PartialFiles());
    }

    [SkippableFact]
    public async Task Missing_uses_the_stored_image_without_asking_anybody()
    {
        using var store = Open();
        var image = TestImage.Create([100]);
        var nowhere = ImageReference.Parse($"127.0.0.1:{RegistryFixture.FreePort()}/offline:1");
        store.Add(image, nowhere);

        Assert.Equal(image.Manifest.Digest, (await store.Puller.PullAsync(nowhere, new PullOptions())).Digest);
        Assert.Equal(image.Manifest.Digest, (await store.Puller.PullAsync(nowhere, new PullOptions { Policy = PullPolicy.Never })).Digest);
        Assert.Equal(image.Manifest.Digest, (await store.Puller.PullAsync(nowhere, new PullOptions { Policy = PullPolicy.Newer })).Digest);
        await Assert.ThrowsAsync<ZLayerException>(() => store.Puller.PullAsync(nowhere, new PullOptions { Policy = PullPolicy.Always }));
    }

    [SkippableFact]
    public async Task Never_without_a_stored_image_says_what_to_do()
    {
        using var store = Open();

        var error = await Assert.ThrowsAsync<ZLayerException>(
            () => store.Puller.PullAsync(Name("not-here"), new PullOptions { Policy = PullPolicy.Never }));

        Assert.Equal(ZLayerErrorKind.ImageNotFound, error.Kind);
        Assert.Contains("zlayer pull", error.Advice);
    }

    [SkippableFact]
    public async Task Missing_keeps_an_old_image_and_newer_and_always_replace_it()
    {
        using var store = Open();
        var (old, current) = (TestImage.Create([100]), TestImage.Create([100]));
        store.Add(old, Name("moving"));
        await current.PushAsync(store.Client, Name("moving"));

        Assert.Equal(old.Manifest.Digest, (await store.Puller.PullAsync(Name("moving"), new PullOptions())).Digest);
        Assert.Equal(current.Manifest.Digest, (await store.Puller.PullAsync(Name("moving"), new PullOptions { Policy = PullPolicy.Newer })).Digest);

        store.References.Set(Name("moving"), old.Manifest);
        Assert.Equal(current.Manifest.Digest, (await store.Puller.PullAsync(Name("moving"), new PullOptions { Policy = PullPolicy.Always })).Digest);
    }

    [SkippableFact]
    public async Task Missing_fetches_what_a_damaged_store_has_lost()
    {
        using var store = Open();
        var image = TestImage.Create([5000, 6000]);
        await image.PushAsync(store.Client, Name("lost"));
        await store.Puller.PullAsync(Name("lost"), new PullOptions());
        store.Content.Delete(image.Layers[1].Descriptor.Digest);
        var reports = new Reports();

        await store.Puller.PullAsync(Name("lost"), new PullOptions(), reports);

        Assert.True(store.Content.Contains(image.Layers[1].Descriptor.Digest));
        Assert.Contains(reports.Items, r => r.Id == image.Layers[0].Descriptor.Digest.ShortHex && r.Status == TransferStatus.Exists);
    }

    [SkippableFact]
    public async Task Pull_chooses_the_platform_and_lists_those_there_are()
    {
        using var store = Open();
        var (amd, arm) = (TestImage.Create([100], "amd64"), TestImage.Create([100], "arm64"));
        await PushIndexAsync(store, Name("multi"), MediaTypes.OciIndex, Entry(amd, "linux/amd64"), Attestation(TestImage.Create([5])), Entry(arm, "linux/arm64"));

        var target = await store.Puller.PullAsync(Name("multi"), new PullOptions { Platform = Platform.Parse("linux/arm64/v8") });

        Assert.Equal(MediaTypes.OciIndex, target.MediaType);
        Assert.True(store.Content.Contains(arm.Layers[0].Descriptor.Digest));
        Assert.False(store.Content.Contains(amd.Layers[0].Descriptor.Digest));
        var error = await Assert.ThrowsAsync<ZLayerException>(
            () => store.Puller.PullAsync(Name("multi"), new PullOptions { Platform = Platform.Parse("windows/amd64") }));
        Assert.Equal(ZLayerErrorKind.PlatformNotAvailable, error.Kind);
        Assert.Contains("linux/amd64, linux/arm64", error.Message);
        Assert.DoesNotContain("unknown", error.Message);
    }

    [SkippableFact]
    public async Task An_image_of_another_platform_that_is_no_index_is_refused_where_the_platform_is_required()
    {
        using var store = Open();
        var image = TestImage.Create([100], "amd64");
        await image.PushAsync(store.Client, Name("single"));
        foreach (var wanted in (string[])["linux/arm64", "nonsense/cpu"])
        {
            var error = await Assert.ThrowsAsync<ZLayerException>(
                () => store.Puller.PullAsync(Name("single"), new PullOptions { Platform = Platform.Parse(wanted), RequirePlatform = true }));
            Assert.Equal(ZLayerErrorKind.PlatformNotAvailable, error.Kind);
            Assert.Contains("linux/amd64", error.Message);
            Assert.Null(store.References.Find(Name("single")));
        }

        Assert.Equal(
            image.Manifest.Digest,
            (await store.Puller.PullAsync(Name("single"), new PullOptions { Platform = Platform.Parse("linux/amd64"), RequirePlatform = true })).Digest);
        Assert.Equal(image.Manifest.Digest, (await store.Puller.PullAsync(Name("single"), new PullOptions { Platform = Platform.Parse("linux/arm64") })).Digest);
    }

    [SkippableFact]
    public async Task Missing_fetches_another_platform_of_a_stored_index()
    {
        using var store = Open();
        var (amd, arm) = (TestImage.Create([100], "amd64"), TestImage.Create([100], "arm64"));
        await PushIndexAsync(store, Name("second"), MediaTypes.DockerManifestList, Entry(amd, "linux/amd64"), Entry(arm, "linux/arm64"));
        await store.Puller.PullAsync(Name("second"), new PullOptions { Platform = Platform.Parse("linux/amd64") });

        var target = await store.Puller.PullAsync(Name("second"), new PullOptions { Platform = Platform.Parse("linux/arm64") });

        Assert.Equal(MediaTypes.DockerManifestList, target.MediaType);
        Assert.True(store.Content.Contains(arm.Layers[0].Descriptor.Digest));
    }

    [SkippableFact]
    public async Task Pull_looks_into_nested_indexes_and_takes_all_platforms_when_asked()
    {
        using var store = Open();
        var (amd, arm) = (TestImage.Create([100], "amd64"), TestImage.Create([100], "arm64"));
        var inner = await PushIndexAsync(store, Name("nested").WithTag("inner"), MediaTypes.OciIndex, Entry(arm, "linux/arm64"));
        await PushIndexAsync(store, Name("nested"), MediaTypes.OciIndex, Entry(amd, "linux/amd64"), (inner, null));

        await store.Puller.PullAsync(Name("nested"), new PullOptions { Platform = Platform.Parse("linux/arm64") });
        Assert.True(store.Content.Contains(arm.Layers[0].Descriptor.Digest));
        Assert.False(store.Content.Contains(amd.Layers[0].Descriptor.Digest));

        await store.Puller.PullAsync(Name("nested"), new PullOptions { AllPlatforms = true });
        Assert.True(store.Content.Contains(amd.Layers[0].Descriptor.Digest));
    }

    [SkippableTheory]
    [InlineData(6)]
    [InlineData(7)]
    public async Task Deeply_nested_indexes_are_taken_whole_when_all_platforms_are_asked_for(int depth)
    {
        using var store = Open();
        var arm = TestImage.Create([100], "arm64");
        await PushNestedAsync(store, Name("deep"), arm, depth);

        await store.Puller.PullAsync(Name("deep"), new PullOptions { AllPlatforms = true });

        Assert.True(store.Content.Contains(arm.Layers[0].Descriptor.Digest));
        var target = await store.Puller.PullAsync(Name("deep"), new PullOptions { Platform = Platform.Parse("linux/arm64"), Policy = PullPolicy.Never });
        Assert.Equal(MediaTypes.OciIndex, target.MediaType);
    }

    [SkippableTheory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Indexes_that_are_nested_too_deep_are_refused_and_none_is_dropped(bool allPlatforms)
    {
        using var store = Open();
        await PushNestedAsync(store, Name("deeper"), TestImage.Create([100], "arm64"), 8);

        var error = await Assert.ThrowsAsync<ZLayerException>(
            () => store.Puller.PullAsync(Name("deeper"), new PullOptions { AllPlatforms = allPlatforms, Platform = Platform.Parse("linux/arm64") }));

        Assert.Equal(ZLayerErrorKind.InvalidManifest, error.Kind);
        Assert.Contains("nested more than 8 deep", error.Message);
        Assert.Null(store.References.Find(Name("deeper")));
    }

    [SkippableFact]
    public async Task What_is_looked_up_in_a_registry_is_what_a_pull_would_take()
    {
        using var store = Open();
        var (power, s390) = (TestImage.Create([100], "ppc64le"), TestImage.Create([101], "s390x"));
        var inner = await PushIndexAsync(store, Name("seen").WithTag("inner"), MediaTypes.OciIndex, (s390.Manifest, s390), Attestation(TestImage.Create([102])));
        await PushIndexAsync(store, Name("seen"), MediaTypes.OciIndex, (power.Manifest, power), (inner, null));

        var detail = await RemoteImages.InspectAsync(store.Client, Name("seen"), Platform.Parse("linux/s390x"), default);

        Assert.Equal(s390.Manifest.Digest, detail.ManifestDigest);
        Assert.Equal(["linux/ppc64le", "linux/s390x"], detail.Platforms.Select(platform => platform.ToString()));
        foreach (var platform in new[] { null, Platform.Parse("linux/riscv64") })
        {
            var seen = await Assert.ThrowsAsync<ZLayerException>(() => RemoteImages.InspectAsync(store.Client, Name("seen"), platform, default));
            var pulled = await Assert.ThrowsAsync<ZLayerException>(() => store.Puller.PullAsync(Name("seen"), new PullOptions { Platform = platform }));
            Assert.Equal(ZLayerErrorKind.PlatformNotAvailable, seen.Kind);
            Assert.Equal(pulled.Message, seen.Message);
            Assert.Equal(pulled.Advice, seen.Advice);
        }
    }

    // The manifest stands in an index, which stands in so many others.
    private static async Task PushNestedAsync(TestStore store, ImageReference name, TestImage image, int depth)
    {
        var index = await PushIndexAsync(store, name.WithTag("l0"), MediaTypes.OciIndex, Entry(image, "linux/arm64"));
        for (var level = 1; level <= depth; level++)
        {
            index = await PushIndexAsync(store, level == depth ? name : name.WithTag($"l{level}"), MediaTypes.OciIndex, (index, null));
        }
    }

    [SkippableFact]
    public async Task A_pull_that_is_cut_off_is_continued_by_the_next_one()
    {
        using var store = Open(RegistryClientTests.Quick with { MaximumAttempts = 1 });
        var image = TestImage.Create([3_000_000]);
        using var proxy = new CuttingProxy(registry.Port) { IsPolite = true };
        var reference = ImageReference.Parse($"{proxy.Name}/resumed:1");
        await image.PushAsync(store.Client, reference);
        store.Client.Forget(proxy.Name);
        using var second = new TestStore(RegistryClientTests.Quick with { MaximumAttempts = 1 });
        (proxy.CutFromServerAfter, proxy.Cuts) = (1_500_000, 1);

        var error = await Assert.ThrowsAsync<ZLayerException>(() => second.Puller.PullAsync(reference, new PullOptions()));
        Assert.Equal(ZLayerErrorKind.RegistryUnreachable, error.Kind);
        Assert.Null(second.References.Find(reference));
        var kept = Assert.Single(second.PartialFiles()).Length;
        Assert.InRange(kept, 1_000_000, 1_500_000);

        var reports = new Reports();
        await second.Puller.PullAsync(reference, new PullOptions(), reports);

        var first = reports.Items.First(r => r.Id == image.Layers[0].Descriptor.Digest.ShortHex && r.Status == TransferStatus.Transferring);
        Assert.InRange(first.Current, 1_000_000, 1_500_000);
        Assert.Equal(image.Layers[0].Content, File.ReadAllBytes(second.Content.GetPath(image.Layers[0].Descriptor.Digest)));
    }

    [SkippableFact]
    public async Task Wrong_content_left_by_an_earlier_transfer_is_fetched_afresh()
    {
        using var store = Open();
        var image = TestImage.Create([100_000]);
        await image.PushAsync(store.Client, Name("poisoned"));
        var blob = image.Layers[0].Descriptor;
        using (var writer = store.Content.Resume(blob.Digest, blob.Size)!)
        {
            writer.Write(new byte[40_000]);
        }

        await store.Puller.PullAsync(Name("poisoned"), new PullOptions());

        Assert.Equal(image.Layers[0].Content, File.ReadAllBytes(store.Content.GetPath(blob.Digest)));
    }

    [SkippableFact]
    public async Task Cancelling_a_pull_leaves_the_name_as_it_was_and_the_next_pull_works()
    {
        using var store = Open();
        var (old, image) = (TestImage.Create([10]), TestImage.Create([8_000_000, 100]));
        store.Add(old, Name("cancelled"));
        await image.PushAsync(store.Client, Name("cancelled"));
        using var cancel = new CancellationTokenSource();
        var reports = new Reports { OnReport = r => { if (r.Status == TransferStatus.Transferring) { cancel.Cancel(); } } };

        await Assert.ThrowsAnyAsync<OperationCanceledException>(
            () => store.Puller.PullAsync(Name("cancelled"), new PullOptions { Policy = PullPolicy.Always }, reports, cancel.Token));

        Assert.Equal(old.Manifest.Digest, store.References.Find(Name("cancelled"))!.Digest);
        var target = await store.Puller.PullAsync(Name("cancelled"), new PullOptions { Policy = PullPolicy.Always });
        Assert.Equal(image.Manifest.Digest, target.Digest);
    }

    [SkippableFact]
    public async Task Two_pulls_of_one_image_at_once_fetch_each_blob_once()
    {
        using var store = Open();
        var image = TestImage.Create([4_000_000, 200_000]);
        await image.PushAsync(store.Client, Name("together"));
        var (first, second) = (new Reports(), new Reports());

        await Task.WhenAll(
            store.Puller.PullAsync(Name("together"), new PullOptions { Policy = PullPolicy.Always }, first),
            store.Puller.PullAsync(Name("together"), new PullOptions { Policy = PullPolicy.Always }, second));

        foreach (var layer in image.Layers)
        {
            Assert.Single([.. first.Items, .. second.Items], r => r.Id == layer.Descriptor.Digest.ShortHex && r.Status == TransferStatus.Done);
            Assert.Equal(layer.Content, File.ReadAllBytes(store.Content.GetPath(layer.Descriptor.Digest)));
        }
    }

    [SkippableFact]
    public async Task Pull_by_digest_finds_that_image()
    {
        using var store = Open();
        var (old, current) = (TestImage.Create([100]), TestImage.Create([100]));
        await old.PushAsync(store.Client, Name("pinned"));
        await current.PushAsync(store.Client, Name("pinned"));

        var target = await store.Puller.PullAsync(Name("pinned").WithDigest(old.Manifest.Digest), new PullOptions());

        Assert.Equal(old.Manifest.Digest, target.Digest);
        Assert.Equal(old.Manifest.Digest, store.References.Find(Name("pinned").WithDigest(old.Manifest.Digest))!.Digest);
    }

    private static (Descriptor Manifest, TestImage? Image) Entry(TestImage image, string platform)
        => (image.Manifest with { Platform = Platform.Parse(platform) }, image);

    private static (Descriptor Manifest, TestImage? Image) Attestation(TestImage image)
        => (image.Manifest with
        {
            Platform = new Platform { Os = "unknown", Architecture = "unknown" },
            Annotations = new Dictionary<string, string> { ["vnd.docker.reference.type"] = "attestation-manifest" },
        }, image);

    private static async Task<Descriptor> PushIndexAsync(
        TestStore store, ImageReference reference, string mediaType, params (Descriptor Manifest, TestImage? Image)[] entries)
    {
        foreach (var (manifest, image) in entries)
        {
            if (image is not null)
            {
                await image.PushAsync(store.Client, reference.WithDigest(manifest.Digest));
            }
        }

        var bytes = OciJson.Serialize(new ImageIndex { MediaType = mediaType, Manifests = [.. entries.Select(e => e.Manifest)] });
        await store.Client.PutManifestAsync(reference, bytes, mediaType);
        return new Descriptor { MediaType = mediaType, Digest = Digest.Of(bytes), Size = bytes.Length };
    }

    private static TestStore Open(RegistryOptions? options = null)
    {
        Skip.IfNot(RegistryFixture.IsInstalled, RegistryFixture.Reason);
        return new TestStore(options);
    }

    private ImageReference Name(string repository) => ImageReference.Parse($"{registry.Registry}/{repository}:1");
}
