using ZLayer.Core.Errors;
using ZLayer.Core.Oci;
using ZLayer.Core.Registries;
using ZLayer.Core.Registries.Artifacts;
using ZLayer.Core.Registries.Copying;
using ZLayer.Core.Tests.Engines;

namespace ZLayer.Core.Tests.Registries;

/// <summary>Copies from one real registry to another, and within one.</summary>
public sealed class CopyTests(RegistryFixture left) : IClassFixture<RegistryFixture>, IAsyncLifetime
{
    private readonly RegistryClient _client = RegistryClientTests.Create(RegistryClientTests.Quick);
    private RegistryFixture _right = null!;

    public async Task InitializeAsync() => _right = await RegistryFixture.StartAsync();

    public async Task DisposeAsync()
    {
        _client.Dispose();
        await _right.DisposeAsync();
    }

    [SkippableFact]
    public async Task An_index_is_copied_byte_for_byte_with_every_platform_and_nothing_the_second_time()
    {
        var (source, destination) = (Left("many:1"), Right("team/many:2"));
        var (index, images) = await PushIndexAsync(source);

        var first = await CopyAsync(source, destination);
        var second = await CopyAsync(source, destination);

        Assert.Equal(index, (await _client.GetManifestAsync(destination)).Bytes.ToArray());
        foreach (var image in images)
        {
            Assert.Equal(image.ManifestBytes, (await _client.GetManifestAsync(destination.WithDigest(image.Manifest.Digest))).Bytes.ToArray());
            Assert.Equal(image.ConfigBytes, await _client.GetBlobAsync(destination, image.Config));
            Assert.All(image.Layers, layer => Assert.Equal(layer.Content, RegistryClientTests.DownloadAsync(_client, destination, layer.Descriptor).GetAwaiter().GetResult()));
        }

        Assert.Equal((6, 0, 0, 3), (first.Uploaded, first.Mounted, first.Skipped, first.Manifests));
        Assert.Equal(first.Bytes, images.Sum(i => i.ConfigBytes.Length + i.Layers.Sum(l => l.Content.LongLength)));
        Assert.Equal((0, 0, 0, 0), (second.Uploaded, second.Mounted, second.Skipped, second.Manifests));
        Assert.Equal(Digest.Of(index), second.Digest);
    }

    [SkippableFact]
    public async Task Another_tag_of_an_image_that_is_there_costs_one_document()
    {
        var source = Left("tags:1");
        await PushIndexAsync(source);
        await CopyAsync(source, Right("tags:1"));

        var again = await CopyAsync(source, Right("tags:2"));

        Assert.Equal((0, 0, 1), (again.Uploaded, again.Skipped, again.Manifests));
    }

    [SkippableFact]
    public async Task Blobs_that_the_destination_has_are_not_sent_although_the_image_is_new()
    {
        var shared = TestBlob.Random(200_000);
        var (one, two) = (TestImage.Create([shared, TestBlob.Random(1000)]), TestImage.Create([shared, TestBlob.Random(2000)]));
        await one.PushAsync(_client, Right("shared:1"));
        await two.PushAsync(_client, Left("shared:2"));

        var result = await CopyAsync(Left("shared:2"), Right("shared:2"));

        Assert.Equal((2, 1), (result.Uploaded, result.Skipped));
    }

