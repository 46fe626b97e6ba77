using System.Collections.Concurrent;
using System.Text;
using ZLayer.Core.Errors;
using ZLayer.Core.Foundation;
using ZLayer.Core.Oci;
using ZLayer.Core.Registries;

namespace ZLayer.Core.Tests.Registries;

/// <summary>Bearer tokens: where they come from, how long they are used, and where secrets never go.</summary>
public sealed class TokenTests
{
    private const string Password = "p4ssw0rd-of-ali";

    private static readonly TestImage Image = TestImage.Create([20_000, 30_000]);

    [Fact]
    public async Task A_token_is_fetched_once_for_a_repository_and_sent_with_every_request()
    {
        using var registry = new TokenRegistry();
        using var store = registry.Open();

        await store.Puller.PullAsync(registry.Reference, new PullOptions());

        var token = Assert.Single(registry.Server.Requests, r => r.Path == "/token");
        Assert.Equal("service=fake&scope=repository:team/app:pull&account=ali", token.Query);
        Assert.Equal("Basic " + Convert.ToBase64String(Encoding.UTF8.GetBytes("ali:" + Password)), token.Header("Authorization"));
        // The first request finds out what the registry asks for.
        var requests = registry.Server.Requests.Where(r => r.Path.Contains("/team/app/")).ToList();
        Assert.Null(requests[0].Header("Authorization"));
        Assert.All(requests[1..], r => Assert.StartsWith("Bearer token-", r.Header("Authorization")));
        Assert.DoesNotContain(registry.Server.Requests, r => r.Path == "/v2/");
    }

    [Fact]
    public async Task The_log_tells_requests_and_the_source_of_the_credential_and_no_secret()
    {
        using var registry = new TokenRegistry();
        var session = new SessionCredentials();
        session.Set(registry.Server.Name, RegistryCredential.FromPassword("ali", Password));
        var log = new ListLogger();
        using var client = new RegistryClient(RegistryClientTests.Quick, new CredentialChain([session], log), log);

        await client.GetManifestAsync(registry.Reference);

        Assert.Contains($"The registry {registry.Server.Name} is reached at http://{registry.Server.Name}/", log.Lines);
        Assert.Contains($"The credential for {registry.Server.Name} is that of ali from this session", log.Lines);
        Assert.Contains(log.Lines, line => line.StartsWith($"GET http://{registry.Server.Name}/v2/team/app/manifests/", StringComparison.Ordinal) && line.Contains(": 401 in ", StringComparison.Ordinal));
        Assert.Contains(log.Lines, line => line.StartsWith($"GET http://{registry.Server.Name}/token?service=fake&", StringComparison.Ordinal) && line.Contains(": 200 in ", StringComparison.Ordinal));
        foreach (var secret in (string[])[Password, "token-1", Convert.ToBase64String(Encoding.UTF8.GetBytes("ali:" + Password))])
        {
            Assert.DoesNotContain(log.Lines, line => line.Contains(secret, StringComparison.Ordinal));
        }
    }

    [Fact]
    public async Task The_source_of_a_credential_that_was_found_before_is_told_again()
    {
        using var registry = new TokenRegistry();
        var session = new SessionCredentials();
        session.Set(registry.Server.Name, RegistryCredential.FromPassword("ali", Password));
        var log = new ListLogger();
        using var client = new RegistryClient(RegistryClientTests.Quick, new CredentialChain([session], log), log);
        await client.GetManifestAsync(registry.Reference);
        var before = log.Lines.Count;

        await client.GetManifestAsync(registry.Reference);

        Assert.Contains($"The credential for {registry.Server.Name} is that of ali from this session", log.Lines.Skip(before));
        Assert.Single(registry.Server.Requests, r => r.Path == "/token");
    }

