using ZLayer.Core.Errors;
using ZLayer.Core.Oci;
using ZLayer.Core.Registries;
using ZLayer.Core.Tests.Engines;

namespace ZLayer.Core.Tests.Registries;

/// <summary>The client against a real registry.</summary>
public sealed class RegistryClientTests(RegistryFixture registry) : IClassFixture<RegistryFixture>
{
    [SkippableFact]
    public async Task A_pushed_image_is_pulled_back_byte_for_byte()
    {
        using var client = Connect();
        var image = TestImage.Create(layerSizes: [3_000_000, 10, 0]);
        var reference = Name("roundtrip");

        await image.PushAsync(client, reference);
        var manifest = await client.GetManifestAsync(reference);
        var layer = await DownloadAsync(client, reference, image.Layers[0].Descriptor);

        Assert.Equal(image.ManifestBytes, manifest.Bytes.ToArray());
        Assert.Equal(image.Manifest.Digest, manifest.Digest);
        Assert.Equal(MediaTypes.OciManifest, manifest.MediaType);
        Assert.Equal(image.Layers[0].Content, layer);
        Assert.Equal(image.ConfigBytes, await client.GetBlobAsync(reference, image.Config));
    }

    [SkippableFact]
    public async Task Head_gives_the_digest_without_the_content_and_null_for_what_is_not_there()
    {
        using var client = Connect();
        var image = TestImage.Create([100]);
        var reference = Name("head");
        await image.PushAsync(client, reference);

        var found = await client.HeadManifestAsync(reference);

        Assert.Equal(image.Manifest.Digest, found!.Digest);
        Assert.Equal(image.ManifestBytes.Length, found.Size);
        Assert.Null(await client.HeadManifestAsync(reference.WithTag("absent")));
        Assert.Null(await client.HeadManifestAsync(Name("nothing/here")));
    }

    [SkippableFact]
    public async Task Upload_skips_a_blob_that_the_repository_has()
    {
        using var client = Connect();
        var blob = TestBlob.Random(50_000);
        var repository = Name("twice");

        Assert.Equal(BlobUploadOutcome.Uploaded, await client.UploadBlobAsync(repository, blob.Source));
        Assert.Equal(BlobUploadOutcome.Exists, await client.UploadBlobAsync(repository, blob.Source));
        Assert.True(await client.BlobExistsAsync(repository, blob.Descriptor));
        Assert.False(await client.BlobExistsAsync(Name("elsewhere"), blob.Descriptor));
    }

    [SkippableFact]
    public async Task Upload_mounts_a_blob_from_another_repository_of_the_registry()
    {
        using var client = Connect();
        var blob = TestBlob.Random(50_000);
        await client.UploadBlobAsync(Name("origin"), blob.Source);
        var opened = 0;
        var source = blob.Source with
        {
            MountFrom = ["never-was-here", Name("origin").Repository],
            OpenAsync = token =>
            {
                opened++;
                return blob.Source.OpenAsync(token);
            },
        };

        Assert.Equal(BlobUploadOutcome.Mounted, await client.UploadBlobAsync(Name("mounted"), source));

        Assert.Equal(0, opened);
        Assert.Equal(blob.Content, await DownloadAsync(client, Name("mounted"), blob.Descriptor));
    }

    [SkippableFact]
    public async Task Upload_falls_back_to_the_session_when_a_mount_is_refused()
    {
        using var client = Connect();
        var blob = TestBlob.Random(50_000);

        var outcome = await client.UploadBlobAsync(Name("unmounted"), blob.Source with { MountFrom = ["not/there"] });

        Assert.Equal(BlobUploadOutcome.Uploaded, outcome);
        Assert.Equal(blob.Content, await DownloadAsync(client, Name("unmounted"), blob.Descriptor));
    }

    [SkippableFact]
    public async Task Upload_in_chunks_arrives_whole()
    {
        using var client = Connect(new RegistryOptions { UploadChunkSize = 100_000 });
        var blob = TestBlob.Random(350_001);

        await client.UploadBlobAsync(Name("chunks"), blob.Source);

        Assert.Equal(blob.Content, await DownloadAsync(client, Name("chunks"), blob.Descriptor));
    }

    [SkippableFact]
    public async Task Upload_of_other_content_than_the_digest_says_is_a_digest_mismatch()
    {
        using var client = Connect();
        var blob = TestBlob.Random(1000);
        var other = TestBlob.Random(1000);

        var error = await Assert.ThrowsAsync<ZLayerException>(
            () => client.UploadBlobAsync(Name("wrong"), blob.Source with { OpenAsync = other.Source.OpenAsync }));

        Assert.Equal(ZLayerErrorKind.DigestMismatch, error.Kind);
        Assert.False(await client.BlobExistsAsync(Name("wrong"), blob.Descriptor));
    }

