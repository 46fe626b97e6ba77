using System.Text;
using ZLayer.Core.Errors;
using ZLayer.Core.Images.Documents;
using ZLayer.Core.Oci;
using ZLayer.Core.Registries;
using ZLayer.Core.Registries.Artifacts;

namespace ZLayer.Core.Tests.Registries;

/// <summary>Answers that no honest registry gives: each ends, soon, in an error that says what is wrong.</summary>
public sealed class HostileRegistryTests : IDisposable
{
    private const string Layer = "application/vnd.oci.image.layer.v1.tar+gzip";

    private Func<FakeRequest, FakeResponse> _answer = _ => new FakeResponse(404);
    private readonly FakeRegistry _server;
    private readonly TestStore _store = new();

    public HostileRegistryTests() => _server = new FakeRegistry(request => _answer(request));

    private ImageReference Image => ImageReference.Parse($"{_server.Name}/team/app:1");

    public void Dispose()
    {
        _server.Dispose();
        _store.Dispose();
    }

    [Theory]
    [InlineData("circle", "in a circle")]
    [InlineData("same", "the same page again")]
    [InlineData("empty", "empty pages")]
    public async Task A_listing_without_an_end_is_given_up(string kind, string why)
    {
        var pages = 0;
        _answer = request => Page(
            kind switch { "same" => """{"tags":["a","b"]}""", "empty" => """{"tags":[]}""", _ => $$"""{"tags":["t{{pages}}"]}""" },
            $"/v2/team/app/tags/list?n=1000&last={(kind == "circle" ? pages++ % 3 : pages++)}");

        var error = await Assert.ThrowsAsync<ZLayerException>(ListTagsAsync);

        Assert.Equal(ZLayerErrorKind.RegistryProtocolError, error.Kind);
        Assert.Contains(why, error.Message);
        Assert.InRange(_server.Requests.Count, 2, 1_001);
    }

    [Fact]
    public async Task A_page_that_leads_to_itself_is_the_last()
    {
        _answer = _ => Page("""{"tags":["a"]}""", "/v2/team/app/tags/list?n=1000");

        Assert.Equal(["a"], await ListTagsAsync());
        Assert.Single(_server.Requests);
    }

    [Fact]
    public async Task A_catalog_and_referrers_without_an_end_are_given_up()
    {
        var pages = 0;
        _answer = request => request.Path == "/v2/_catalog"
            ? Page("""{"repositories":["a"]}""", $"/v2/_catalog?last={pages++}")
            : Page($$"""{"manifests":[{"mediaType":"a/b","digest":"{{Digest.Of([])}}","size":1}]}""", request.Path + $"?last={pages++}")
                .WithHeader("Content-Type", MediaTypes.OciIndex);

        var catalog = await Assert.ThrowsAsync<ZLayerException>(async () => await _store.Client.GetRepositoriesAsync(_server.Name).ToListAsync());
        var referrers = await Assert.ThrowsAsync<ZLayerException>(
            async () => await _store.Client.GetReferrersAsync(Image.WithDigest(Digest.Of([1]))).ToListAsync());

        Assert.Contains("does not end", catalog.Message);
        Assert.Contains("does not end", referrers.Message);
    }

    [Fact]
    public async Task A_link_whose_path_looks_like_a_host_is_not_followed()
    {
        _answer = _ => Page("""{"tags":["a"]}""", $"http://{_server.Name}//{_server.OtherName}/v2/");

        Assert.Equal(["a"], await ListTagsAsync());
    }

    [Theory]
    [InlineData("""{"tags":[null]}""", "tags[0] is null")]
    [InlineData("""{"tags":["a","\ud800"]}""", "not valid Unicode")]
    [InlineData("""{"tags":7}""", "tags")]
    [InlineData("null", "null")]
    [InlineData("[]", "another type")]
    public async Task A_listing_that_is_not_one_says_what_is_wrong(string body, string why)
    {
        _answer = _ => FakeResponse.Json(body);

        var error = await Assert.ThrowsAsync<ZLayerException>(ListTagsAsync);

        Assert.Equal(ZLayerErrorKind.RegistryProtocolError, error.Kind);
        Assert.Contains(why, error.Message);
    }

