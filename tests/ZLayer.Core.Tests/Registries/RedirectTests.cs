using ZLayer.Core.Errors;
using ZLayer.Core.Oci;
using ZLayer.Core.Registries;
using ZLayer.Core.Tests.Engines;

namespace ZLayer.Core.Tests.Registries;

/// <summary>Registries that send elsewhere: where to it is followed, and what is sent along.</summary>
public sealed class RedirectTests
{
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

        Assert.Equal(blob.Content, await RegistryClientTests.DownloadAsync(client, FaultTests.Image(registry), blob.Descriptor));

        Assert.NotNull(registry.Requests.Last(r => r.Path.Contains("/blobs/")).Header("Authorization"));
        Assert.Null(registry.Requests.Single(r => r.Path == "/storage").Header("Authorization"));
    }

    [Fact]
    public async Task A_redirect_within_the_registry_keeps_credentials()
    {
        using var registry = new FakeRegistry(request => request switch
        {
            { Path: "/v2/" } => new FakeResponse(401) { Headers = { ["WWW-Authenticate"] = "Basic realm=\"x\"" } },
            { Path: "/v2/moved" } => FaultTests.ManifestAnswer(),
            _ => new FakeResponse(302) { Headers = { ["Location"] = "/v2/moved" } },
        });
        using var client = WithPassword(registry, "opensesame");

        await client.GetManifestAsync(FaultTests.Image(registry));

        Assert.NotNull(registry.Requests.Single(r => r.Path == "/v2/moved").Header("Authorization"));
    }

    [Fact]
    public async Task What_a_registry_hides_from_strangers_is_asked_for_again_with_the_credential()
    {
        using var registry = new FakeRegistry(request => request switch
        {
            { Path: "/v2/" } => new FakeResponse(401) { Headers = { ["WWW-Authenticate"] = "Basic realm=\"x\"" } },
            _ when request.Header("Authorization") is null => new FakeResponse(404),
            _ => FaultTests.ManifestAnswer(),
        });
        using var client = WithPassword(registry, "opensesame");

        await client.GetManifestAsync(FaultTests.Image(registry));

        Assert.Equal(["/v2/"], registry.Requests.Skip(1).SkipLast(1).Select(request => request.Path));
    }

    [Fact]
    public async Task A_blob_whose_head_is_redirected_is_there()
    {
        using var registry = new FakeRegistry(request => request.Path == "/v2/"
            ? new FakeResponse(200)
            : new FakeResponse(307) { Headers = { ["Location"] = "https://cdn.invalid/signed-for-get-only" } });
        using var client = RegistryClientTests.Create(RegistryClientTests.Quick);
        var blob = TestBlob.Random(10);

        Assert.True(await client.BlobExistsAsync(FaultTests.Image(registry), blob.Descriptor));
        Assert.Equal(BlobUploadOutcome.Exists, await client.UploadBlobAsync(FaultTests.Image(registry), blob.Source));
    }

    [Fact]
    public async Task A_schema_1_image_is_said_to_be_too_old()
    {
        using var registry = new FakeRegistry(_ => FakeResponse.Json("""{"schemaVersion":1}""")
            .WithHeader("Content-Type", "application/vnd.docker.distribution.manifest.v1+prettyjws")
            .WithHeader("Docker-Content-Digest", Digest.Of("without signatures"u8).ToString()));
        using var client = RegistryClientTests.Create(RegistryClientTests.Quick);

        var error = await Assert.ThrowsAsync<ZLayerException>(() => client.GetManifestAsync(FaultTests.Image(registry)));

        Assert.Equal(ZLayerErrorKind.OperationNotSupported, error.Kind);
    }

    [Fact]
    public async Task A_redirect_loop_ends()
    {
        using var registry = new FakeRegistry(request => request.Path == "/v2/"
            ? new FakeResponse(200)
            : new FakeResponse(302) { Headers = { ["Location"] = request.Target } });
        using var client = RegistryClientTests.Create(RegistryClientTests.Quick);

        var error = await Assert.ThrowsAsync<ZLayerException>(() => client.GetManifestAsync(FaultTests.Image(registry)));

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

        Assert.Equal(blob.Content, await RegistryClientTests.DownloadAsync(client, FaultTests.Image(registry), foreign));
        Assert.Null(registry.Requests.Single(r => r.Path == "/mirror/layer").Header("Authorization"));
    }

    [SkippableFact]
    public async Task A_foreign_layer_of_a_registry_with_TLS_does_not_come_over_plain_HTTP()
    {
        Skip.IfNot(RegistryFixture.IsInstalled, RegistryFixture.Reason);
        var blob = TestBlob.Random(20_000, MediaTypes.DockerForeignLayerGzip);
        using var mirror = new FakeRegistry(request => FakeResponse.Blob(blob.Content, request));
        var registry = await RegistryFixture.StartAsync(withTls: true);
        try
        {
            using var client = RegistryClientTests.Create(RegistryClientTests.Quick with { TrustedCertificates = [registry.Certificate!] });
            var foreign = blob.Descriptor with { Urls = [$"http://{mirror.OtherName}/layer"] };

            var error = await Assert.ThrowsAsync<ZLayerException>(
                () => RegistryClientTests.DownloadAsync(client, ImageReference.Parse($"{registry.Registry}/team/app:1"), foreign));

            Assert.Equal(ZLayerErrorKind.RegistryProtocolError, error.Kind);
            Assert.Contains("a url of the layer that leads from a secure connection to http://", error.Message, StringComparison.Ordinal);
            Assert.Empty(mirror.Requests);
        }
        finally
        {
            await registry.DisposeAsync();
        }
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

        Assert.Equal(["a", "b", "c", "d"], await client.GetTagsAsync(FaultTests.Image(registry)).ToListAsync());
    }

    [Fact]
    public async Task A_repository_whose_tags_are_null_has_none()
    {
        using var registry = new FakeRegistry(_ => FakeResponse.Json("""{"name":"team/app","tags":null}"""));
        using var client = RegistryClientTests.Create(RegistryClientTests.Quick);

        Assert.Empty(await client.GetTagsAsync(FaultTests.Image(registry)).ToListAsync());
    }

    private static FakeResponse Page(string tags, string link)
        => FakeResponse.Json($$"""{"name":"team/app","tags":[{{tags}}]}""").WithHeader("Link", link);

    private static RegistryClient WithPassword(FakeRegistry registry, string password)
    {
        var session = new SessionCredentials();
        session.Set(registry.Name, RegistryCredential.FromPassword("ali", password));
        return new RegistryClient(RegistryClientTests.Quick, session);
    }
}