    [Theory]
    [InlineData("https://user:secret@host.test/v2/a?digest=sha256:1&n=5", "https://host.test/v2/a?digest=sha256:1&n=5")]
    [InlineData("https://user:sec@ret@host.test", "https://host.test")]
    [InlineData("https://cdn.test/blob?X-Amz-Signature=secret&X-Amz-Credential=secret", "https://cdn.test/blob?X-Amz-Signature=***&X-Amz-Credential=***")]
    [InlineData("https://host.test/v2/a/blobs/uploads/1?_state=secret", "https://host.test/v2/a/blobs/uploads/1?_state=***")]
    [InlineData("/v1.41/build?buildargs=secret&t=a", "/v1.41/build?buildargs=***&t=***")]
    [InlineData("/v1.41/containers/json?all=1", "/v1.41/containers/json?all=1")]
    public void An_address_is_logged_without_what_may_be_secret(string address, string shown) => Assert.Equal(shown, RequestLog.Show(address));

    [Fact]
    public async Task Without_a_credential_the_token_is_anonymous()
    {
        using var registry = new TokenRegistry();
        using var store = new TestStore();

        await store.Puller.PullAsync(registry.Reference, new PullOptions());

        Assert.Null(registry.Server.Requests.Single(r => r.Path == "/token").Header("Authorization"));
    }

    [Fact]
    public async Task A_token_that_is_refused_in_the_middle_is_replaced()
    {
        using var registry = new TokenRegistry { UsesOfAToken = 2 };
        using var store = registry.Open();

        await store.Puller.PullAsync(registry.Reference, new PullOptions());

        Assert.True(registry.Server.Requests.Count(r => r.Path == "/token") >= 2);
    }

    [Fact]
    public async Task A_token_whose_time_is_over_is_not_sent_again()
    {
        using var registry = new TokenRegistry { Lifetime = 1 };
        using var store = registry.Open();

        await store.Client.GetManifestAsync(registry.Reference);
        await Task.Delay(1100);
        await store.Client.GetManifestAsync(registry.Reference);

        Assert.Equal(2, registry.Server.Requests.Count(r => r.Path == "/token"));
        Assert.DoesNotContain(registry.Refusals, r => r.Header("Authorization") is not null);
    }

    [Fact]
    public async Task An_identity_token_is_exchanged_by_post()
    {
        using var registry = new TokenRegistry();
        var session = new SessionCredentials();
        session.Set(registry.Server.Name, new RegistryCredential { IdentityToken = "refresh-me" });
        using var client = new RegistryClient(RegistryClientTests.Quick, session);

        await client.GetManifestAsync(registry.Reference);

        var exchange = registry.Server.Requests.Single(r => r.Path == "/token");
        Assert.Equal("POST", exchange.Method);
        var form = Uri.UnescapeDataString(Encoding.UTF8.GetString(exchange.Body));
        Assert.Contains("grant_type=refresh_token", form);
        Assert.Contains("refresh_token=refresh-me", form);
        Assert.Contains("scope=repository:team/app:pull", form);
    }

    [Fact]
    public async Task A_registry_token_is_sent_as_it_is()
    {
        using var registry = new TokenRegistry();
        registry.Grant("given-by-hand");
        var session = new SessionCredentials();
        session.Set(registry.Server.Name, new RegistryCredential { RegistryToken = "given-by-hand" });
        using var client = new RegistryClient(RegistryClientTests.Quick, session);

        await client.GetManifestAsync(registry.Reference);

        Assert.DoesNotContain(registry.Server.Requests, r => r.Path == "/token");
    }

    [Fact]
    public async Task Pushing_and_mounting_ask_for_the_rights_that_they_need()
    {
        using var registry = new TokenRegistry();
        using var store = registry.Open();
        var blob = TestBlob.Random(100);

        await store.Client.UploadBlobAsync(registry.Reference, blob.Source with { MountFrom = ["library/base"] });

        var scopes = registry.Server.Requests.Where(r => r.Path == "/token").Select(r => r.Query).ToList();
        Assert.Contains(scopes, s => s.Contains("scope=repository:team/app:pull,push&account"));
        Assert.Contains(scopes, s => s.Contains("scope=repository:team/app:pull,push&scope=repository:library/base:pull&account"));
    }