    [Theory]
    [InlineData("""{"tags":null}""")]
    [InlineData("""{"name":null}""")]
    public async Task A_repository_without_tags_lists_none(string body)
    {
        _answer = _ => FakeResponse.Json(body);

        Assert.Empty(await ListTagsAsync());
    }

    [Theory]
    [InlineData("""{"errors":[null]}""")]
    [InlineData("""{"errors":[{"code":null,"message":null}]}""")]
    [InlineData("""{"errors":{"code":"X"}}""")]
    [InlineData("""{"errors":[{"code":"\ud800","message":"\udfff"}]}""")]
    [InlineData("""{"message":{"a":"\ud800"}}""")]
    public async Task An_error_that_is_none_leaves_the_status(string body)
    {
        _answer = _ => FakeResponse.Json(body, 400);

        var error = await Assert.ThrowsAsync<ZLayerException>(() => _store.Puller.PullAsync(Image, new PullOptions()));

        Assert.Equal(ZLayerErrorKind.RegistryError, error.Kind);
        Assert.Contains("400", error.Message);
    }

    [Theory]
    [InlineData("""{"token":"a\r\nX-Other: b"}""")]
    [InlineData("""{"token":"a b"}""")]
    [InlineData("""{"token":"\u00e9"}""")]
    [InlineData("""{"token":"","access_token":"a\n"}""")]
    [InlineData("""{"token":null}""")]
    [InlineData("""{"token":["a"]}""")]
    [InlineData("""{"token":"\ud800"}""")]
    [InlineData("null")]
    public async Task A_token_that_cannot_be_sent_is_no_token(string body)
    {
        _answer = request => request.Path == "/token"
            ? FakeResponse.Json(body)
            : FakeResponse.Json("{}", 401).WithHeader("WWW-Authenticate", $"Bearer realm=\"http://{request.Header("Host")}/token\",service=\"s\"");

        var error = await Assert.ThrowsAsync<ZLayerException>(() => _store.Puller.PullAsync(Image, new PullOptions()));

        Assert.Equal(ZLayerErrorKind.RegistryProtocolError, error.Kind);
        Assert.Contains("holds no token", error.Message);
    }

    [Fact]
    public async Task A_stored_token_that_cannot_be_sent_is_told()
    {
        _answer = request => FakeResponse.Json("{}", 401).WithHeader("WWW-Authenticate", $"Bearer realm=\"http://{request.Header("Host")}/token\"");
        var session = new SessionCredentials();
        session.Set(_server.Name, new RegistryCredential { RegistryToken = "a\r\nX-Other: b" });
        using var store = new TestStore(credentials: session);

        var error = await Assert.ThrowsAsync<ZLayerException>(() => store.Puller.PullAsync(Image, new PullOptions()));

        Assert.Equal(ZLayerErrorKind.RegistryAuthenticationFailed, error.Kind);
        Assert.DoesNotContain("X-Other", error.ToString());
    }

    [Theory]
    [InlineData("http://[")]
    [InlineData("//")]
    [InlineData("http://:99999/")]
    public async Task A_redirect_to_no_address_is_an_error_of_the_registry(string location)
    {
        _answer = _ => new FakeResponse(307) { Headers = { ["Location"] = location } };

        var error = await Assert.ThrowsAsync<ZLayerException>(() => _store.Puller.PullAsync(Image, new PullOptions()));

        Assert.NotEqual(ZLayerErrorKind.InternalError, error.Kind);
    }

