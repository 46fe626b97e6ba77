using System.Diagnostics;
using ZLayer.Core.Errors;
using ZLayer.Core.Oci;
using ZLayer.Core.Registries;

namespace ZLayer.Core.Tests.Registries;

/// <summary>Registries that fail, lie, stall and send elsewhere.</summary>
public sealed class FaultTests
{
    private static readonly byte[] Manifest = TestImage.Create([10]).ManifestBytes;

    [Theory]
    [InlineData(500)]
    [InlineData(502)]
    [InlineData(503)]
    [InlineData(504)]
    [InlineData(429)]
    [InlineData(408)]
    public async Task A_burst_of_temporary_failures_is_waited_out(int status)
    {
        var failures = 3;
        using var registry = new FakeRegistry(_ => failures-- > 0 ? new FakeResponse(status) : ManifestAnswer());
        // The probe for /v2/ takes the first failure in its stride.
        using var client = RegistryClientTests.Create(RegistryClientTests.Quick);

        var manifest = await client.GetManifestAsync(Image(registry));

        Assert.Equal(Manifest, manifest.Bytes.ToArray());
    }

    [Theory]
    [InlineData(500, ZLayerErrorKind.RegistryError)]
    [InlineData(503, ZLayerErrorKind.RegistryError)]
    [InlineData(429, ZLayerErrorKind.RegistryRateLimited)]
    [InlineData(403, ZLayerErrorKind.RegistryAccessDenied)]
    [InlineData(401, ZLayerErrorKind.RegistryAuthenticationFailed)]
    [InlineData(404, ZLayerErrorKind.ImageNotFound)]
    [InlineData(400, ZLayerErrorKind.RegistryError)]
    [InlineData(405, ZLayerErrorKind.OperationNotSupported)]
    public async Task A_failure_that_stays_has_its_kind_and_the_registrys_words(int status, ZLayerErrorKind kind)
    {
        using var registry = new FakeRegistry(
            _ => FakeResponse.Json("""{"errors":[{"code":"SOMETHING","message":"the moon is\u0007 full"}]}""", status));
        using var client = RegistryClientTests.Create(RegistryClientTests.Quick with { MaximumAttempts = 3 });

        var error = await Assert.ThrowsAsync<ZLayerException>(() => client.GetManifestAsync(Image(registry)));

        Assert.Equal(kind, error.Kind);
        Assert.Contains("the moon is  full", error.Message);
        Assert.Contains(Image(registry).Repository, error.Subject);
        Assert.False(string.IsNullOrEmpty(error.Advice));
        var isTemporary = status is 500 or 503 or 429;
        Assert.Equal(isTemporary ? 3 : 1, registry.Requests.Count(r => r.Path.Contains("manifests")));
    }

    [Fact]
    public async Task Retry_after_is_honoured()
    {
        var first = true;
        using var registry = new FakeRegistry(request =>
        {
            if (request.Path == "/v2/" || !first)
            {
                return ManifestAnswer();
            }

            first = false;
            return new FakeResponse(429) { Headers = { ["Retry-After"] = "1" } };
        });
        using var client = RegistryClientTests.Create(RegistryClientTests.Quick);
        var started = Stopwatch.GetTimestamp();

        await client.GetManifestAsync(Image(registry));

        Assert.True(Stopwatch.GetElapsedTime(started) >= TimeSpan.FromSeconds(0.99));
    }

    [Fact]
    public async Task A_Retry_after_beyond_the_ceiling_fails_at_once_and_says_how_long()
    {
        using var registry = new FakeRegistry(_ => new FakeResponse(429) { Headers = { ["Retry-After"] = "7200" } });
        using var client = RegistryClientTests.Create(RegistryClientTests.Quick);

        var error = await Assert.ThrowsAsync<ZLayerException>(() => client.GetManifestAsync(Image(registry)));

        Assert.Equal(TimeSpan.FromHours(2), error.RetryAfter);
        Assert.Contains("7200 s", error.Advice);
        Assert.Single(registry.Requests, r => r.Path.Contains("manifests"));
    }

