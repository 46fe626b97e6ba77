using System.Diagnostics;
using ZLayer.Core.Errors;
using ZLayer.Core.Oci;
using ZLayer.Core.Registries;
using ZLayer.Core.Registries.Artifacts;
using ZLayer.Core.Tests.Engines;

namespace ZLayer.Core.Tests.Registries;

/// <summary>Artifacts, referrers, the catalog and deletion, on a real registry (which has no referrers API) and on one that has it.</summary>
public sealed class ArtifactTests(RegistryFixture server) : IClassFixture<RegistryFixture>, IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("zlayer-artifacts-").FullName;
    private readonly RegistryClient _client = RegistryClientTests.Create(RegistryClientTests.Quick);

    private ArtifactClient Artifacts => new(_client, RegistryClientTests.Quick);

    public void Dispose()
    {
        _client.Dispose();
        Directory.Delete(_directory, recursive: true);
    }

    [SkippableFact]
    public async Task Files_go_to_a_registry_and_come_back_under_their_names()
    {
        var reference = Name("files:1");
        var content = new ArtifactContent
        {
            ArtifactType = "application/vnd.test.report",
            Files = [Write("one.txt", "first"), Write("two.bin", new string('x', 300_000)) with { Name = "sub/two.bin", MediaType = "text/plain" }],
            Annotations = new Dictionary<string, string> { ["org.example.key"] = "value" },
        };

        var pushed = await Artifacts.PushAsync(reference, content);
        var paths = await Artifacts.PullAsync(reference, Path.Combine(_directory, "out"));

        var manifest = OciJson.ParseManifest((await _client.GetManifestAsync(reference)).Bytes.Span, "artifact");
        Assert.Equal(("application/vnd.test.report", MediaTypes.OciEmpty, null), (manifest.ArtifactType, manifest.Config.MediaType, manifest.Subject));
        Assert.Equal(["application/octet-stream", "text/plain"], manifest.Layers.Select(l => l.MediaType));
        Assert.Equal("value", manifest.Annotations!["org.example.key"]);
        Assert.Equal([Path.Combine(_directory, "out", "one.txt"), Path.Combine(_directory, "out", "sub", "two.bin")], paths);
        Assert.Equal("first", File.ReadAllText(paths[0]));
        Assert.Equal(300_000, new FileInfo(paths[1]).Length);
        Assert.Equal(pushed.Digest, (await _client.HeadManifestAsync(reference))!.Digest);
        // The same files make the same artifact.
        Assert.Equal(pushed.Digest, (await Artifacts.PushAsync(Name("files:2"), content)).Digest);
    }

    [SkippableFact]
    public async Task What_is_there_is_replaced_only_when_that_is_allowed()
    {
        await Artifacts.PushAsync(Name("replace:1"), new ArtifactContent { ArtifactType = "a/b", Files = [Write("f", "new")] });
        var target = Directory.CreateDirectory(Path.Combine(_directory, "out")).FullName;
        File.WriteAllText(Path.Combine(target, "f"), "old");

        var error = await Assert.ThrowsAsync<ZLayerException>(() => Artifacts.PullAsync(Name("replace:1"), target));
        Assert.Equal((ZLayerErrorKind.FileExists, "old"), (error.Kind, File.ReadAllText(Path.Combine(target, "f"))));

        await Artifacts.PullAsync(Name("replace:1"), target, overwrite: true);
        Assert.Equal("new", File.ReadAllText(Path.Combine(target, "f")));
    }

    [SkippableTheory]
    [InlineData("../escape")]
    [InlineData("/etc/escape")]
    [InlineData("a/../../escape")]
    [InlineData("c:\\escape")]
    [InlineData("link/escape")]
    public async Task A_title_that_leads_elsewhere_is_refused(string title)
    {
        var target = Directory.CreateDirectory(Path.Combine(_directory, "out")).FullName;
        Directory.CreateSymbolicLink(Path.Combine(target, "link"), _directory);
        await Artifacts.PushAsync(Name("escape:1"), new ArtifactContent { ArtifactType = "a/b", Files = [Write("f", title) with { Name = title }] });

        var error = await Assert.ThrowsAsync<ZLayerException>(() => Artifacts.PullAsync(Name("escape:1"), target));

        Assert.Equal(ZLayerErrorKind.InvalidManifest, error.Kind);
        Assert.False(File.Exists(Path.Combine(_directory, "escape")));
    }

    [SkippableTheory]
    [InlineData("report")]
    [InlineData("a/b/c")]
    [InlineData("a b/c")]
    public async Task What_is_no_artifact_type_is_refused_before_anything_is_sent(string type)
    {
        var error = await Assert.ThrowsAsync<ZLayerException>(() => Artifacts.PushAsync(Name("type:1"), new ArtifactContent { ArtifactType = type }));

        Assert.Equal(ZLayerErrorKind.InvalidArgument, error.Kind);
    }

    [SkippableFact]
    public async Task Artifacts_are_attached_listed_by_type_and_taken_from_the_list_when_they_are_deleted()
    {
        var image = TestImage.Create([100]);
        var reference = Name("attach:1");
        await image.PushAsync(_client, reference);
        var first = await Artifacts.AttachAsync(reference, new ArtifactContent { ArtifactType = "application/spdx+json", Files = [Write("sbom", "{}")] });
        await Task.WhenAll(Enumerable.Range(0, 5).Select(i => Artifacts.AttachAsync(
            reference, new ArtifactContent { ArtifactType = "application/vnd.test.note", Annotations = new Dictionary<string, string> { ["number"] = $"{i}" } })));

        var subject = reference.WithDigest(image.Manifest.Digest);
        Assert.Equal(6, (await ListAsync(subject)).Count);
        var sbom = Assert.Single(await ListAsync(subject, "application/spdx+json"));
        Assert.Equal(first.Digest, sbom.Digest);

        await RemoteImages.DeleteAsync(_client, first.Reference, default);

        Assert.Equal(5, (await ListAsync(subject)).Count);
        Assert.Empty(await ListAsync(Name("attach:1").WithDigest(Digest.Of("nobody"u8))));
    }

    [SkippableTheory]
    [InlineData(215)]
    [InlineData(255)]
    public async Task A_title_may_be_as_long_as_names_can_be(int length)
    {
        var title = new string('t', length);
        await Artifacts.PushAsync(Name("long:1"), new ArtifactContent { ArtifactType = "a/b", Files = [Write("f", "text") with { Name = title }] });

        var path = Assert.Single(await Artifacts.PullAsync(Name("long:1"), Path.Combine(_directory, "out")));

        Assert.Equal((title, "text"), (Path.GetFileName(path), File.ReadAllText(path)));
        Assert.Single(Directory.EnumerateFileSystemEntries(Path.Combine(_directory, "out")));
    }

    [SkippableFact]
    public async Task What_is_no_regular_file_is_not_replaced_even_where_files_are()
    {
        Skip.IfNot(Layers.Linux.IsRoot, "needs root");
        var target = Directory.CreateDirectory(Path.Combine(_directory, "out")).FullName;
        foreach (var type in (uint[])[ZLayer.Core.Foundation.Linux.LinuxFileStatus.CharacterDevice, ZLayer.Core.Foundation.Linux.LinuxFileStatus.Fifo])
        {
            var node = Path.Combine(target, "node");
            Layers.Linux.MakeNode(node, type, 1, 3);
            using var registry = Serve([new Descriptor
            {
                MediaType = "text/plain", Digest = Digest.Of("x"u8), Size = 1, Annotations = new Dictionary<string, string> { ["org.opencontainers.image.title"] = "node" },
            }]);

            await Assert.ThrowsAsync<ZLayerException>(() => Artifacts.PullAsync(FaultTests.Image(registry), target, overwrite: true));

            Assert.Equal(type, Layers.Linux.Status(node)!.Value.Type);
            File.Delete(node);
        }
    }

    [Fact]
    public async Task Thousands_of_titles_a_thousand_directories_deep_are_refused_at_once()
    {
        var layer = new Descriptor { MediaType = "text/plain", Digest = Digest.Of("x"u8), Size = 1 };
        using var registry = Serve([.. Enumerable.Range(0, 4000).Select(i => layer with
        {
            Annotations = new Dictionary<string, string> { ["org.opencontainers.image.title"] = string.Concat(Enumerable.Repeat("d/", 1000)) + i },
        })]);

        var error = await Assert.ThrowsAsync<ZLayerException>(() => Artifacts.PullAsync(FaultTests.Image(registry), Path.Combine(_directory, "out"))).WaitAsync(TimeSpan.FromSeconds(20));

        Assert.Equal(ZLayerErrorKind.InvalidManifest, error.Kind);
    }

    [Fact]
    public async Task Pulling_an_artifact_as_an_image_says_how_to_fetch_it()
    {
        using var store = new Storage.TemporaryStore();
        using var registry = Serve([]);
        var puller = new ImagePuller(_client, RegistryClientTests.Quick, new Core.Storage.StoreParts(store.Content, store.References, store.Layers, store.Leases), new BlobOrigins(store.Layout));

        var error = await Assert.ThrowsAsync<ZLayerException>(() => puller.PullAsync(FaultTests.Image(registry), new PullOptions()));

        Assert.Equal(ZLayerErrorKind.OperationNotSupported, error.Kind);
        Assert.Contains("an artifact of type 'application/vnd.test'", error.Message, StringComparison.Ordinal);
        Assert.Contains("artifact pull", error.Advice, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(415, "UNSUPPORTED")]
    [InlineData(400, "MANIFEST_INVALID")]
    public async Task A_registry_that_refuses_OCI_types_is_told_how_to_serve(int status, string code)
    {
        using var registry = new FakeRegistry(request => request.Method == "PUT"
            ? FakeResponse.Json($$"""{"errors":[{"code":"{{code}}","message":"no"}]}""", status)
            : new FakeResponse(200));
        var manifest = TestImage.Create([10]).ManifestBytes;

        var oci = await Assert.ThrowsAsync<ZLayerException>(() => _client.PutManifestAsync(FaultTests.Image(registry), manifest, MediaTypes.OciManifest));
        var docker = await Assert.ThrowsAsync<ZLayerException>(() => _client.PutManifestAsync(FaultTests.Image(registry), manifest, MediaTypes.DockerManifest));

        Assert.Contains("--format docker", oci.Advice, StringComparison.Ordinal);
        Assert.DoesNotContain("--format docker", docker.Advice, StringComparison.Ordinal);
    }

    internal static FakeRegistry Serve(IReadOnlyList<Descriptor> layers, byte[]? blob = null)
    {
        var manifest = OciJson.Serialize(new ImageManifest
        {
            MediaType = MediaTypes.OciManifest,
            ArtifactType = "application/vnd.test",
            Config = new Descriptor { MediaType = MediaTypes.OciEmpty, Digest = Digest.Of("{}"u8), Size = 2 },
            Layers = layers,
        });
        return new FakeRegistry(request => request.Path.Contains("/manifests/")
            ? new FakeResponse(200) { Body = manifest, Headers = { ["Content-Type"] = MediaTypes.OciManifest } }
            : request.Path.Contains("/blobs/") ? FakeResponse.Blob(blob ?? [], request)
            : new FakeResponse(200));
    }

    [Fact]
    public async Task A_registry_with_the_referrers_api_gets_no_tag_and_is_asked_page_by_page()
    {
        var entries = Enumerable.Range(0, 3).Select(i => new Descriptor
        {
            MediaType = MediaTypes.OciManifest, Digest = Digest.Of([(byte)i]), Size = 10, ArtifactType = i == 1 ? "b/b" : "a/a",
        }).ToList();
        using var registry = new FakeRegistry(request => request.Method switch
        {
            "PUT" => new FakeResponse(201) { Headers = { ["OCI-Subject"] = entries[0].Digest.ToString() } },
            _ when request.Path.Contains("/referrers/") && !request.Query.Contains("page=2") => Index([entries[0]])
                .WithHeader("Link", $"<{request.Path}?page=2>; rel=\"next\""),
            _ when request.Path.Contains("/referrers/") => Index(entries[1..]),
            _ => new FakeResponse(200),
        });
        var reference = FaultTests.Image(registry).WithDigest(entries[0].Digest);
        var manifest = OciJson.Serialize(new ImageManifest
        {
            MediaType = MediaTypes.OciManifest, Config = entries[1], Layers = [], Subject = entries[0],
        });

        await _client.PutManifestAsync(reference, manifest, MediaTypes.OciManifest);

        Assert.Equal(2, (await ListAsync(reference, "a/a")).Count);
        Assert.DoesNotContain(registry.Requests, r => r.Path.Contains("/manifests/sha256-"));
    }

    [SkippableFact]
    public async Task Oras_lists_and_fetches_what_was_attached_and_the_other_way_round()
    {
        Skip.If(RegistryFixture.Find("oras") is null, "oras is not installed");
        var image = TestImage.Create([100]);
        var reference = Name("oras:1");
        await image.PushAsync(_client, reference);
        await Artifacts.AttachAsync(reference, new ArtifactContent { ArtifactType = "application/vnd.test.ours", Files = [Write("ours.txt", "from zlayer")] });
        File.WriteAllText(Path.Combine(_directory, "theirs.txt"), "from oras");
        Run("attach", "--plain-http", "--artifact-type", "application/vnd.test.theirs", reference.ToString(), "theirs.txt");

        var listed = Run("discover", "--plain-http", "--format", "json", reference.ToString());
        var theirs = Assert.Single(await ListAsync(reference.WithDigest(image.Manifest.Digest), "application/vnd.test.theirs"));
        var paths = await Artifacts.PullAsync(reference.WithDigest(theirs.Digest), Path.Combine(_directory, "out"));

        Assert.Contains("application/vnd.test.ours", listed);
        Assert.Equal("from oras", File.ReadAllText(Assert.Single(paths)));
    }

    [SkippableFact]
    public async Task The_catalog_lists_repositories_and_tells_when_there_is_none()
    {
        await TestImage.Create([10]).PushAsync(_client, Name("catalog/a:1"));
        await TestImage.Create([10]).PushAsync(_client, Name("catalog/b:1"));
        using var without = new FakeRegistry(request => new FakeResponse(request.Path == "/v2/" ? 200 : 404));

        var names = new List<string>();
        await foreach (var name in _client.GetRepositoriesAsync(server.Registry))
        {
            names.Add(name);
        }

        Assert.Contains("catalog/a", names);
        Assert.Contains("catalog/b", names);
        var error = await Assert.ThrowsAsync<ZLayerException>(async () => await _client.GetRepositoriesAsync(without.Name).GetAsyncEnumerator().MoveNextAsync());
        Assert.Equal(ZLayerErrorKind.OperationNotSupported, error.Kind);
    }

    [SkippableFact]
    public async Task Deleting_by_digest_takes_every_tag_and_by_tag_takes_one_or_says_how()
    {
        var image = TestImage.Create([10]);
        await image.PushAsync(_client, Name("delete:1"));
        await image.PushAsync(_client, Name("delete:2"));

        var error = await Record.ExceptionAsync(() => RemoteImages.DeleteAsync(_client, Name("delete:1"), default));
        if (error is ZLayerException { Kind: ZLayerErrorKind.OperationNotSupported } refused)
        {
            Assert.Contains(image.Manifest.Digest.ToString(), refused.Advice);
        }
        else
        {
            Assert.Null(error);
            Assert.Null(await _client.HeadManifestAsync(Name("delete:1")));
        }

        Assert.NotNull(await _client.HeadManifestAsync(Name("delete:2")));
        await RemoteImages.DeleteAsync(_client, Name("delete:2").WithDigest(image.Manifest.Digest), default);
        Assert.Null(await _client.HeadManifestAsync(Name("delete:2")));
    }

    [SkippableFact]
    public async Task A_thousand_tags_are_inspected_in_order_with_bounded_connections()
    {
        var image = TestImage.Create([10]);
        await image.PushAsync(_client, Name("thousand:0000"));
        await Parallel.ForEachAsync(Enumerable.Range(1, 999), async (i, token) => await _client.PutManifestAsync(Name($"thousand:{i:0000}"), image.ManifestBytes, MediaTypes.OciManifest, token));
        var reader = new RegistryTagReader(_client, 16);

        var tags = new List<RegistryTag>();
        await foreach (var tag in reader.ListAsync(Name("thousand"), detailed: true, _ => true, warn: null, default))
        {
            tags.Add(tag);
        }

        Assert.Equal(await _client.GetTagsAsync(Name("thousand")).ToListAsync(), tags.Select(t => t.Name));
        Assert.Equal(1000, tags.DistinctBy(t => t.Name).Count());
        Assert.All(tags, tag => Assert.Equal((image.Manifest.Digest, 10L), (tag.Digest!.Value, tag.Size!.Value)));
    }

    private static FakeResponse Index(IReadOnlyList<Descriptor> entries)
        => new(200)
        {
            Body = OciJson.Serialize(new ImageIndex { MediaType = MediaTypes.OciIndex, Manifests = entries }),
            Headers = { ["Content-Type"] = MediaTypes.OciIndex },
        };

    private ImageReference Name(string name)
    {
        Skip.IfNot(RegistryFixture.IsInstalled, RegistryFixture.Reason);
        return ImageReference.Parse($"{server.Registry}/{name}");
    }

    private ArtifactFile Write(string name, string text)
    {
        var path = Path.Combine(_directory, name);
        File.WriteAllText(path, text);
        return new ArtifactFile(path);
    }

    private async Task<List<Descriptor>> ListAsync(ImageReference subject, string? type = null)
    {
        var found = new List<Descriptor>();
        await foreach (var referrer in _client.GetReferrersAsync(subject, type))
        {
            found.Add(referrer);
        }

        return found;
    }

    private string Run(params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(RegistryFixture.Find("oras")!, arguments)
        {
            RedirectStandardOutput = true, RedirectStandardError = true, WorkingDirectory = _directory,
        })!;
        var error = process.StandardError.ReadToEndAsync();
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        Assert.True(process.ExitCode == 0, error.Result);
        return output;
    }
}