    [Fact]
    public async Task A_config_that_claims_ten_gibibytes_is_refused_before_it_is_asked_for()
    {
        const long TenGiB = 10L << 30;
        var manifest = Encoding.UTF8.GetBytes($$"""
            {"schemaVersion":2,"config":{"mediaType":"{{MediaTypes.OciConfig}}","digest":"{{Digest.Of([1])}}","size":{{TenGiB}} },
             "layers":[{"mediaType":"{{Layer}}","digest":"{{Digest.Of([2])}}","size":1}]}
            """);
        _answer = request => request.Path.Contains("/manifests/")
            ? new FakeResponse(200) { Body = manifest, Headers = { ["Content-Type"] = MediaTypes.OciManifest } }
            : new FakeResponse(200) { ClaimedLength = TenGiB, StallAfter = 0 };

        var error = await Assert.ThrowsAsync<ZLayerException>(() => _store.Puller.PullAsync(Image, new PullOptions()));

        Assert.Equal(ZLayerErrorKind.InvalidManifest, error.Kind);
        Assert.Contains($"{TenGiB} bytes", error.Message);
        Assert.DoesNotContain(_server.Requests, request => request.Path.Contains("/blobs/"));
    }

    [Fact]
    public void Sizes_that_add_up_to_more_than_a_number_can_hold_are_refused()
    {
        string Claim(long size) => $"{{\"mediaType\":\"a/b\",\"digest\":\"{Digest.Of([2])}\",\"size\":{size}}}";
        var manifest = Encoding.UTF8.GetBytes($"{{\"config\":{Claim(1)},\"layers\":[{Claim(long.MaxValue)},{Claim(long.MaxValue)}]}}");

        var error = Assert.Throws<ZLayerException>(() => OciJson.ParseManifest(manifest, "app:1"));

        Assert.Contains("more than 32 TiB", error.Message);
    }