    [Theory]
    [InlineData(-1)]
    [InlineData(0)]
    [InlineData(100)]
    public async Task A_manifest_that_breaks_off_is_asked_for_again(int cutAfter)
    {
        var cuts = 2;
        using var registry = new FakeRegistry(
            request => request.Path != "/v2/" && cuts-- > 0 ? ManifestAnswer() with { CutAfter = cutAfter } : ManifestAnswer());
        using var client = RegistryClientTests.Create(RegistryClientTests.Quick);

        Assert.Equal(Manifest, (await client.GetManifestAsync(Image(registry))).Bytes.ToArray());
    }

    [Fact]
    public async Task Connections_that_always_break_are_RegistryUnreachable_in_the_end()
    {
        using var registry = new FakeRegistry(request => ManifestAnswer() with { CutAfter = request.Path == "/v2/" ? null : -1 });
        using var client = RegistryClientTests.Create(RegistryClientTests.Quick with { MaximumAttempts = 3 });

        var error = await Assert.ThrowsAsync<ZLayerException>(() => client.GetManifestAsync(Image(registry)));

        Assert.Equal(ZLayerErrorKind.RegistryUnreachable, error.Kind);
        // The platform itself repeats what fails on a pooled connection, a few times for each attempt of ours.
        Assert.InRange(registry.Requests.Count(r => r.Path.Contains("manifests")), 3, 15);
    }

    [Fact]
    public async Task A_blob_is_continued_with_ranges_however_often_it_breaks()
    {
        var blob = TestBlob.Random(1_000_000);
        using var registry = new FakeRegistry(request => request.Path == "/v2/"
            ? new FakeResponse(200)
            : FakeResponse.Blob(blob.Content, request) with { CutAfter = 150_000 });
        using var client = RegistryClientTests.Create(RegistryClientTests.Quick with { MaximumAttempts = 2 });

        var content = await RegistryClientTests.DownloadAsync(client, Image(registry), blob.Descriptor);

        Assert.Equal(blob.Content, content);
        Assert.Contains(registry.Requests, r => r.Header("Range") is not null);
    }

    [Fact]
    public async Task A_server_that_ignores_ranges_is_read_from_the_start()
    {
        var blob = TestBlob.Random(300_000);
        using var registry = new FakeRegistry(_ => new FakeResponse(200) { Body = blob.Content });
        using var client = RegistryClientTests.Create(RegistryClientTests.Quick);
        using var rest = new MemoryStream();

        await client.DownloadBlobAsync(Image(registry), blob.Descriptor, rest, offset: 250_000);

        Assert.Equal(blob.Content[250_000..], rest.ToArray());
    }

    [Fact]
    public async Task A_transfer_that_stands_still_is_broken_off_and_continued()
    {
        var blob = TestBlob.Random(500_000);
        var stalls = 1;
        using var registry = new FakeRegistry(request => request.Path == "/v2/"
            ? new FakeResponse(200)
            : FakeResponse.Blob(blob.Content, request) with { StallAfter = stalls-- > 0 ? 200_000 : null });
        using var client = RegistryClientTests.Create(RegistryClientTests.Quick with { ProgressTimeout = TimeSpan.FromMilliseconds(300) });

        Assert.Equal(blob.Content, await RegistryClientTests.DownloadAsync(client, Image(registry), blob.Descriptor));
    }

    [Theory]
    [InlineData(10)]
    [InlineData(-10)]
    public async Task A_blob_of_another_length_is_a_digest_mismatch_before_it_is_fetched(int difference)
    {
        var blob = TestBlob.Random(100_000);
        using var registry = new FakeRegistry(_ => new FakeResponse(200) { Body = blob.Content });
        using var client = RegistryClientTests.Create(RegistryClientTests.Quick);
        using var written = new MemoryStream();

        var error = await Assert.ThrowsAsync<ZLayerException>(
            () => client.DownloadBlobAsync(Image(registry), blob.Descriptor with { Size = 100_000 + difference }, written));

        Assert.Equal(ZLayerErrorKind.DigestMismatch, error.Kind);
        Assert.Equal(0, written.Length);
    }

