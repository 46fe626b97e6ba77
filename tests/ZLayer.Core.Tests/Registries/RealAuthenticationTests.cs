using System.Security.Cryptography.X509Certificates;
using ZLayer.Core.Errors;
using ZLayer.Core.Oci;
using ZLayer.Core.Registries;
using ZLayer.Core.Registries.Copying;
using ZLayer.Core.Tests.Engines;

namespace ZLayer.Core.Tests.Registries;

/// <summary>A real registry with a token service, and one for clients with certificates.</summary>
public sealed class RealAuthenticationTests
{
    [SkippableFact]
    public async Task Push_copy_and_pull_ask_a_token_service_for_the_rights_of_each_repository()
    {
        Skip.IfNot(RegistryFixture.IsInstalled, RegistryFixture.Reason);
        using var issuer = new TokenIssuer();
        var registry = await RegistryFixture.StartAsync(issuer: issuer);
        try
        {
            using var store = new TestStore(null, Login(registry));
            var image = TestImage.Create([1000, 200_000]);
            var (first, second) = (ImageReference.Parse($"{registry.Registry}/team/one:1"), ImageReference.Parse($"{registry.Registry}/team/two:1"));
            store.Add(image);

            await store.Pusher.PushAsync(image.Manifest, first, new PushOptions());
            var copy = await new ImageCopier(store.Client, RegistryClientTests.Quick).CopyAsync(first, second, new CopyOptions());
            using var other = new TestStore(null, Login(registry));
            await other.Puller.PullAsync(second, new PullOptions());

            Assert.Equal((3, 0), (copy.Mounted, copy.Uploaded));
            Assert.Contains("repository:team/two:pull,push", issuer.Scopes);
            Assert.Contains("repository:team/one:pull", issuer.Scopes);
            Assert.DoesNotContain(issuer.Scopes, scope => scope.Contains('*') && !scope.StartsWith("registry:", StringComparison.Ordinal));
        }
        finally
        {
            await registry.DisposeAsync();
        }
    }

    [SkippableFact]
    public async Task Without_the_right_to_push_the_error_is_one_of_access()
    {
        Skip.IfNot(RegistryFixture.IsInstalled, RegistryFixture.Reason);
        using var issuer = new TokenIssuer(scope => !scope.Contains("push", StringComparison.Ordinal));
        var registry = await RegistryFixture.StartAsync(issuer: issuer);
        try
        {
            using var client = new RegistryClient(RegistryClientTests.Quick, Login(registry));

            var error = await Assert.ThrowsAsync<ZLayerException>(
                () => TestImage.Create([10]).PushAsync(client, ImageReference.Parse($"{registry.Registry}/team/app:1")));

            Assert.Equal(ZLayerErrorKind.RegistryAccessDenied, error.Kind);
        }
        finally
        {
            await registry.DisposeAsync();
        }
    }

    [SkippableFact]
    public async Task A_client_certificate_of_certs_d_is_shown_to_its_registry()
    {
        Skip.IfNot(RegistryFixture.IsInstalled, RegistryFixture.Reason);
        using var mine = RegistryFixture.MakeCertificate();
        var registry = await RegistryFixture.StartAsync(withTls: true, clientAuthority: mine);
        var directory = Directory.CreateTempSubdirectory("zlayer-certs-").FullName;
        try
        {
            var certificates = Directory.CreateDirectory(Path.Combine(directory, registry.Registry)).FullName;
            File.WriteAllText(Path.Combine(certificates, "ca.crt"), registry.Certificate!.ExportCertificatePem());
            var image = TestImage.Create([1000]);
            var reference = ImageReference.Parse($"{registry.Registry}/team/app:1");

            using (var without = RegistryClientTests.Create(RegistryClientTests.Quick with { CertificateDirectories = [directory], MaximumAttempts = 1 }))
            {
                await Assert.ThrowsAsync<ZLayerException>(() => image.PushAsync(without, reference));
            }

            File.WriteAllText(Path.Combine(certificates, "client.cert"), mine.ExportCertificatePem());
            File.WriteAllText(Path.Combine(certificates, "client.key"), mine.GetECDsaPrivateKey()!.ExportPkcs8PrivateKeyPem());
            using var client = RegistryClientTests.Create(RegistryClientTests.Quick with { CertificateDirectories = [directory] });
            await image.PushAsync(client, reference);
            Assert.Equal(image.Manifest.Digest, (await client.HeadManifestAsync(reference))!.Digest);
        }
        finally
        {
            Directory.Delete(directory, recursive: true);
            await registry.DisposeAsync();
        }
    }

    private static SessionCredentials Login(RegistryFixture registry)
    {
        var session = new SessionCredentials();
        session.Set(registry.Registry, RegistryCredential.FromPassword(RegistryFixture.User, RegistryFixture.Password));
        return session;
    }
}
