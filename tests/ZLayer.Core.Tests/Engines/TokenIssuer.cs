using System.Buffers.Text;
using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using ZLayer.Core.Tests.Registries;

namespace ZLayer.Core.Tests.Engines;

/// <summary>A token service for a real registry (distribution project, "Token Authentication"): signs what is asked for, for one user, and allows only what it is told to.</summary>
internal sealed class TokenIssuer : IDisposable
{
    public const string Service = "zlayer-test";
    public const string Issuer = "zlayer-test-issuer";

    private readonly FakeRegistry _server;
    private readonly Func<string, bool> _allows;

    public TokenIssuer(Func<string, bool>? allows = null)
    {
        _allows = allows ?? (_ => true);
        Certificate = RegistryFixture.MakeCertificate();
        _server = new FakeRegistry(Answer);
    }

    public X509Certificate2 Certificate { get; }

    public string Realm => $"http://{_server.Name}/token";

    /// <summary>The scopes of each request, in order.</summary>
    public ConcurrentQueue<string> Scopes { get; } = new();

    public void Dispose()
    {
        _server.Dispose();
        Certificate.Dispose();
    }

    private FakeResponse Answer(FakeRequest request)
    {
        var isUser = request.Header("Authorization") == "Basic " + Convert.ToBase64String(Encoding.UTF8.GetBytes($"{RegistryFixture.User}:{RegistryFixture.Password}"));
        if (request.Header("Authorization") is not null && !isUser)
        {
            return new FakeResponse(401);
        }

        var scopes = request.Query.Split('&').Where(p => p.StartsWith("scope=", StringComparison.Ordinal)).Select(p => p["scope=".Length..]).ToList();
        scopes.ForEach(Scopes.Enqueue);
        var access = scopes.Where(scope => isUser && _allows(scope)).Select(scope => scope.Split(':')).Where(parts => parts.Length == 3)
            .Select(parts => $$"""{"type":"{{parts[0]}}","name":"{{parts[1]}}","actions":[{{string.Join(',', parts[2].Split(',').Select(a => $"\"{a}\""))}}]}""");
        var now = DateTimeOffset.UtcNow.ToUnixTimeSeconds();
        var header = $$"""{"typ":"JWT","alg":"ES256","x5c":["{{Convert.ToBase64String(Certificate.RawData)}}"]}""";
        var claims = $$"""{"iss":"{{Issuer}}","sub":"{{RegistryFixture.User}}","aud":"{{Service}}","exp":{{now + 300}},"nbf":{{now - 10}},"iat":{{now}},"jti":"{{Guid.NewGuid():N}}","access":[{{string.Join(',', access)}}]}""";
        var text = $"{Base64Url.EncodeToString(Encoding.UTF8.GetBytes(header))}.{Base64Url.EncodeToString(Encoding.UTF8.GetBytes(claims))}";
        using var key = Certificate.GetECDsaPrivateKey()!;
        var signature = key.SignData(Encoding.ASCII.GetBytes(text), HashAlgorithmName.SHA256, DSASignatureFormat.IeeeP1363FixedFieldConcatenation);
        return FakeResponse.Json($$"""{"token":"{{text}}.{{Base64Url.EncodeToString(signature)}}","expires_in":300}""");
    }
}