    [Fact]
    public async Task A_login_that_the_token_service_refuses_says_so()
    {
        using var registry = new TokenRegistry { RefusesTokens = true };
        using var client = RegistryClientTests.Create(RegistryClientTests.Quick);

        var error = await Assert.ThrowsAsync<ZLayerException>(
            () => client.CheckAsync(registry.Server.Name, RegistryCredential.FromPassword("ali", Password)));

        Assert.Equal(ZLayerErrorKind.RegistryAuthenticationFailed, error.Kind);
        Assert.Contains("incorrect username or password", error.Message);
        Assert.DoesNotContain(Password, error.ToString());
    }

    [Fact]
    public async Task A_login_that_is_accepted_tells_who_and_how()
    {
        using var registry = new TokenRegistry();
        using var client = RegistryClientTests.Create(RegistryClientTests.Quick);

        var connection = await client.CheckAsync(registry.Server.Name, RegistryCredential.FromPassword("ali", Password));

        Assert.Equal(("ali", "Bearer", registry.Server.Name), (connection.Username, connection.Authentication, connection.Registry));
        Assert.DoesNotContain(Password, connection.ToString());
    }

    [Theory]
    [InlineData("http://tokens.example/token")]
    [InlineData("file:///etc/passwd")]
    [InlineData("http://ali:secret@127.0.0.1/token")]
    [InlineData("nonsense")]
    public async Task Nothing_is_sent_to_a_realm_that_is_not_trusted(string realm)
    {
        using var registry = new TokenRegistry { Realm = realm };
        using var store = registry.Open();

        var error = await Assert.ThrowsAsync<ZLayerException>(() => store.Client.GetManifestAsync(registry.Reference));

        Assert.Equal(ZLayerErrorKind.RegistryAuthenticationFailed, error.Kind);
        Assert.Contains("not a place that credentials may go to", error.Message);
        Assert.DoesNotContain("secret@", error.Message);
    }

    [Theory]
    [InlineData("https://registry-1.docker.io", "https://auth.docker.io/token", true)]
    [InlineData("https://registry.gitlab.com", "https://gitlab.com/jwt/auth", true)]
    [InlineData("https://registry.example.com:5000", "https://login.example.com/token", true)]
    [InlineData("https://quay.io", "https://quay.io/v2/auth", true)]
    [InlineData("https://quay.io", "https://auth.quay.io/v2/auth", true)]
    [InlineData("https://ghcr.io", "https://evil.io/token", false)]
    [InlineData("https://ghcr.io", "https://ghcr.io.evil.example/token", false)]
    [InlineData("https://registry.shop.co.uk", "https://login.shop.co.uk/token", true)]
    [InlineData("https://shop.co.uk", "https://thief.co.uk/token", false)]
    [InlineData("https://localhost:5000", "https://auth.example.com/token", false)]
    [InlineData("https://10.1.2.3", "https://9.1.2.3/token", false)]
    [InlineData("https://reg.example.com", "https://sso.trusted.example:8443/token", true)]
    [InlineData("http://localhost:5000", "http://localhost:5001/token", true)]
    [InlineData("http://localhost:5000", "http://127.0.0.1:5001/token", true)]
    [InlineData("http://127.0.0.1:5000", "http://[::1]:5001/token", true)]
    [InlineData("http://[::1]:5000", "https://LOCALHOST/token", true)]
    [InlineData("http://127.0.0.2:5000", "http://127.0.0.2:5001/token", true)]
    [InlineData("http://localhost:5000", "http://127.0.0.2:5001/token", false)]
    [InlineData("http://127.0.0.1:5000", "http://127.0.0.2:5000/token", false)]
    [InlineData("http://127.0.0.2:5000", "http://127.0.0.1:5001/token", false)]
    [InlineData("http://127.0.0.1:5000", "http://[::ffff:127.0.0.1]:5001/token", false)]
    [InlineData("http://registry.localhost:5000", "http://auth.localhost:5001/token", false)]
    [InlineData("http://localhost:5000", "http://thief.localhost:5001/token", false)]
    public void Credentials_go_to_hosts_of_the_registrys_own_domain(string registry, string realm, bool isTrusted)
    {
        using var session = new RegistrySession("reg", new Uri(registry), []);

        var credential = Record.Exception(() => TokenRealm.Check(session, realm, withCredential: true, ["sso.trusted.example"]));

        Assert.Equal(isTrusted, credential is null);
        // Nothing secret goes with an anonymous request.
        Assert.Equal(realm, TokenRealm.Check(session, realm, withCredential: false, []).OriginalString);
    }

