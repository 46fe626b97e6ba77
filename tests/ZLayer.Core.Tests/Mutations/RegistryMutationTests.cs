using ZLayer.Core.Errors;
using ZLayer.Core.Oci;
using ZLayer.Core.Registries;
using ZLayer.Core.Registries.Configuration;
using ZLayer.Core.Tests.Registries;

namespace ZLayer.Core.Tests.Mutations;

/// <summary>What registries answer, and the files that say how they are reached, changed at random. Each is read through the front door of its room.</summary>
public sealed class RegistryMutationTests : IDisposable
{
    private const int Rounds = 150;

    private byte[] _body = [];
    private Func<FakeRequest, FakeResponse> _answer = _ => new FakeResponse(404);
    private readonly FakeRegistry _server;
    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("zlayer-mutations-");

    // An answer that breaks off is a matter of connections, not of documents: it is tried once.
    private readonly RegistryClient _client = new(RegistryClientTests.Quick with { MaximumAttempts = 1 }, new SessionCredentials());

    public RegistryMutationTests() => _server = new FakeRegistry(request => _answer(request));

    private ImageReference Image => ImageReference.Parse($"{_server.Name}/team/app:1");

    public void Dispose()
    {
        _client.Dispose();
        _server.Dispose();
        _directory.Delete(recursive: true);
    }

    [Fact]
    public void Listings()
    {
        _answer = _ => Json();
        Check(
            ["""{"name":"team/app","tags":["a","b"]}"""],
            async () => Assert.All(await _client.GetTagsAsync(Image).ToListAsync(), Assert.NotNull));
        Check(
            ["""{"repositories":["a","b"]}"""],
            async () => Assert.All(await _client.GetRepositoriesAsync(_server.Name).ToListAsync(), Assert.NotNull));
    }

    [Fact]
    public void Referrers()
    {
        var digest = Digest.Of([1]);
        _answer = _ => Json().WithHeader("Content-Type", MediaTypes.OciIndex);
        Check(
            [$$$"""{"schemaVersion":2,"manifests":[{"mediaType":"a/b","digest":"{{{digest}}}","size":3,"artifactType":"c/d","annotations":{"e":"f"}}]}"""],
            async () =>
            {
                foreach (var found in await _client.GetReferrersAsync(Image.WithDigest(digest)).ToListAsync())
                {
                    Assert.All(found.Annotations ?? new Dictionary<string, string>(), pair => Assert.NotNull(pair.Value));
                }
            });
    }

    [Fact]
    public void Errors()
    {
        _answer = _ => Json() with { Status = 400 };
        JsonMutations.Check(
            ["""{"errors":[{"code":"DENIED","message":"m","detail":{"a":[1]}}],"details":"d","message":"n"}"""],
            bytes =>
            {
                _body = bytes;
                var error = Assert.Throws<ZLayerException>(() => JsonMutations.Wait(_client.GetManifestAsync(Image)));
                Assert.DoesNotContain(error.Message, char.IsControl);
                Assert.NotEqual(ZLayerErrorKind.InternalError, error.Kind);
                if (error.Message.EndsWith("400 Status.", StringComparison.Ordinal))
                {
                    throw error; // Nothing was understood but the status.
                }
            },
            Rounds);
    }

    [Fact]
    public void Tokens()
    {
        _answer = request => request.Path == "/token" ? Json()
            : request.Header("Authorization") is null
                ? FakeResponse.Json("{}", 401).WithHeader("WWW-Authenticate", $"Bearer realm=\"http://{request.Header("Host")}/token\",service=\"s\"")
                : FakeResponse.Json("""{"tags":[]}""");
        JsonMutations.Check(
            ["""{"token":"abc.def","access_token":"ghi","expires_in":300,"issued_at":"2024-02-03T04:05:06Z","refresh_token":"r"}"""],
            bytes =>
            {
                _body = bytes;
                // A new client: a token is kept for its registry.
                using var client = new RegistryClient(RegistryClientTests.Quick with { MaximumAttempts = 1 }, new SessionCredentials());
                JsonMutations.Wait(client.GetTagsAsync(Image).ToListAsync().AsTask());
            },
            Rounds);
    }

    [Fact]
    public void Credentials()
    {
        var path = Path.Combine(_directory.FullName, "config.json");
        JsonMutations.Check(
            ["""
             {"auths":{"reg.example":{"auth":"YWxpOnM6M2NyZXQ="},"https://b.example/v1/":{"username":"u","password":"p"},
               "c.example/team":{"identitytoken":"i","registrytoken":"r"}},"HttpHeaders":{"a":"b"},"psFormat":"x"}
             """],
            bytes =>
            {
                File.WriteAllBytes(path, bytes);
                var credentials = new DockerConfigCredentials(path);
                _ = credentials.GetRegistries();
                JsonMutations.Wait(UseAsync(credentials));
            },
            rounds: 500);
    }

    [Fact]
    public void The_file_of_registries()
    {
        var path = Path.Combine(_directory.FullName, "registries.conf");
        TextMutations.Check(
            [""""
             unqualified-search-registries = ["docker.io", "quay.io"]
             [[registry]]
             prefix = "*.example.com/team"
             location = 'mirror.example.com:5000/x' # a comment
             insecure = true
             blocked = false
             mirror-by-digest-only = false
             [[registry.mirror]]
             location = "m\u0065.example.com"
             pull-from-mirror = "digest-only"
             [[registry]]
             location = "b.example.com"
             mirror = [{ location = "c.example.com", insecure = false }]
             [aliases]
             "a.b" = """
             x \
               y"""
             d.e . f = 1979-05-27
             """"],
            bytes =>
            {
                File.WriteAllBytes(path, bytes);
                var rules = RegistriesConf.Read(path, []);
                _ = rules.RoutesForPull(ImageReference.Parse("a.example.com/team/app:1")).Count;
                _ = rules.RouteForPush(ImageReference.Parse("b.example.com/app:1")).IsInsecure;
            },
            rounds: 2_000);
    }

    private static async Task UseAsync(DockerConfigCredentials credentials)
    {
        _ = (await credentials.FindAsync("reg.example", "team/app", default))?.ToString();
        _ = (await credentials.FindAsync("c.example", "team/app", default))?.ToString();
        await credentials.SaveAsync("new.example", RegistryCredential.FromPassword("u", "p"));
        Assert.NotNull(await credentials.FindAsync("new.example"));
        await credentials.EraseAsync("b.example");
    }

    private void Check(string[] documents, Func<Task> use)
        => JsonMutations.Check(
            documents,
            bytes =>
            {
                _body = bytes;
                JsonMutations.Wait(use());
            },
            Rounds);

    private FakeResponse Json() => new(200) { Body = _body, Headers = { ["Content-Type"] = "application/json" } };
}
