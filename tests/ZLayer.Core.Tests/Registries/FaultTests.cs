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
    [InlineData("""{"schemaVersion":2,"config":null,"layers":[]}""")]
    [InlineData("null")]
    [InlineData("[]")]
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

    internal static FakeResponse ManifestAnswer() => new(200) { Body = Manifest, Headers = { ["Content-Type"] = MediaTypes.OciManifest } };
}