    [Fact]
    public async Task A_foreign_realm_gets_no_credential_and_the_error_says_how_to_trust_it()
    {
        using var registry = new TokenRegistry { Realm = "https://tokens.foreign.example/token" };
        using var store = registry.Open();

        var error = await Assert.ThrowsAsync<ZLayerException>(() => store.Client.GetManifestAsync(registry.Reference));

        Assert.Equal(ZLayerErrorKind.RegistryAuthenticationFailed, error.Kind);
        Assert.Contains("tokens.foreign.example", error.Message);
        Assert.Contains("ZLAYER_TRUSTED_REALMS", error.Advice);
    }

    [Fact]
    public async Task A_registry_that_wants_more_than_the_token_allows_denies_access()
    {
        using var registry = new TokenRegistry { AlwaysInsufficient = true };
        using var store = registry.Open();

        var error = await Assert.ThrowsAsync<ZLayerException>(() => store.Client.GetManifestAsync(registry.Reference));

        Assert.Equal(ZLayerErrorKind.RegistryAccessDenied, error.Kind);
        Assert.Equal(2, registry.Server.Requests.Count(r => r.Path.Contains("/manifests/")));
    }

    [Theory]
    [InlineData("{}")]
    [InlineData("<html>")]
    [InlineData("")]
    public async Task A_token_service_that_answers_nonsense_is_a_protocol_error(string answer)
    {
        using var registry = new TokenRegistry { TokenAnswer = answer };
        using var store = registry.Open();

        var error = await Assert.ThrowsAsync<ZLayerException>(() => store.Client.GetManifestAsync(registry.Reference));

        Assert.Equal(ZLayerErrorKind.RegistryProtocolError, error.Kind);
    }

    [Fact]
    public async Task No_secret_is_in_any_error_or_log_even_when_the_registry_echoes_it()
    {
        var log = new ListLogger();
        // An unkind registry repeats the Authorization header and the password in its errors.
        using var registry = new FakeRegistry(request => request.Path switch
        {
            "/v2/" => Challenge(request.Header("Host")!),
            "/token" when request.Header("Authorization") is { } basic
                => FakeResponse.Json($$"""{"token":"very-secret-token","expires_in":300,"note":"{{basic}}"}"""),
            _ => FakeResponse.Json(
                $$"""{"errors":[{"code":"DENIED","message":"no: {{request.Header("Authorization")}} {{Password}} very-secret-token https://ali:{{Password}}@h/"}]}""", 500),
        });
        var session = new SessionCredentials();
        session.Set(registry.Name, RegistryCredential.FromPassword("ali", Password));
        using var client = new RegistryClient(RegistryClientTests.Quick with { MaximumAttempts = 2 }, session, log);

        var error = await Assert.ThrowsAsync<ZLayerException>(() => client.GetManifestAsync(FaultTests.Image(registry)));

        var everything = error + error.Advice + error.Subject + string.Join('\n', log.Lines) + RegistryCredential.FromPassword("ali", Password);
        Assert.Contains("[redacted]", error.Message);
        Assert.NotEmpty(log.Lines);
        foreach (var secret in (string[])[Password, "very-secret-token", Convert.ToBase64String(Encoding.UTF8.GetBytes("ali:" + Password))])
        {
            Assert.DoesNotContain(secret, everything);
        }

        static FakeResponse Challenge(string host)
            => new(401) { Headers = { ["WWW-Authenticate"] = $"Bearer realm=\"http://{host}/token\",service=\"fake\"" } };
    }