    [Theory]
    [InlineData("ca.crt")]
    [InlineData("client.cert")]
    public async Task A_certificate_that_is_none_is_named(string name)
    {
        var directory = Directory.CreateDirectory(Path.Combine(_store.Layout.Root, "certs.d", "reg.example:1")).FullName;
        File.WriteAllText(Path.Combine(directory, name), "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n");
        using var client = RegistryClientTests.Create(RegistryClientTests.Quick with { CertificateDirectories = [Path.GetDirectoryName(directory)!] });

        var error = await Assert.ThrowsAsync<ZLayerException>(() => client.GetManifestAsync(ImageReference.Parse("reg.example:1/app:1")));

        Assert.Equal(ZLayerErrorKind.StorageReadFailed, error.Kind);
        Assert.Contains(name, error.Message);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Indexes_that_name_each_other_many_times_are_each_read_once(bool allPlatforms)
    {
        var image = TestImage.Create([10]);
        var documents = new Dictionary<string, byte[]> { [image.Manifest.Digest.ToString()] = image.ManifestBytes };
        var level = Enumerable.Repeat(image.Manifest with { Platform = allPlatforms ? null : Platform.Host }, 1_000).ToArray();
        for (var depth = 0; depth < 3; depth++)
        {
            var index = OciJson.Serialize(new ImageIndex { MediaType = MediaTypes.OciIndex, Manifests = level });
            documents[Digest.Of(index).ToString()] = index;
            documents["1"] = index;
            level = [.. Enumerable.Repeat(new Descriptor { MediaType = MediaTypes.OciIndex, Digest = Digest.Of(index), Size = index.Length }, 1_000)];
        }

        _answer = request => request.Path.Contains("/manifests/")
            ? new FakeResponse(200) { Body = documents[request.Path.Split('/')[^1]], Headers = { ["Content-Type"] = OciJson.DetectMediaType(documents[request.Path.Split('/')[^1]])! } }
            : FakeResponse.Blob(request.Path.EndsWith(image.Config.Digest.ToString()) ? image.ConfigBytes : image.Layers[0].Content, request);

        await _store.Puller.PullAsync(Image, new PullOptions { AllPlatforms = allPlatforms });

        Assert.InRange(_server.Requests.Count, 6, 8);
        Assert.True(_store.Puller.IsStored(_store.References.Find(Image)!, new PullOptions { AllPlatforms = allPlatforms }, "app"));
    }

    [Fact]
    public async Task An_index_that_needs_very_many_documents_to_find_a_platform_in_is_refused()
    {
        var entries = Enumerable.Range(0, 1_000).Select(i => new Descriptor
        {
            MediaType = MediaTypes.OciManifest, Digest = Digest.Of(BitConverter.GetBytes(i)), Size = 2,
        });
        var index = OciJson.Serialize(new ImageIndex { MediaType = MediaTypes.OciIndex, Manifests = [.. entries] });
        _answer = request => request.Path.EndsWith("/1")
            ? new FakeResponse(200) { Body = index, Headers = { ["Content-Type"] = MediaTypes.OciIndex } }
            : new FakeResponse(404);

        await Assert.ThrowsAsync<ZLayerException>(() => _store.Puller.PullAsync(Image, new PullOptions()));

        Assert.InRange(_server.Requests.Count, 1, 300);
        var target = new Descriptor { MediaType = MediaTypes.OciIndex, Digest = Digest.Of(index), Size = index.Length };
        _store.Content.Write(index);
        var walk = new DocumentWalk(new StoreDocuments(_store.Content, "app"), "app");
        var error = await Assert.ThrowsAsync<ZLayerException>(() => walk.ImagesAsync(target, default));
        Assert.Contains("more than 256", error.Message);
    }

    [Theory]
    [InlineData(5_000, "longer than a file's can be")]
    [InlineData(256, "longer than a file's can be")]
    [InlineData(255, null)]
    public void A_title_is_no_longer_than_the_name_of_a_file(int length, string? why)
    {
        var title = new string('a', length);

        if (why is null)
        {
            Assert.Equal(Path.Combine("/d", "s", title), ArtifactPath.Resolve("/d", "s/" + title, Digest.Of([]), Image));
            return;
        }

        var error = Assert.Throws<ZLayerException>(() => ArtifactPath.Resolve("/d", "s/" + title, Digest.Of([]), Image));
        Assert.Contains(why, error.Message);
        Assert.InRange(error.Message.Length, 1, 400);
    }

    [Theory]
    [InlineData("a\nb")]
    [InlineData("a\u001b[2Jb")]
    [InlineData("a\0b")]
    public void A_title_with_control_characters_is_refused(string title)
        => Assert.DoesNotContain(
            Assert.Throws<ZLayerException>(() => ArtifactPath.Resolve("/d", title, Digest.Of([]), Image)).Message, char.IsControl);

    [Theory]
    [InlineData("f", "f", "two files of that name")]
    [InlineData("f", "f/g", "lies in a directory of that name")]
    public async Task Files_of_one_artifact_do_not_take_each_others_places(string first, string second, string why)
    {
        var blob = TestBlob.Random(10);
        Descriptor Titled(string title) => blob.Descriptor with { Annotations = new Dictionary<string, string> { ["org.opencontainers.image.title"] = title } };
        var manifest = OciJson.Serialize(new ImageManifest
        {
            MediaType = MediaTypes.OciManifest, ArtifactType = "a/b", Config = blob.Descriptor, Layers = [Titled(first), Titled(second)],
        });
        _answer = request => request.Path.Contains("/manifests/")
            ? new FakeResponse(200) { Body = manifest, Headers = { ["Content-Type"] = MediaTypes.OciManifest } }
            : FakeResponse.Blob(blob.Content, request);
        var target = Path.Combine(_store.Layout.Root, "out");

        var error = await Assert.ThrowsAsync<ZLayerException>(
            () => new ArtifactClient(_store.Client, RegistryClientTests.Quick).PullAsync(Image, target));

        Assert.Equal(ZLayerErrorKind.InvalidManifest, error.Kind);
        Assert.Contains(why, error.Message);
        Assert.False(Directory.Exists(target));
    }

    private async Task<List<string>> ListTagsAsync() => await _store.Client.GetTagsAsync(Image).ToListAsync();

    private static FakeResponse Page(string body, string next) => FakeResponse.Json(body).WithHeader("Link", $"<{next}>; rel=\"next\"");
}
