using ZLayer.Core.Errors;
using ZLayer.Core.Oci;
using ZLayer.Core.Registries;
using ZLayer.Core.Registries.Configuration;
using ZLayer.Core.Tests.Engines;

namespace ZLayer.Core.Tests.Registries;

/// <summary>Pulls that registries.conf sends elsewhere.</summary>
public sealed class MirrorTests(RegistryFixture server) : IClassFixture<RegistryFixture>
{
    private static readonly ImageReference Reference = ImageReference.Parse("reg.invalid/team/app:1");

    [SkippableFact]
    public async Task A_pull_comes_from_the_mirror_and_is_kept_under_the_name_that_was_asked_for()
    {
        Skip.IfNot(RegistryFixture.IsInstalled, RegistryFixture.Reason);
        var image = TestImage.Create([100_000, 200_000]);
        using var store = Store(new RegistryMirror { Location = $"{server.Registry}/cache" });
        await image.PushAsync(store.Client, ImageReference.Parse($"{server.Registry}/cache/team/app:1"));

        var pulled = await store.Puller.PullAsync(Reference, new PullOptions());

        Assert.Equal(image.Manifest.Digest, pulled.Digest);
        Assert.Equal(pulled, store.References.Find(Reference));
    }

    [SkippableFact]
    public async Task A_mirror_without_the_image_and_one_that_is_down_are_passed_over()
    {
        Skip.IfNot(RegistryFixture.IsInstalled, RegistryFixture.Reason);
        var image = TestImage.Create([50_000]);
        using var store = Store(
            new RegistryMirror { Location = $"127.0.0.1:{RegistryFixture.FreePort()}" },
            new RegistryMirror { Location = $"{server.Registry}/without" },
            new RegistryMirror { Location = $"{server.Registry}/with" });
        await image.PushAsync(store.Client, ImageReference.Parse($"{server.Registry}/with/team/app:1"));

        Assert.Equal(image.Manifest.Digest, (await store.Client.HeadManifestAsync(Reference))!.Digest);
        Assert.Equal(image.Manifest.Digest, (await store.Puller.PullAsync(Reference, new PullOptions())).Digest);
    }

    [SkippableFact]
    public async Task A_mirror_that_lies_is_found_out_and_the_registry_asked()
    {
        Skip.IfNot(RegistryFixture.IsInstalled, RegistryFixture.Reason);
        var image = TestImage.Create([50_000, 60_000]);
        using var liar = new FakeRegistry(request => request.Path switch
        {
            "/v2/" => new FakeResponse(200),
            var path when path.Contains("/manifests/") => new FakeResponse(200) { Body = image.ManifestBytes, Headers = { ["Content-Type"] = MediaTypes.OciManifest } },
            var path => new FakeResponse(200) { Body = new byte[path.EndsWith(image.Layers[0].Descriptor.Digest.Hex) ? 50_000 : path.EndsWith(image.Config.Digest.Hex) ? image.ConfigBytes.Length : 60_000] },
        });
        using var store = new TestStore(RegistryClientTests.Quick with
        {
            Rules = new RegistryRules([new RegistryRule
            {
                Prefix = "reg.invalid", Location = $"{server.Registry}/honest", Mirrors = [new RegistryMirror { Location = liar.Name }],
            }]),
        });
        await image.PushAsync(store.Client, ImageReference.Parse($"{server.Registry}/honest/team/app:1"));

        await store.Puller.PullAsync(Reference, new PullOptions());

        Assert.All(image.Layers, layer => Assert.Equal(layer.Content, store.Content.ReadDocument(layer.Descriptor.Digest, "layer")));
    }

    [SkippableFact]
    public async Task What_a_mirror_leaves_half_done_the_registry_finishes()
    {
        Skip.IfNot(RegistryFixture.IsInstalled, RegistryFixture.Reason);
        var blob = TestBlob.Random(300_000);
        using var broken = new FakeRegistry(request => request.Path == "/v2/" ? new FakeResponse(200)
            : request.Header("Range") is null ? new FakeResponse(200) { Body = blob.Content, CutAfter = 100_000 } : new FakeResponse(500));
        using var client = RegistryClientTests.Create(RegistryClientTests.Quick with
        {
            MaximumAttempts = 2,
            Rules = new RegistryRules([new RegistryRule
            {
                Prefix = "reg.invalid", Location = $"{server.Registry}/whole", Mirrors = [new RegistryMirror { Location = broken.Name }],
            }]),
        });
        await client.UploadBlobAsync(ImageReference.Parse($"{server.Registry}/whole/team/app"), blob.Source);

        Assert.Equal(blob.Content, await RegistryClientTests.DownloadAsync(client, Reference, blob.Descriptor));
    }

    [Fact]
    public async Task When_all_places_fail_the_error_is_the_registrys_own_and_the_details_name_the_mirrors()
    {
        using var client = RegistryClientTests.Create(RegistryClientTests.Quick with
        {
            Rules = new RegistryRules([new RegistryRule
            {
                Prefix = "reg.invalid",
                Location = $"127.0.0.1:{RegistryFixture.FreePort()}",
                Mirrors = [new RegistryMirror { Location = $"localhost:{RegistryFixture.FreePort()}" }],
            }]),
        });

        var error = await Assert.ThrowsAsync<ZLayerException>(() => client.GetManifestAsync(Reference));

        Assert.Equal(ZLayerErrorKind.RegistryUnreachable, error.Kind);
        Assert.Contains("mirror localhost:", Assert.Single(error.Details));
    }

    [Fact]
    public async Task A_blocked_registry_is_not_even_connected_to()
    {
        using var registry = new FakeRegistry(_ => new FakeResponse(200));
        using var client = RegistryClientTests.Create(RegistryClientTests.Quick with
        {
            Rules = new RegistryRules([new RegistryRule { Prefix = registry.Name, IsBlocked = true }]),
        });
        var reference = ImageReference.Parse($"{registry.Name}/app:1");

        foreach (var attempt in (Func<Task>[])
            [() => client.GetManifestAsync(reference), () => client.UploadBlobAsync(reference, TestBlob.Random(10).Source), () => client.PutManifestAsync(reference, new byte[2], MediaTypes.OciManifest)])
        {
            Assert.Equal(ZLayerErrorKind.RegistryBlocked, (await Assert.ThrowsAsync<ZLayerException>(attempt)).Kind);
        }

        Assert.Empty(registry.Requests);
    }

    [SkippableFact]
    public async Task A_host_that_is_insecure_by_rule_needs_no_certificate_that_verifies_and_others_still_do()
    {
        Skip.IfNot(RegistryFixture.IsInstalled, RegistryFixture.Reason);
        var tls = await RegistryFixture.StartAsync(withTls: true);
        try
        {
            using var client = RegistryClientTests.Create(RegistryClientTests.Quick with
            {
                Rules = new RegistryRules([new RegistryRule { Prefix = $"{tls.Registry}/open", IsInsecure = true }]),
            });
            var image = TestImage.Create([1000]);

            await image.PushAsync(client, ImageReference.Parse($"{tls.Registry}/open/app:1"));
            var error = await Assert.ThrowsAsync<ZLayerException>(() => image.PushAsync(client, ImageReference.Parse($"{tls.Registry}/closed/app:1")));

            Assert.Equal(ZLayerErrorKind.RegistryTlsFailed, error.Kind);
        }
        finally
        {
            await tls.DisposeAsync();
        }
    }

    private static TestStore Store(params RegistryMirror[] mirrors)
        => new(RegistryClientTests.Quick with { Rules = new RegistryRules([new RegistryRule { Prefix = "reg.invalid", Mirrors = mirrors }]) });
}