    [SkippableFact]
    public async Task A_download_goes_on_where_the_offset_says()
    {
        using var client = Connect();
        var blob = TestBlob.Random(900_000);
        await client.UploadBlobAsync(Name("offset"), blob.Source);
        using var rest = new MemoryStream();

        await client.DownloadBlobAsync(Name("offset"), blob.Descriptor, rest, offset: 700_001);

        Assert.Equal(blob.Content[700_001..], rest.ToArray());
    }

    [SkippableTheory]
    [InlineData(0)]
    [InlineData(500)]
    [InlineData(700_000)]
    public async Task A_download_survives_connections_that_are_cut(long bytes)
    {
        using var direct = Connect();
        var blob = TestBlob.Random(2_500_000);
        await direct.UploadBlobAsync(Name("cut"), blob.Source);
        using var proxy = new CuttingProxy(registry.Port) { CutFromServerAfter = bytes, Cuts = 3 };
        using var client = Create(Quick);

        var content = await DownloadAsync(client, ImageReference.Parse($"{proxy.Name}/cut"), blob.Descriptor);

        Assert.Equal(blob.Content, content);
        Assert.True(proxy.Cuts <= 0, "the proxy did not cut");
    }

    [SkippableTheory]
    [InlineData(0, null)]
    [InlineData(1_000_000, null)]
    [InlineData(700_000, 300_000L)]
    public async Task An_upload_survives_connections_that_are_cut(long bytes, long? chunkSize)
    {
        using var direct = Connect();
        var blob = TestBlob.Random(2_500_000);
        using var proxy = new CuttingProxy(registry.Port) { CutFromClientAfter = bytes, Cuts = 2 };
        using var client = Create(Quick with { UploadChunkSize = chunkSize });

        var outcome = await client.UploadBlobAsync(ImageReference.Parse($"{proxy.Name}/cut-upload"), blob.Source);

        Assert.Equal(BlobUploadOutcome.Uploaded, outcome);
        Assert.True(proxy.Cuts <= 0, "the proxy did not cut");
        Assert.Equal(blob.Content, await DownloadAsync(direct, Name("cut-upload"), blob.Descriptor));
    }

    [SkippableFact]
    public async Task What_is_not_there_is_ImageNotFound_with_the_registrys_words()
    {
        using var client = Connect();

        var error = await Assert.ThrowsAsync<ZLayerException>(() => client.GetManifestAsync(Name("absent")));

        Assert.Equal(ZLayerErrorKind.ImageNotFound, error.Kind);
        Assert.Contains("manifest unknown", error.Message);
        Assert.Contains("absent", error.Subject);
        Assert.Contains("zlayer tags", error.Advice);
    }

    [SkippableFact]
    public async Task Tags_are_listed_and_a_deleted_manifest_is_gone()
    {
        using var client = Connect();
        var image = TestImage.Create([10]);
        foreach (var tag in (string[])["a", "b", "c"])
        {
            await image.PushAsync(client, Name("tagged").WithTag(tag));
        }

        Assert.Equal(["a", "b", "c"], await client.GetTagsAsync(Name("tagged")).OrderBy(t => t, StringComparer.Ordinal).ToListAsync());

        await client.DeleteManifestAsync(Name("tagged").WithDigest(image.Manifest.Digest));

        Assert.Null(await client.HeadManifestAsync(Name("tagged").WithTag("a")));
    }

    [SkippableFact]
    public async Task A_manifest_whose_blobs_are_missing_is_refused_with_the_registrys_words()
    {
        using var client = Connect();
        var image = TestImage.Create([10]);

        var error = await Assert.ThrowsAsync<ZLayerException>(
            () => client.PutManifestAsync(Name("hollow"), image.ManifestBytes, MediaTypes.OciManifest));

        Assert.Equal(ZLayerErrorKind.RegistryError, error.Kind);
        Assert.Contains("blob unknown", error.Message);
    }

    [SkippableFact]
    public async Task Basic_credentials_are_asked_for_accepted_and_refused()
    {
        Skip.IfNot(RegistryFixture.IsInstalled, RegistryFixture.Reason);
        var guarded = await RegistryFixture.StartAsync(withUsers: true);
        try
        {
            var session = new SessionCredentials();
            using var client = new RegistryClient(Quick, session);
            var image = TestImage.Create([1000]);
            var reference = ImageReference.Parse($"{guarded.Registry}/private:1");

            var anonymous = await Assert.ThrowsAsync<ZLayerException>(() => client.GetManifestAsync(reference));
            Assert.Equal(ZLayerErrorKind.RegistryAuthenticationFailed, anonymous.Kind);
            Assert.Contains($"zlayer login {guarded.Registry}", anonymous.Advice);

            var wrong = await Assert.ThrowsAsync<ZLayerException>(
                () => client.CheckAsync(guarded.Registry, RegistryCredential.FromPassword(RegistryFixture.User, "wrong-password")));
            Assert.Equal(ZLayerErrorKind.RegistryAuthenticationFailed, wrong.Kind);
            Assert.DoesNotContain("wrong-password", wrong.ToString());

            var right = RegistryCredential.FromPassword(RegistryFixture.User, RegistryFixture.Password);
            var connection = await client.CheckAsync(guarded.Registry, right);
            Assert.Equal(("Basic", RegistryFixture.User), (connection.Authentication, connection.Username));

            session.Set(guarded.Registry, right);
            await image.PushAsync(client, reference);
            Assert.Equal(image.Manifest.Digest, (await client.GetManifestAsync(reference)).Digest);
        }
        finally
        {
            await guarded.DisposeAsync();
        }
    }