    [Fact]
    public async Task A_layer_with_a_wrong_digest_leaves_nothing_in_the_store()
    {
        var (image, wrong) = (TestImage.Create([50_000]), TestBlob.Random(50_000));
        using var registry = new FakeRegistry(request => Serve(image, request, _ => wrong.Content));
        using var store = new TestStore();

        var error = await Assert.ThrowsAsync<ZLayerException>(() => store.Puller.PullAsync(Image(registry), new PullOptions()));

        Assert.Equal(ZLayerErrorKind.DigestMismatch, error.Kind);
        Assert.Contains(image.Layers[0].Descriptor.Digest.ToString(), error.Subject);
        Assert.False(store.Content.Contains(image.Layers[0].Descriptor.Digest));
        Assert.False(store.Content.Contains(image.Manifest.Digest));
        Assert.Empty(store.PartialFiles());
        Assert.Null(store.References.Find(Image(registry)));
    }

    [Fact]
    public async Task A_manifest_with_another_digest_than_asked_for_or_announced_is_refused()
    {
        using var registry = new FakeRegistry(
            _ => ManifestAnswer().WithHeader("Docker-Content-Digest", Digest.Of("other"u8).ToString()));
        using var client = RegistryClientTests.Create(RegistryClientTests.Quick);

        var announced = await Assert.ThrowsAsync<ZLayerException>(() => client.GetManifestAsync(Image(registry)));
        var asked = await Assert.ThrowsAsync<ZLayerException>(() => client.GetManifestAsync(Image(registry).WithDigest(Digest.Of("another"u8))));

        Assert.Equal(ZLayerErrorKind.DigestMismatch, announced.Kind);
        Assert.Equal(ZLayerErrorKind.DigestMismatch, asked.Kind);
    }

    [Theory]
    [InlineData("""{"schemaVersion":2,"mediaType":"application/vnd.oci.image.manifest.v1+json","config":{"mediaType":"a","dig""")]
    [InlineData("""{"schemaVersion":2,"mediaType":"application/vnd.oci.image.manifest.v1+json","layers":[]}""")]
    [InlineData("""{"schemaVersion":2,"config":{"mediaType":"a","digest":"sha256:zz","size":1},"layers":[]}""")]
    [InlineData("""{"schemaVersion":2,"config":{"mediaType":"a","digest":"sha256:0000000000000000000000000000000000000000000000000000000000000000","size":-5},"layers":[]}""")]
    [InlineData("""{"schemaVersion":2,"config":{"mediaType":"a","digest":"sha256:0000000000000000000000000000000000000000000000000000000000000000","size":1},"layers":[null]}""")]
    public async Task Manifests_that_are_damaged_are_InvalidManifest(string json)
    {
        using var registry = new FakeRegistry(_ => FakeResponse.Json(json).WithHeader("Content-Type", MediaTypes.OciManifest));
        using var store = new TestStore();

        var error = await Assert.ThrowsAsync<ZLayerException>(() => store.Puller.PullAsync(Image(registry), new PullOptions()));

        Assert.Equal(ZLayerErrorKind.InvalidManifest, error.Kind);
        Assert.Null(store.References.Find(Image(registry)));
    }

