using System.Text.Json;
using ZLayer.Core.Errors;
using ZLayer.Core.Images;
using ZLayer.Core.Images.ManifestLists;
using ZLayer.Core.Oci;
using ZLayer.Core.Registries;
using ZLayer.Core.Registries.Manifests;
using ZLayer.Core.Storage;
using ZLayer.Core.Tests.Engines;
using ZLayer.Testing;

namespace ZLayer.Core.Tests.Registries.Manifests;

/// <summary>Manifest lists from their first entry to a registry that other tools read.</summary>
public sealed class ManifestListTests(RegistryFixture registry) : IClassFixture<RegistryFixture>
{
    private static readonly ImageReference List = ImageReference.Parse("team/list:1");

    [Fact]
    public async Task A_list_of_two_images_names_their_platforms_and_is_there_in_the_next_session()
    {
        using var store = new TestStore();
        store.Add(TestImage.Create([100], "amd64"), ImageReference.Parse("app:amd64"));
        store.Add(TestImage.Create([100], "arm64"), ImageReference.Parse("app:arm64"));

        var made = await Lists(store).CreateAsync(List, new ManifestListOptions { Images = ["app:amd64", "app:arm64"], Annotations = Pairs("a", "b") });
        var found = Lists(store).Get(List);

        Assert.Equal(["linux/amd64", "linux/arm64"], found.Platforms.Select(p => p.ToString()));
        Assert.All(found.Entries, e => Assert.True(e.IsLocal && e.Source is null));
        Assert.Equal(made.Digest, Digest.Of(System.Text.Encoding.UTF8.GetBytes(found.RawManifest)));
        Assert.Equal("b", found.Annotations["a"]);
        Assert.Equal(["team/list:1"], Lists(store).List().Select(l => l.Name));
    }

    [Fact]
    public async Task A_name_that_exists_is_replaced_only_on_purpose()
    {
        using var store = new TestStore();
        store.Add(TestImage.Create([100]), List);

        var error = await Assert.ThrowsAsync<ZLayerException>(() => Lists(store).CreateAsync(List, new ManifestListOptions()));
        var made = await Lists(store).CreateAsync(List, new ManifestListOptions { Replace = true });

        Assert.Equal(ZLayerErrorKind.NameInUse, error.Kind);
        Assert.Empty(made.Entries);
    }

    [Fact]
    public async Task A_list_that_is_amended_keeps_what_it_has()
    {
        using var store = new TestStore();
        store.Add(TestImage.Create([100], "amd64"), ImageReference.Parse("app:amd64"));
        store.Add(TestImage.Create([100], "arm64"), ImageReference.Parse("app:arm64"));
        store.Add(TestImage.Create([100]), ImageReference.Parse("single:1"));

        var made = await Lists(store).CreateAsync(List, new ManifestListOptions { Images = ["app:amd64"], Annotations = Pairs("a", "b"), Amend = true });
        var amended = await Lists(store).CreateAsync(List, new ManifestListOptions { Images = ["app:arm64"], Annotations = Pairs("a", "c"), Amend = true });
        var error = await Assert.ThrowsAsync<ZLayerException>(() => Lists(store).CreateAsync(ImageReference.Parse("single:1"), new ManifestListOptions { Amend = true }));

        Assert.Equal(["linux/amd64"], made.Platforms.Select(p => p.ToString()));
        Assert.Equal(["linux/amd64", "linux/arm64"], amended.Platforms.Select(p => p.ToString()));
        Assert.Equal("c", amended.Annotations["a"]);
        Assert.Equal(ZLayerErrorKind.NameInUse, error.Kind);
    }

    [Fact]
    public async Task What_is_no_list_is_not_found_as_one()
    {
        using var store = new TestStore();
        store.Add(TestImage.Create([100]), List);

        Assert.Null(Lists(store).Find(List));
        Assert.Equal(ZLayerErrorKind.ManifestNotFound, Assert.Throws<ZLayerException>(() => Lists(store).Get(List)).Kind);
        Assert.Equal(ZLayerErrorKind.ManifestNotFound, Assert.Throws<ZLayerException>(() => Lists(store).Remove(List)).Kind);
        Assert.Equal(
            ZLayerErrorKind.ManifestNotFound,
            (await Assert.ThrowsAsync<ZLayerException>(() => Lists(store).AddAsync(List, "x", new ManifestEntryOptions()))).Kind);
    }