    [SkippableFact]
    public async Task Tls_on_loopback_is_found_and_its_certificate_checked()
    {
        Skip.IfNot(RegistryFixture.IsInstalled, RegistryFixture.Reason);
        var secure = await RegistryFixture.StartAsync(withTls: true);
        try
        {
            var image = TestImage.Create([200_000]);
            var reference = ImageReference.Parse($"localhost:{secure.Port}/tls:1");
            using (var stranger = Create(Quick))
            {
                var error = await Assert.ThrowsAsync<ZLayerException>(() => stranger.GetManifestAsync(reference));
                Assert.Equal(ZLayerErrorKind.RegistryTlsFailed, error.Kind);
                Assert.Contains("not trusted", error.Message);
            }

            using (var trusting = Create(Quick with { TrustedCertificates = [secure.Certificate!] }))
            {
                await image.PushAsync(trusting, reference);
                Assert.Equal(image.Layers[0].Content, await DownloadAsync(trusting, reference, image.Layers[0].Descriptor));
            }

            using (var careless = Create(Quick with { SkipCertificateCheck = true }))
            {
                Assert.Equal(Uri.UriSchemeHttps, (await careless.CheckAsync(reference.Registry)).Endpoint.Scheme);
            }

            var directory = Directory.CreateTempSubdirectory("zlayer-certs-");
            try
            {
                File.WriteAllText(Path.Combine(directory.CreateSubdirectory(reference.Registry).FullName, "ca.crt"), secure.Certificate!.ExportCertificatePem());
                using var configured = Create(Quick with { CertificateDirectories = ["/nowhere", directory.FullName] });
                Assert.NotNull(await configured.HeadManifestAsync(reference));
            }
            finally
            {
                directory.Delete(recursive: true);
            }
        }
        finally
        {
            await secure.DisposeAsync();
        }
    }

    [SkippableFact]
    public async Task Plain_http_that_sends_on_to_tls_is_reached_there_with_credentials()
    {
        Skip.IfNot(RegistryFixture.IsInstalled, RegistryFixture.Reason);
        var secure = await RegistryFixture.StartAsync(withUsers: true, withTls: true);
        try
        {
            using var plain = new FakeRegistry(
                request => new FakeResponse(301) { Headers = { ["Location"] = $"https://{secure.Registry}{request.Target}" } });
            var session = new SessionCredentials();
            session.Set(plain.Name, RegistryCredential.FromPassword(RegistryFixture.User, RegistryFixture.Password));
            using var client = new RegistryClient(Quick with { TrustedCertificates = [secure.Certificate!] }, session);
            var image = TestImage.Create([1000]);
            var reference = ImageReference.Parse($"{plain.Name}/moved:1");

            await image.PushAsync(client, reference);

            Assert.Equal(image.Manifest.Digest, (await client.HeadManifestAsync(reference))!.Digest);
            Assert.All(plain.Requests, r => Assert.Null(r.Header("Authorization")));
        }
        finally
        {
            await secure.DisposeAsync();
        }
    }

    [Fact]
    public async Task Nobody_listening_is_RegistryUnreachable_at_once()
    {
        using var client = Create(new RegistryOptions { RetryDelay = TimeSpan.FromSeconds(20) });

        var error = await Assert.ThrowsAsync<ZLayerException>(
            () => client.GetManifestAsync(ImageReference.Parse($"127.0.0.1:{RegistryFixture.FreePort()}/a")).WaitAsync(TimeSpan.FromSeconds(15)));

        Assert.Equal(ZLayerErrorKind.RegistryUnreachable, error.Kind);
        Assert.NotNull(error.Advice);
    }

    internal static RegistryOptions Quick { get; } = new() { RetryDelay = TimeSpan.FromMilliseconds(5), ProgressTimeout = TimeSpan.FromSeconds(20) };

    internal static RegistryClient Create(RegistryOptions options) => new(options, new SessionCredentials());

    internal static async Task<byte[]> DownloadAsync(RegistryClient client, ImageReference repository, Descriptor blob)
    {
        using var memory = new MemoryStream();
        await client.DownloadBlobAsync(repository, blob, memory);
        return memory.ToArray();
    }

    private RegistryClient Connect(RegistryOptions? options = null)
    {
        Skip.IfNot(RegistryFixture.IsInstalled, RegistryFixture.Reason);
        return Create(options ?? Quick);
    }

    private ImageReference Name(string repository) => ImageReference.Parse($"{registry.Registry}/{repository}:1");
}