    [Fact]
    public void Challenges_are_told_apart_with_quotes_commas_and_odd_spacing()
    {
        var challenges = AuthChallenge.Parse(
            "Basic realm=\"a, \\\"b\\\"\" , Bearer  realm = \"https://x/t?a=b,c\",service=reg , scope=\"repository:a:pull,push repository:b:pull\", Negotiate");

        Assert.Equal(["Basic", "Bearer", "Negotiate"], challenges.Select(c => c.Scheme));
        Assert.Equal("a, \"b\"", challenges[0].Realm);
        Assert.Equal(("https://x/t?a=b,c", "reg"), (challenges[1].Realm, challenges[1].Service));
        Assert.Equal(["repository:a:pull,push", "repository:b:pull"], challenges[1].Scopes);
    }

    [Theory]
    [InlineData("")]
    [InlineData(",,,")]
    [InlineData("realm=\"x\"")]
    [InlineData("Bearer realm=\"unterminated")]
    [InlineData("= = =")]
    [InlineData("\"\"\"")]
    public void Malformed_challenges_do_not_hang_or_throw(string header) => Assert.True(AuthChallenge.Parse(header).Count <= 1);

    /// <summary>A registry that wants tokens from its own token service.</summary>
    private sealed class TokenRegistry : IDisposable
    {
        private readonly ConcurrentDictionary<string, int> _uses = new();
        private int _issued;

        public TokenRegistry() => Server = new FakeRegistry(Handle);

        public FakeRegistry Server { get; }

        public ImageReference Reference => FaultTests.Image(Server);

        public ConcurrentBag<FakeRequest> Refusals { get; } = [];

        public int UsesOfAToken { get; init; } = int.MaxValue;

        public int Lifetime { get; init; } = 300;

        public bool RefusesTokens { get; init; }

        public bool AlwaysInsufficient { get; init; }

        public string? Realm { get; init; }

        public string? TokenAnswer { get; init; }

        public void Grant(string token) => _uses[token] = 0;

        public TestStore Open()
        {
            var session = new SessionCredentials();
            session.Set(Server.Name, RegistryCredential.FromPassword("ali", Password));
            return new TestStore(credentials: session);
        }

        public void Dispose() => Server.Dispose();

        private FakeResponse Handle(FakeRequest request)
        {
            if (request.Path == "/token")
            {
                return RefusesTokens
                    ? FakeResponse.Json("""{"details":"incorrect username or password"}""", 401)
                    : FakeResponse.Json(TokenAnswer ?? $$"""{"access_token":"{{Issue()}}","expires_in":{{Lifetime}}}""");
            }

            var token = request.Header("Authorization")?["Bearer ".Length..];
            if (AlwaysInsufficient || token is null || !_uses.TryGetValue(token, out var used) || used >= UsesOfAToken)
            {
                Refusals.Add(request);
                var error = AlwaysInsufficient ? ",error=\"insufficient_scope\"" : "";
                return FakeResponse.Json("""{"errors":[{"code":"UNAUTHORIZED","message":"authentication required"}]}""", 401)
                    .WithHeader("WWW-Authenticate", $"Bearer realm=\"{Realm ?? $"http://{request.Header("Host")}/token"}\",service=\"fake\"{error}");
            }

            _uses[token] = used + 1;
            return request.Method switch
            {
                "POST" => new FakeResponse(202) { Headers = { ["Location"] = "/v2/team/app/blobs/uploads/1" } },
                "PUT" => new FakeResponse(201),
                _ => FaultTests.Serve(Image, request),
            };
        }

        private string Issue()
        {
            var token = $"token-{Interlocked.Increment(ref _issued)}";
            _uses[token] = 0;
            return token;
        }
    }
}