    [Fact]
    public async Task A_newer_image_of_a_platform_takes_the_place_of_the_older()
    {
        using var store = new TestStore();
        store.Add(TestImage.Create([100], "amd64"), ImageReference.Parse("app:1"));
        store.Add(TestImage.Create([100], "arm64"), ImageReference.Parse("app:arm"));
        var newer = store.Add(TestImage.Create([100], "amd64"), ImageReference.Parse("app:2"));
        var lists = Lists(store);
        await lists.CreateAsync(List, new ManifestListOptions { Images = ["app:1", "app:arm"] });

        var list = await lists.AddAsync(List, "app:2", new ManifestEntryOptions());
        var again = await lists.AddAsync(List, "app:2", new ManifestEntryOptions());

        Assert.Equal(newer.Digest, list.Entries[0].Digest);
        Assert.Equal(2, again.Entries.Count);
    }

    [Fact]
    public async Task Overrides_are_written_into_the_entry_and_leave_the_image_alone()
    {
        using var store = new TestStore();
        var image = store.Add(TestImage.Create([100], "amd64"), ImageReference.Parse("app:win"));
        var lists = Lists(store);
        await lists.CreateAsync(List, new ManifestListOptions());

        var list = await lists.AddAsync(List, "app:win", new ManifestEntryOptions
        {
            Change = new ManifestEntryChange
            {
                Os = "windows", Architecture = "arm64", Variant = "v8", OsVersion = "10.0.20348.1", OsFeatures = ["win32k"], Features = ["sse4"], Annotations = Pairs("k", "v"),
            },
        });

        using var json = JsonDocument.Parse(list.RawManifest);
        var entry = json.RootElement.GetProperty("manifests")[0];
        Assert.Equal(image.Digest.ToString(), entry.GetProperty("digest").GetString());
        Assert.Equal("v", entry.GetProperty("annotations").GetProperty("k").GetString());
        var platform = entry.GetProperty("platform");
        Assert.Equal("windows arm64 v8 10.0.20348.1", string.Join(' ', ((string[])["os", "architecture", "variant", "os.version"]).Select(n => platform.GetProperty(n).GetString())));
        Assert.Equal("win32k", platform.GetProperty("os.features")[0].GetString());
        Assert.Equal("sse4", platform.GetProperty("features")[0].GetString());
    }

    [Fact]
    public async Task An_entry_is_annotated_and_removed_by_its_digest()
    {
        using var store = new TestStore();
        var amd = store.Add(TestImage.Create([100], "amd64"), ImageReference.Parse("app:amd"));
        var arm = store.Add(TestImage.Create([100], "arm"), ImageReference.Parse("app:arm"));
        var lists = Lists(store);
        await lists.CreateAsync(List, new ManifestListOptions { Images = ["app:amd", "app:arm"] });

        lists.Change(List, arm.Digest, new ManifestEntryChange { Variant = "v6", Annotations = Pairs("x", "1") });
        var changed = lists.Change(List, arm.Digest, new ManifestEntryChange { Annotations = Pairs("x", "") });
        var left = lists.RemoveEntry(List, amd.Digest);
        var error = Assert.Throws<ZLayerException>(() => lists.RemoveEntry(List, amd.Digest));

        Assert.Equal("linux/arm/v6", changed.Entries[1].Platform!.ToString());
        Assert.Empty(changed.Entries[1].Annotations);
        Assert.Equal([arm.Digest], left.Entries.Select(e => e.Digest));
        Assert.Equal(ZLayerErrorKind.ManifestNotFound, error.Kind);
    }