    [SkippableTheory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Within_a_registry_a_blob_of_several_images_is_mounted_once(bool atOnce)
    {
        var shared = TestBlob.Random(1000);
        foreach (var tag in new[] { "a", "b", "c", "d" })
        {
            await TestImage.Create([shared, TestBlob.Random(100)]).PushAsync(_client, Left($"several:{tag}"));
        }

        var copier = new ImageCopier(_client, RegistryClientTests.Quick);
        await copier.PlanAsync(Left("several:a"), Left($"once{atOnce}:a".ToLowerInvariant()), new CopyOptions());
        var results = new List<CopyResult>();
        var copies = new[] { "a", "b", "c", "d" }.Select(tag => new Func<Task<CopyResult>>(
            () => copier.CopyAsync(Left($"several:{tag}"), Left($"once{atOnce}:{tag}".ToLowerInvariant()), new CopyOptions())));
        if (atOnce)
        {
            results.AddRange(await Task.WhenAll(copies.Select(copy => copy())));
        }
        else
        {
            foreach (var copy in copies)
            {
                results.Add(await copy());
            }
        }

        // Four layers of their own, four configs, and the one that all have: it is there for three of them.
        Assert.Equal((9, 3, 0), (results.Sum(r => r.Mounted), results.Sum(r => r.Skipped), results.Sum(r => r.Uploaded)));
    }

    [SkippableFact]
    public async Task Within_a_registry_blobs_are_mounted_and_none_is_read()
    {
        var image = TestImage.Create([100_000, 100_001]);
        await image.PushAsync(_client, Left("from/app:1"));

        var result = await CopyAsync(Left("from/app:1"), Left("to/app:1"));

        Assert.Equal((0, 3, 0L), (result.Uploaded, result.Mounted, result.Bytes));
        Assert.Equal(image.ManifestBytes, (await _client.GetManifestAsync(Left("to/app:1"))).Bytes.ToArray());
    }

    [SkippableFact]
    public async Task Within_a_repository_only_the_tag_is_put()
    {
        await TestImage.Create([100]).PushAsync(_client, Left("same:1"));

        var result = await CopyAsync(Left("same:1"), Left("same:2"));

        Assert.Equal((0, 0, 0, 1), (result.Uploaded, result.Mounted, result.Skipped, result.Manifests));
    }

    [SkippableFact]
    public async Task One_platform_of_an_index_is_copied_when_asked_for()
    {
        var (_, images) = await PushIndexAsync(Left("choose:1"));

        var result = await CopyAsync(Left("choose:1"), Right("choose:1"), new CopyOptions { Platform = new Platform { Os = "linux", Architecture = "arm64" } });

        Assert.Equal(images[1].Manifest.Digest, result.Digest);
        Assert.Equal(3, result.Uploaded);
    }

    [SkippableFact]
    public async Task A_plan_tells_what_would_move_and_moves_nothing()
    {
        var image = TestImage.Create([1000, 2000]);
        await image.PushAsync(_client, Left("plan:1"));
        var copier = new ImageCopier(_client, RegistryClientTests.Quick);

        var abroad = await copier.PlanAsync(Left("plan:1"), Right("plan:1"), new CopyOptions());
        var within = await copier.PlanAsync(Left("plan:1"), Left("plan2:1"), new CopyOptions());

        Assert.Equal((3, 0, 1), (abroad.Uploads.Count, abroad.Mounts.Count, abroad.Manifests.Count));
        Assert.Equal((0, 3, 1), (within.Uploads.Count, within.Mounts.Count, within.Manifests.Count));
        Assert.Null(await _client.HeadManifestAsync(Right("plan:1")));
        Assert.False(await _client.BlobExistsAsync(Right("plan:1"), image.Config));
    }

    [SkippableFact]
    public async Task Referrers_go_along_when_asked_for_and_what_refers_to_them()
    {
        var source = Left("signed:1");
        var (_, images) = await PushIndexAsync(source);
        var artifacts = new ArtifactClient(_client, RegistryClientTests.Quick);
        var file = Path.GetTempFileName();
        var sbom = await artifacts.AttachAsync(source, new ArtifactContent { ArtifactType = "application/spdx+json", Files = [new ArtifactFile(file)] });
        await artifacts.AttachAsync(sbom.Reference, new ArtifactContent { ArtifactType = "application/vnd.test.signature" });
        await artifacts.AttachAsync(source.WithDigest(images[0].Manifest.Digest), new ArtifactContent { ArtifactType = "application/vnd.test.note" });

        var without = await CopyAsync(source, Right("signed:1"));
        var with = await CopyAsync(source, Right("signed:1"), new CopyOptions { IncludeReferrers = true });

        Assert.Equal((0, 3), (without.Referrers, with.Referrers));
        Assert.Equal(sbom.Digest, (await ReferrersAsync(Right("signed:1").WithDigest(with.Digest))).Single().Digest);
        Assert.Equal("application/vnd.test.signature", (await ReferrersAsync(Right("signed:1").WithDigest(sbom.Digest))).Single().ArtifactType);
        Assert.Single(await ReferrersAsync(Right("signed:1").WithDigest(images[0].Manifest.Digest)));
        File.Delete(file);
    }

    [SkippableFact]
    public async Task Foreign_layers_are_not_asked_for()
    {
        var foreign = TestBlob.Random(10_000, MediaTypes.DockerForeignLayerGzip);
        var image = TestImage.Create([foreign with { Descriptor = foreign.Descriptor with { Urls = ["https://elsewhere.invalid/layer"] } }, TestBlob.Random(100)]);
        await _client.UploadBlobAsync(Left("foreign:1"), image.Layers[1].Source);
        await _client.UploadBlobAsync(Left("foreign:1"), BlobSource.FromBytes(image.Config, image.ConfigBytes));
        await _client.PutManifestAsync(Left("foreign:1"), image.ManifestBytes, MediaTypes.OciManifest);

        var result = await CopyAsync(Left("foreign:1"), Right("foreign:1"));

        Assert.Equal(2, result.Uploaded);
        Assert.Equal(image.ManifestBytes, (await _client.GetManifestAsync(Right("foreign:1"))).Bytes.ToArray());
    }

    [SkippableFact]
    public async Task A_source_and_a_destination_that_break_off_are_continued()
    {
        var image = TestImage.Create([3_000_000]);
        await image.PushAsync(_client, Left("cut:1"));
        using var from = new CuttingProxy(left.Port) { CutFromServerAfter = 700_000, Cuts = 3 };
        using var to = new CuttingProxy(_right.Port) { CutFromClientAfter = 1_100_000, Cuts = 2 };

        await CopyAsync(ImageReference.Parse($"{from.Name}/cut:1"), ImageReference.Parse($"{to.Name}/cut:1"));

        Assert.Equal(image.Layers[0].Content, await RegistryClientTests.DownloadAsync(_client, Right("cut:1"), image.Layers[0].Descriptor));
        Assert.True(from.Cuts < 3 && to.Cuts < 2);
    }

    [SkippableFact]
    public async Task Content_that_is_not_what_its_digest_says_does_not_arrive()
    {
        var image = TestImage.Create([300_000]);
        using var liar = new FakeRegistry(request => request.Path switch
        {
            "/v2/" => new FakeResponse(200),
            var path when path.Contains("/manifests/") => new FakeResponse(200) { Body = image.ManifestBytes, Headers = { ["Content-Type"] = MediaTypes.OciManifest } },
            var path when path.EndsWith(image.Config.Digest.Hex) => new FakeResponse(200) { Body = image.ConfigBytes },
            _ => new FakeResponse(200) { Body = new byte[300_000] },
        });

        var error = await Assert.ThrowsAsync<ZLayerException>(() => CopyAsync(ImageReference.Parse($"{liar.Name}/app:1"), Right("lied:1")));

        Assert.Equal(ZLayerErrorKind.DigestMismatch, error.Kind);
        Assert.Null(await _client.HeadManifestAsync(Right("lied:1")));
        Assert.False(await _client.BlobExistsAsync(Right("lied:1"), image.Layers[0].Descriptor));
    }

    [SkippableFact]
    public async Task An_index_that_names_a_document_twice_or_nests_is_copied_once()
    {
        var image = TestImage.Create([500]);
        await image.PushAsync(_client, Left("nested:1"));
        var inner = OciJson.Serialize(new ImageIndex { MediaType = MediaTypes.OciIndex, Manifests = [image.Manifest, image.Manifest] });
        await _client.PutManifestAsync(Left("nested:inner"), inner, MediaTypes.OciIndex);
        var entry = new Descriptor { MediaType = MediaTypes.OciIndex, Digest = Digest.Of(inner), Size = inner.Length };
        var outer = OciJson.Serialize(new ImageIndex { MediaType = MediaTypes.OciIndex, Manifests = [entry, image.Manifest, entry] });
        await _client.PutManifestAsync(Left("nested:outer"), outer, MediaTypes.OciIndex);

        var result = await CopyAsync(Left("nested:outer"), Right("nested:outer"));

        Assert.Equal((3, 2), (result.Manifests, result.Uploaded));
    }

    [SkippableFact]
    public async Task A_referrers_list_that_names_the_image_itself_ends()
    {
        var image = TestImage.Create([500]);
        using var strange = new FakeRegistry(request => request.Path switch
        {
            "/v2/" => new FakeResponse(200),
            var path when path.Contains("/manifests/") => new FakeResponse(200) { Body = image.ManifestBytes, Headers = { ["Content-Type"] = MediaTypes.OciManifest } },
            var path when path.Contains("/referrers/") => FakeResponse.Json(System.Text.Encoding.UTF8.GetString(
                OciJson.Serialize(new ImageIndex { MediaType = MediaTypes.OciIndex, Manifests = [image.Manifest] }))).WithHeader("Content-Type", MediaTypes.OciIndex),
            var path when path.EndsWith(image.Config.Digest.Hex) => new FakeResponse(200) { Body = image.ConfigBytes },
            _ => new FakeResponse(200) { Body = image.Layers[0].Content },
        });

        var result = await CopyAsync(ImageReference.Parse($"{strange.Name}/app:1"), Right("strange:1"), new CopyOptions { IncludeReferrers = true });

        Assert.Equal((0, 1), (result.Referrers, result.Manifests));
    }

    private ImageReference Left(string name)
    {
        Skip.IfNot(RegistryFixture.IsInstalled, RegistryFixture.Reason);
        return ImageReference.Parse($"{left.Registry}/{name}");
    }

    private ImageReference Right(string name) => ImageReference.Parse($"{_right.Registry}/{name}");

    private Task<CopyResult> CopyAsync(ImageReference source, ImageReference destination, CopyOptions? options = null)
        => new ImageCopier(_client, RegistryClientTests.Quick).CopyAsync(source, destination, options ?? new CopyOptions());

    private async Task<List<Descriptor>> ReferrersAsync(ImageReference subject)
    {
        var found = new List<Descriptor>();
        await foreach (var referrer in _client.GetReferrersAsync(subject))
        {
            found.Add(referrer);
        }

        return found;
    }

    private async Task<(byte[] Index, TestImage[] Images)> PushIndexAsync(ImageReference reference)
    {
        var images = new[] { TestImage.Create([50_000, 400_000]), TestImage.Create([60_000, 30_000], "arm64") };
        foreach (var image in images)
        {
            await image.PushAsync(_client, reference.WithDigest(image.Manifest.Digest));
        }

        var index = OciJson.Serialize(new ImageIndex
        {
            MediaType = MediaTypes.OciIndex,
            Manifests =
            [
                images[0].Manifest with { Platform = new Platform { Os = "linux", Architecture = "amd64" } },
                images[1].Manifest with { Platform = new Platform { Os = "linux", Architecture = "arm64" } },
            ],
        });
        await _client.PutManifestAsync(reference, index, MediaTypes.OciIndex);
        return (index, images);
    }
}