    [Fact]
    public async Task A_web_page_in_place_of_a_manifest_is_told_from_one()
    {
        using var registry = new FakeRegistry(_ => new FakeResponse(200) { Body = "<html>welcome</html>"u8.ToArray(), Headers = { ["Content-Type"] = "text/html" } });
        using var store = new TestStore();

        var error = await Assert.ThrowsAsync<ZLayerException>(() => store.Puller.PullAsync(Image(registry), new PullOptions()));

        Assert.Equal(ZLayerErrorKind.OperationNotSupported, error.Kind);
        Assert.Contains("text/html", error.Message);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_manifest_without_end_is_not_read_to_the_end(bool announced)
    {
        var body = new byte[OciJson.MaximumDocumentSize + 1_000_000];
        using var registry = new FakeRegistry(_ => announced
            ? new FakeResponse(200) { ClaimedLength = 1L << 40 }
            : new FakeResponse(200) { Body = body, Headers = { ["Content-Type"] = MediaTypes.OciManifest } });
        using var client = RegistryClientTests.Create(RegistryClientTests.Quick);

        var error = await Assert.ThrowsAsync<ZLayerException>(() => client.GetManifestAsync(Image(registry)));

        Assert.Equal(ZLayerErrorKind.RegistryProtocolError, error.Kind);
    }

    [Fact]
    public async Task An_endless_error_page_is_cut()
    {
        var page = new byte[5_000_000];
        Array.Fill(page, (byte)'x');
        using var registry = new FakeRegistry(_ => new FakeResponse(400) { Body = page, Headers = { ["Content-Type"] = "text/plain" } });
        using var client = RegistryClientTests.Create(RegistryClientTests.Quick);

        var error = await Assert.ThrowsAsync<ZLayerException>(() => client.GetManifestAsync(Image(registry)));

        Assert.True(error.Message.Length < 2000);
    }

    [Fact]
    public async Task A_redirect_to_another_host_is_followed_without_credentials()
    {
        var blob = TestBlob.Random(10_000);
        FakeRegistry? self = null;
        using var registry = self = new FakeRegistry(request => request switch
        {
            { Path: "/v2/" } => new FakeResponse(401) { Headers = { ["WWW-Authenticate"] = "Basic realm=\"x\"" } },
            { Path: "/storage" } => FakeResponse.Blob(blob.Content, request),
            _ => new FakeResponse(307) { Headers = { ["Location"] = $"http://{self!.OtherName}/storage?sig=abc" } },
        });
        using var client = WithPassword(registry, "opensesame");

        Assert.Equal(blob.Content, await RegistryClientTests.DownloadAsync(client, Image(registry), blob.Descriptor));

        Assert.NotNull(registry.Requests.Single(r => r.Path.Contains("/blobs/")).Header("Authorization"));
        Assert.Null(registry.Requests.Single(r => r.Path == "/storage").Header("Authorization"));
    }

    [Fact]
    public async Task A_redirect_within_the_registry_keeps_credentials()
    {
        using var registry = new FakeRegistry(request => request switch
        {
            { Path: "/v2/" } => new FakeResponse(401) { Headers = { ["WWW-Authenticate"] = "Basic realm=\"x\"" } },
            { Path: "/v2/moved" } => ManifestAnswer(),
            _ => new FakeResponse(302) { Headers = { ["Location"] = "/v2/moved" } },
        });
        using var client = WithPassword(registry, "opensesame");

        await client.GetManifestAsync(Image(registry));

        Assert.NotNull(registry.Requests.Single(r => r.Path == "/v2/moved").Header("Authorization"));
    }

    [Fact]
    public async Task A_blob_whose_head_is_redirected_is_there()
    {
        using var registry = new FakeRegistry(request => request.Path == "/v2/"
            ? new FakeResponse(200)
            : new FakeResponse(307) { Headers = { ["Location"] = "https://cdn.invalid/signed-for-get-only" } });
        using var client = RegistryClientTests.Create(RegistryClientTests.Quick);
        var blob = TestBlob.Random(10);

        Assert.True(await client.BlobExistsAsync(Image(registry), blob.Descriptor));
        Assert.Equal(BlobUploadOutcome.Exists, await client.UploadBlobAsync(Image(registry), blob.Source));
    }

    [Fact]
    public async Task A_schema_1_image_is_said_to_be_too_old()
    {
        using var registry = new FakeRegistry(_ => FakeResponse.Json("""{"schemaVersion":1}""")
            .WithHeader("Content-Type", "application/vnd.docker.distribution.manifest.v1+prettyjws")
            .WithHeader("Docker-Content-Digest", Digest.Of("without signatures"u8).ToString()));
        using var client = RegistryClientTests.Create(RegistryClientTests.Quick);

        var error = await Assert.ThrowsAsync<ZLayerException>(() => client.GetManifestAsync(Image(registry)));

        Assert.Equal(ZLayerErrorKind.OperationNotSupported, error.Kind);
    }

    [Fact]
    public async Task A_redirect_loop_ends()
    {
        using var registry = new FakeRegistry(request => request.Path == "/v2/"
            ? new FakeResponse(200)
            : new FakeResponse(302) { Headers = { ["Location"] = request.Target } });
        using var client = RegistryClientTests.Create(RegistryClientTests.Quick);

        var error = await Assert.ThrowsAsync<ZLayerException>(() => client.GetManifestAsync(Image(registry)));

        Assert.Equal(ZLayerErrorKind.RegistryProtocolError, error.Kind);
        Assert.InRange(registry.Requests.Count, 5, 20);
    }

    [Fact]
    public async Task A_foreign_layer_comes_from_its_url_without_credentials_and_verified()
    {
        var blob = TestBlob.Random(20_000, MediaTypes.DockerForeignLayerGzip);
        FakeRegistry? self = null;
        using var registry = self = new FakeRegistry(request => request switch
        {
            { Path: "/v2/" } => new FakeResponse(401) { Headers = { ["WWW-Authenticate"] = "Basic realm=\"x\"" } },
            { Path: "/mirror/layer" } => FakeResponse.Blob(blob.Content, request),
            _ => FakeResponse.Json("""{"errors":[{"code":"BLOB_UNKNOWN","message":"blob unknown"}]}""", 404),
        });
        using var client = WithPassword(registry, "opensesame");
        var foreign = blob.Descriptor with { Urls = ["ftp://nowhere/x", $"http://{self.OtherName}/absent", $"http://{self.OtherName}/mirror/layer"] };

        Assert.Equal(blob.Content, await RegistryClientTests.DownloadAsync(client, Image(registry), foreign));
        Assert.Null(registry.Requests.Single(r => r.Path == "/mirror/layer").Header("Authorization"));
    }

    [Fact]
    public async Task Tags_come_page_by_page_and_a_link_elsewhere_is_not_followed()
    {
        using var registry = new FakeRegistry(request => request switch
        {
            { Path: "/v2/" } => new FakeResponse(200),
            { Query: "n=1000" } => Page("\"a\",\"b\"", "</v2/team/app/tags/list?n=1000&last=b>; rel=\"next\""),
            { Query: "n=1000&last=b" } => Page("\"c\"", "</v2/team/app/tags/list?n=1000&last=c>; rel=next"),
            { Query: "n=1000&last=c" } => Page("\"d\"", "<https://evil.example/v2/team/app/tags/list>; rel=\"next\""),
            _ => new FakeResponse(404),
        });
        using var client = RegistryClientTests.Create(RegistryClientTests.Quick);

        Assert.Equal(["a", "b", "c", "d"], await client.GetTagsAsync(Image(registry)).ToListAsync());
    }

    [Fact]
    public async Task A_repository_whose_tags_are_null_has_none()
    {
        using var registry = new FakeRegistry(_ => FakeResponse.Json("""{"name":"team/app","tags":null}"""));
        using var client = RegistryClientTests.Create(RegistryClientTests.Quick);

        Assert.Empty(await client.GetTagsAsync(Image(registry)).ToListAsync());
    }

    [Fact]
    public async Task An_upload_goes_on_where_the_registry_says_it_stopped()
    {
        var blob = TestBlob.Random(900_000);
        var broken = true;
        var received = new List<byte>();
        using var registry = new FakeRegistry(request =>
        {
            switch (request.Method)
            {
                case "HEAD":
                    return new FakeResponse(404);
                case "POST":
                    return new FakeResponse(202) { Headers = { ["Location"] = "/v2/team/app/blobs/uploads/1?state=a" } };
                case "PUT" when broken:
                    broken = false;
                    received.AddRange(request.Body[..400_000]);
                    return new FakeResponse(201) { CutAfter = -1 };
                case "GET" when request.Path.EndsWith("/1", StringComparison.Ordinal):
                    return new FakeResponse(204) { Headers = { ["Range"] = "0-399999", ["Location"] = "/v2/team/app/blobs/uploads/1?state=b" } };
                case "PATCH":
                    received.AddRange(request.Body);
                    return new FakeResponse(202) { Headers = { ["Location"] = "/v2/team/app/blobs/uploads/1?state=c" } };
                default:
                    return new FakeResponse(request.Path == "/v2/" ? 200 : 201);
            }
        });
        using var client = RegistryClientTests.Create(RegistryClientTests.Quick);

        await client.UploadBlobAsync(Image(registry), blob.Source);

        Assert.Equal(blob.Content, received);
        var patch = registry.Requests.Single(r => r.Method == "PATCH");
        Assert.Equal(("400000-899999", "state=b"), (patch.Header("Content-Range"), patch.Query));
        Assert.Equal($"state=c&digest={blob.Descriptor.Digest}", registry.Requests.Last(r => r.Method == "PUT").Query);
    }

    [Fact]
    public async Task A_registry_that_refuses_long_bodies_gets_chunks()
    {
        var blob = TestBlob.Random(40_000_000);
        var received = 0;
        using var registry = new FakeRegistry(request =>
        {
            received += request.Method == "PATCH" ? request.Body.Length : 0;
            return request switch
            {
                { Method: "HEAD" } => new FakeResponse(404),
                { Body.Length: > 17_000_000 } => new FakeResponse(413),
                { Method: "POST" or "PATCH" } => new FakeResponse(202) { Headers = { ["Location"] = "/v2/team/app/blobs/uploads/1" } },
                { Method: "PUT" } => new FakeResponse(201),
                _ => new FakeResponse(200),
            };
        });
        using var client = RegistryClientTests.Create(RegistryClientTests.Quick);

        Assert.Equal(BlobUploadOutcome.Uploaded, await client.UploadBlobAsync(Image(registry), blob.Source));
        Assert.Equal(40_000_000, received);
    }

    [Fact]
    public async Task An_upload_survives_a_burst_of_503()
    {
        var blob = TestBlob.Random(10_000);
        var failures = 3;
        using var registry = new FakeRegistry(request => request.Method switch
        {
            "HEAD" => new FakeResponse(404),
            "POST" => new FakeResponse(202) { Headers = { ["Location"] = "/v2/team/app/blobs/uploads/1" } },
            "PUT" => new FakeResponse(failures-- > 0 ? 503 : 201),
            "GET" when request.Path != "/v2/" => new FakeResponse(404),
            _ => new FakeResponse(200),
        });
        using var client = RegistryClientTests.Create(RegistryClientTests.Quick);

        Assert.Equal(BlobUploadOutcome.Uploaded, await client.UploadBlobAsync(Image(registry), blob.Source));
    }

    [Fact]
    public async Task A_name_that_does_not_resolve_is_said_to()
    {
        using var client = RegistryClientTests.Create(RegistryClientTests.Quick);

        var error = await Assert.ThrowsAsync<ZLayerException>(() => client.GetManifestAsync(ImageReference.Parse("no-such-host.invalid/a/b")));

        Assert.Equal(ZLayerErrorKind.RegistryUnreachable, error.Kind);
        Assert.Contains("no-such-host.invalid", error.Message);
    }

    internal static FakeResponse Serve(TestImage image, FakeRequest request, Func<TestBlob, byte[]>? layer = null)
    {
        if (request.Path.Contains("/manifests/"))
        {
            return new FakeResponse(200) { Body = image.ManifestBytes, Headers = { ["Content-Type"] = MediaTypes.OciManifest } };
        }

        if (request.Path.EndsWith(image.Config.Digest.Hex, StringComparison.Ordinal))
        {
            return FakeResponse.Blob(image.ConfigBytes, request);
        }

        return image.Layers.FirstOrDefault(l => request.Path.EndsWith(l.Descriptor.Digest.Hex, StringComparison.Ordinal)) is { } found
            ? FakeResponse.Blob(layer?.Invoke(found) ?? found.Content, request)
            : new FakeResponse(request.Path == "/v2/" ? 200 : 404);
    }

    internal static ImageReference Image(FakeRegistry registry) => ImageReference.Parse($"{registry.Name}/team/app:1");

    private static FakeResponse ManifestAnswer() => new(200) { Body = Manifest, Headers = { ["Content-Type"] = MediaTypes.OciManifest } };

    private static FakeResponse Page(string tags, string link)
        => FakeResponse.Json($$"""{"name":"team/app","tags":[{{tags}}]}""").WithHeader("Link", link);

    private static RegistryClient WithPassword(FakeRegistry registry, string password)
    {
        var session = new SessionCredentials();
        session.Set(registry.Name, RegistryCredential.FromPassword("ali", password));
        return new RegistryClient(RegistryClientTests.Quick, session);
    }
}