    [Fact]
    public async Task Nested_indexes_are_flattened_and_attestations_go_with_all_platforms_only()
    {
        using var store = new TestStore();
        var amd = store.Add(TestImage.Create([100], "amd64")) with { Platform = Platform.Parse("linux/amd64") };
        var arm = store.Add(TestImage.Create([100], "arm64")) with { Platform = Platform.Parse("linux/arm64") };
        var proof = store.Add(TestImage.Create([10], "unknown")) with
        {
            Platform = new Platform { Os = "unknown", Architecture = "unknown" },
            Annotations = new Dictionary<string, string> { ["vnd.docker.reference.type"] = "attestation-manifest", ["vnd.docker.reference.digest"] = amd.Digest.ToString() },
        };
        store.References.Set(ImageReference.Parse("multi:1"), store.AddIndex(store.AddIndex(amd, proof), arm));
        var lists = Lists(store);

        await lists.CreateAsync(List, new ManifestListOptions());
        var one = await lists.AddAsync(List, "multi:1", new ManifestEntryOptions { Platform = Platform.Parse("linux/arm64") });
        var all = await lists.AddAsync(List, "multi:1", new ManifestEntryOptions { AllPlatforms = true });
        var without = lists.RemoveEntry(List, amd.Digest);

        Assert.Equal([arm.Digest], one.Entries.Select(e => e.Digest));
        Assert.Equal([arm.Digest, amd.Digest, proof.Digest], all.Entries.Select(e => e.Digest));
        Assert.Equal(2, all.Platforms.Count);
        Assert.Equal([arm.Digest], without.Entries.Select(e => e.Digest));
    }

    [Fact]
    public async Task A_platform_that_an_image_does_not_have_is_named_with_those_that_it_has()
    {
        using var store = new TestStore();
        store.References.Set(ImageReference.Parse("multi:1"), store.AddIndex(
            store.Add(TestImage.Create([100], "s390x")) with { Platform = Platform.Parse("linux/s390x") },
            store.Add(TestImage.Create([100], "ppc64le")) with { Platform = Platform.Parse("linux/ppc64le") }));
        await Lists(store).CreateAsync(List, new ManifestListOptions());

        var error = await Assert.ThrowsAsync<ZLayerException>(() => Lists(store).AddAsync(List, "multi:1", new ManifestEntryOptions { Platform = Platform.Parse("linux/amd64") }));

        Assert.Equal(ZLayerErrorKind.PlatformNotAvailable, error.Kind);
        Assert.Contains("It has: linux/s390x, linux/ppc64le.", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Collection_keeps_the_images_of_a_list_and_tolerates_those_that_are_elsewhere()
    {
        using var store = new TestStore();
        var image = TestImage.Create([100], "amd64");
        var here = ImageReference.Parse("app:1");
        store.Add(image, here);
        await Lists(store).CreateAsync(List, new ManifestListOptions { Images = ["app:1"] });
        store.References.Remove(here);

        new Collector(store.Layout).Collect(new PruneOptions { Images = ImagePruning.Dangling, Layers = true, BuildCache = true });

        Assert.True(store.Content.Contains(image.Config.Digest) && store.Content.Contains(image.Layers[0].Descriptor.Digest));
        Assert.True(Lists(store).Get(List).Entries[0].IsLocal);
    }

    [SkippableFact]
    public async Task Remote_images_are_added_without_their_layers_and_pushed_from_where_they_are()
    {
        Skip.IfNot(RegistryFixture.IsInstalled, RegistryFixture.Reason);
        using var publisher = new TestStore();
        var image = TestImage.Create([5000, 6000], "arm64");
        await publisher.Pusher.PushAsync(publisher.Add(image), Name("origin/app:arm"), new PushOptions());
        using var store = new TestStore();
        store.Add(TestImage.Create([300], "amd64"), ImageReference.Parse("app:amd64"));
        var lists = Lists(store);

        var list = await lists.CreateAsync(Name("lists/app:1"), new ManifestListOptions { Images = ["app:amd64", Name("origin/app:arm").ToString()] });
        new Collector(store.Layout).Collect(new PruneOptions { Images = ImagePruning.Dangling, Layers = true, BuildCache = true });
        var again = Lists(store).Get(Name("lists/app:1"));
        var result = await lists.PushAsync(Name("lists/app:1"), null, new ManifestPushOptions());

        Assert.Equal([true, false], again.Entries.Select(e => e.IsLocal));
        Assert.Equal(Name("origin/app:arm").Name, again.Entries[1].Source);
        Assert.All(image.Layers, l => Assert.False(store.Content.Contains(l.Descriptor.Digest)));
        Assert.Equal(3, result.Mounted);
        Assert.Equal(list.Digest, result.Digest);
        using var fresh = new TestStore();
        await fresh.Puller.PullAsync(Name("lists/app:1"), new PullOptions { AllPlatforms = true });
        Assert.True(fresh.Content.Contains(image.Layers[1].Descriptor.Digest));
    }

    [SkippableFact]
    public async Task Images_of_another_registry_are_carried_over()
    {
        Skip.IfNot(RegistryFixture.IsInstalled, RegistryFixture.Reason);
        var other = await RegistryFixture.StartAsync();
        try
        {
            using var publisher = new TestStore();
            var image = TestImage.Create([5000, 6000], "arm64");
            var origin = ImageReference.Parse($"{other.Registry}/origin/app:1");
            await publisher.Pusher.PushAsync(publisher.Add(image), origin, new PushOptions());
            using var store = new TestStore();
            var lists = Lists(store);
            await lists.CreateAsync(List, new ManifestListOptions { Images = [origin.ToString()] });

            var result = await lists.PushAsync(List, Name("carried/app:1"), new ManifestPushOptions { RemoveLocal = true });

            Assert.Equal(3, result.Uploaded);
            Assert.Null(Lists(store).Find(List));
            using var fresh = new TestStore();
            await fresh.Puller.PullAsync(Name("carried/app:1"), new PullOptions { AllPlatforms = true });
            Assert.Equal(image.ManifestBytes, File.ReadAllBytes(fresh.Content.GetPath(image.Manifest.Digest)));
        }
        finally
        {
            await other.DisposeAsync();
        }
    }

    [Fact]
    public async Task An_image_that_is_nowhere_is_an_error_before_the_list_is_put()
    {
        using var store = new TestStore();
        var image = TestImage.Create([100], "amd64");
        store.Add(image, ImageReference.Parse("app:1"));
        await Lists(store).CreateAsync(List, new ManifestListOptions { Images = ["app:1"] });
        File.Delete(store.Content.GetPath(image.Layers[0].Descriptor.Digest));
        var target = new RecordingPushTarget();

        var error = await Assert.ThrowsAsync<ZLayerException>(() => Lists(store, target).PushAsync(List, null, new ManifestPushOptions()));

        Assert.Equal(ZLayerErrorKind.PushFailed, error.Kind);
        Assert.Contains(image.Manifest.Digest.ToString(), error.Message);
        Assert.Empty(target.Manifests);
    }

    [Fact]
    public async Task Additions_at_one_time_are_all_there_afterwards()
    {
        using var store = new TestStore();
        var names = Enumerable.Range(0, 12).Select(i => $"app:{i}").ToList();
        foreach (var name in names)
        {
            store.Add(TestImage.Create([50], $"cpu{name[4..]}"), ImageReference.Parse(name));
        }

        await Lists(store).CreateAsync(List, new ManifestListOptions());

        await Parallel.ForEachAsync(names, async (name, token) => await Lists(store).AddAsync(List, name, new ManifestEntryOptions(), cancellationToken: token));

        Assert.Equal(12, Lists(store).Get(List).Entries.Count);
    }

    [Fact]
    public async Task An_index_that_is_nested_too_deep_is_refused()
    {
        using var store = new TestStore();
        var index = store.AddIndex(store.Add(TestImage.Create([50])) with { Platform = Platform.Parse("linux/amd64") });
        for (var i = 0; i < 8; i++)
        {
            index = store.AddIndex(index);
        }

        store.References.Set(ImageReference.Parse("deep:1"), index);
        await Lists(store).CreateAsync(List, new ManifestListOptions());

        var error = await Assert.ThrowsAsync<ZLayerException>(() => Lists(store).AddAsync(List, "deep:1", new ManifestEntryOptions { AllPlatforms = true }));

        Assert.Equal(ZLayerErrorKind.InvalidManifest, error.Kind);
    }

    [Fact]
    public async Task An_empty_list_is_not_pushed()
    {
        using var store = new TestStore();
        await Lists(store).CreateAsync(List, new ManifestListOptions());

        var error = await Assert.ThrowsAsync<ZLayerException>(() => Lists(store, new RecordingPushTarget()).PushAsync(List, null, new ManifestPushOptions()));

        Assert.Equal(ZLayerErrorKind.InvalidArgument, error.Kind);
    }

    [Fact]
    public async Task The_list_alone_goes_where_its_images_are()
    {
        using var store = new TestStore();
        store.Add(TestImage.Create([100], "amd64"), ImageReference.Parse("app:1"));
        var list = await Lists(store).CreateAsync(List, new ManifestListOptions { Images = ["app:1"] });
        var target = new RecordingPushTarget();

        await Lists(store, target).PushAsync(List, null, new ManifestPushOptions { IncludeImages = false });

        Assert.Equal([$"manifest {List}"], target.Operations);
        Assert.Equal(list.RawManifest, System.Text.Encoding.UTF8.GetString(target.Manifests[List.ToString()].Bytes));
    }

    [Fact]
    public async Task Docker_and_OCI_images_mix_in_an_OCI_index_and_are_converted_for_a_Docker_list()
    {
        using var store = new TestStore();
        var layer = TestBlob.Random(100);
        var dockerLayer = TestBlob.Random(100, MediaTypes.DockerLayerGzip);
        var oci = TestImage.Create([layer], MediaTypes.OciManifest, Digest.Of([1]));
        var docker = TestImage.Create([dockerLayer], MediaTypes.DockerManifest, Digest.Of([2]));
        store.Add(oci, ImageReference.Parse("app:oci"));
        store.Add(docker, ImageReference.Parse("app:docker"));
        var lists = Lists(store);
        await lists.CreateAsync(List, new ManifestListOptions { Images = ["app:oci"] });
        await lists.AddAsync(List, "app:docker", new ManifestEntryOptions { Change = new ManifestEntryChange { Architecture = "arm64" } });
        var asOci = new RecordingPushTarget();
        var asDocker = new RecordingPushTarget();

        await Lists(store, asOci).PushAsync(List, null, new ManifestPushOptions { Format = ImageFormat.Oci });
        await Lists(store, asDocker).PushAsync(List, null, new ManifestPushOptions { Format = ImageFormat.Docker });

        var mixed = OciJson.ParseIndex(asOci.Manifests[List.ToString()].Bytes, "mixed");
        Assert.Equal((MediaTypes.OciIndex, MediaTypes.OciIndex), (mixed.MediaType, asOci.Manifests[List.ToString()].MediaType));
        Assert.Equal([MediaTypes.OciManifest, MediaTypes.DockerManifest], mixed.Manifests.Select(m => m.MediaType));
        var converted = OciJson.ParseIndex(asDocker.Manifests[List.ToString()].Bytes, "converted");
        Assert.Equal((MediaTypes.DockerManifestList, MediaTypes.DockerManifestList), (converted.MediaType, asDocker.Manifests[List.ToString()].MediaType));
        Assert.All(converted.Manifests, m => Assert.Equal(MediaTypes.DockerManifest, m.MediaType));
        Assert.Equal(docker.Manifest.Digest, converted.Manifests[1].Digest);
        var manifest = OciJson.ParseManifest(asDocker.Manifests[List.WithDigest(converted.Manifests[0].Digest).ToString()].Bytes, "manifest");
        Assert.Equal((MediaTypes.DockerConfig, oci.Config.Digest), (manifest.Config.MediaType, manifest.Config.Digest));
        Assert.Equal(MediaTypes.DockerLayerGzip, manifest.Layers[0].MediaType);
    }

    [Theory]
    [InlineData("annotations")]
    [InlineData("zstd")]
    public async Task What_a_Docker_list_cannot_hold_is_refused_before_anything_is_sent(string what)
    {
        using var store = new TestStore();
        store.Add(TestImage.Create([TestBlob.Random(100, what == "zstd" ? MediaTypes.OciLayerZstd : MediaTypes.OciLayerGzip)]), ImageReference.Parse("app:1"));
        await Lists(store).CreateAsync(List, new ManifestListOptions { Images = ["app:1"], Annotations = what == "annotations" ? Pairs("a", "b") : Pairs() });
        var target = new RecordingPushTarget();

        var error = await Assert.ThrowsAsync<ZLayerException>(() => Lists(store, target).PushAsync(List, null, new ManifestPushOptions { Format = ImageFormat.Docker }));

        Assert.Equal(ZLayerErrorKind.PushFailed, error.Kind);
        Assert.Contains(what, error.Message);
        Assert.Empty(target.Operations);
    }

    [SkippableTheory]
    [InlineData(ImageFormat.Oci)]
    [InlineData(ImageFormat.Docker)]
    public async Task Other_tools_read_the_pushed_list(ImageFormat format)
    {
        Skip.IfNot(RegistryFixture.IsInstalled && Programs.Find("skopeo") is not null, "needs docker-registry and skopeo");
        using var store = new TestStore();
        store.Add(TestImage.Create([TarLayer()], "amd64"), ImageReference.Parse("app:amd64"));
        store.Add(TestImage.Create([TarLayer()], "arm64"), ImageReference.Parse("app:arm64"));
        var name = Name($"read/{format.ToString().ToLowerInvariant()}:1");
        await Lists(store).CreateAsync(name, new ManifestListOptions { Images = ["app:amd64", "app:arm64"] });
        var result = await Lists(store).PushAsync(name, null, new ManifestPushOptions { Format = format });

        var raw = await Programs.RunAsync("skopeo", "inspect", "--raw", "--tls-verify=false", $"docker://{name}");
        using var json = JsonDocument.Parse(raw.Text);

        Assert.Equal(result.Digest, Digest.Of(System.Text.Encoding.UTF8.GetBytes(raw.Output)));
        Assert.Equal(2, json.RootElement.GetProperty("manifests").GetArrayLength());
        var directory = Directory.CreateTempSubdirectory("zlayer-list-");
        foreach (var architecture in (string[])["amd64", "arm64"])
        {
            var copied = await Programs.RunAsync(
                "skopeo", "--override-os", "linux", "--override-arch", architecture, "copy", "--src-tls-verify=false", $"docker://{name}", $"dir:{directory}/{architecture}");
            Assert.Equal(0, copied.ExitCode);
        }

        directory.Delete(recursive: true);
        var remote = await Lists(store).GetRemoteAsync(name);
        Assert.Equal(raw.Output, remote.RawManifest);
    }

    private static TestBlob TarLayer()
    {
        using var tar = new MemoryStream();
        using (var gzip = new System.IO.Compression.GZipStream(tar, System.IO.Compression.CompressionLevel.Fastest, leaveOpen: true))
        using (var writer = new System.Formats.Tar.TarWriter(gzip))
        {
            writer.WriteEntry(new System.Formats.Tar.PaxTarEntry(System.Formats.Tar.TarEntryType.RegularFile, "a") { DataStream = new MemoryStream([1, 2, 3]) });
        }

        return TestBlob.Of(tar.ToArray(), MediaTypes.OciLayerGzip);
    }

    private static Dictionary<string, string> Pairs(params string[] words)
        => words.Chunk(2).ToDictionary(pair => pair[0], pair => pair[1]);

    private ImageReference Name(string name) => ImageReference.Parse($"{registry.Registry}/{name}");

    // A new one each time: nothing is remembered but what is in the store.
    private static ManifestLists Lists(TestStore store, IPushTarget? target = null)
        => new(
            store.Layout, store.Parts, new ImageCatalog(store.Layout, store.Content, store.References, store.Layers),
            () => store.Client,
            () => new ImagePusher(target ?? store.Client, RegistryClientTests.Quick, store.Parts, store.Origins, registries: store.Client));
}
