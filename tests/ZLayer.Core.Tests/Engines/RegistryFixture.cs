using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;

namespace ZLayer.Core.Tests.Engines;

/// <summary>
/// A real registry server (Debian's docker-registry) on a free loopback port, with its own empty storage. As a class fixture it is a plain HTTP
/// registry without users; <see cref="StartAsync"/> makes others. Tests say <c>Skip.IfNot(RegistryFixture.IsInstalled, RegistryFixture.Reason)</c>.
/// </summary>
public sealed class RegistryFixture : IAsyncLifetime, IAsyncDisposable
{
    public const string Reason = "docker-registry is not installed (apt-get install docker-registry)";
    public const string User = "builder";
    public const string Password = "correct-horse-battery";

    // bcrypt of Password, cost 5.
    private const string PasswordLine = User + ":$2y$05$4MMMuaUubrOqJJgVMfTqdOIUmsXnqWWfy0jICkv8Gow5Q0iRNT7La\n";

    private readonly string _directory = Directory.CreateTempSubdirectory("zlayer-registry-").FullName;
    private readonly bool _withUsers;
    private readonly bool _withTls;
    private readonly TokenIssuer? _issuer;
    private readonly X509Certificate2? _clientAuthority;
    private Process? _process;

    public RegistryFixture()
    {
    }

    private RegistryFixture(bool withUsers, bool withTls, TokenIssuer? issuer, X509Certificate2? clientAuthority)
    {
        _withUsers = withUsers;
        _withTls = withTls;
        _issuer = issuer;
        _clientAuthority = clientAuthority;
    }

    public static bool IsInstalled { get; } = Find("docker-registry") is not null;

    public int Port { get; private set; }

    /// <summary>Host and port, as image references write it.</summary>
    public string Registry => $"127.0.0.1:{Port}";

    /// <summary>The certificate of the server, its own authority; null for plain HTTP.</summary>
    public X509Certificate2? Certificate { get; private set; }

    /// <summary>Where the server keeps its blobs.</summary>
    public string StorageDirectory => Path.Combine(_directory, "storage");

    /// <summary>Starts a registry of one's own, with the user <see cref="User"/>, with TLS, with a token service, or for clients with certificates alone.</summary>
    internal static async Task<RegistryFixture> StartAsync(
        bool withUsers = false, bool withTls = false, TokenIssuer? issuer = null, X509Certificate2? clientAuthority = null)
    {
        var registry = new RegistryFixture(withUsers, withTls, issuer, clientAuthority);
        await registry.InitializeAsync();
        return registry;
    }

    /// <summary>The full path of a program on PATH; null when it is not there.</summary>
    public static string? Find(string program)
        => (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':')
            .Select(directory => Path.Combine(directory, program)).FirstOrDefault(File.Exists);

    public async Task InitializeAsync()
    {
        if (!IsInstalled)
        {
            return;
        }

        // Another process may take the port between the look and the start; then the server ends and another port is tried.
        for (var attempt = 0; attempt < 5; attempt++)
        {
            Port = FreePort();
            Start();
            if (await AnswersAsync())
            {
                return;
            }

            Kill();
        }

        throw new InvalidOperationException("docker-registry did not start: " + File.ReadAllText(Path.Combine(_directory, "log")));
    }

    async ValueTask IAsyncDisposable.DisposeAsync() => await DisposeAsync();

    public Task DisposeAsync()
    {
        Kill();
        Certificate?.Dispose();
        Directory.Delete(_directory, recursive: true);
        return Task.CompletedTask;
    }

    public static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    /// <summary>A self-signed certificate for loopback.</summary>
    public static X509Certificate2 MakeCertificate()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=zlayer test registry", key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddDnsName("localhost");
        names.AddIpAddress(IPAddress.Loopback);
        request.CertificateExtensions.Add(names.Build());
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        using var made = request.CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(1));
        return X509CertificateLoader.LoadPkcs12(made.Export(X509ContentType.Pkcs12), null);
    }

    private void Start()
    {
        var config = new StringBuilder($"""
            version: 0.1
            log:
              level: error
              accesslog:
                disabled: true
            storage:
              filesystem:
                rootdirectory: {StorageDirectory}
              delete:
                enabled: true
            validation:
              manifests:
                urls:
                  allow:
                    - ^https?://
            http:
              addr: 127.0.0.1:{Port}
              secret: not-a-secret

            """);
        if (_withTls)
        {
            Certificate ??= MakeCertificate();
            File.WriteAllText(Path.Combine(_directory, "cert.pem"), Certificate.ExportCertificatePem());
            File.WriteAllText(Path.Combine(_directory, "key.pem"), Certificate.GetECDsaPrivateKey()!.ExportPkcs8PrivateKeyPem());
            config.Append($"  tls:\n    certificate: {_directory}/cert.pem\n    key: {_directory}/key.pem\n");
            if (_clientAuthority is not null)
            {
                File.WriteAllText(Path.Combine(_directory, "clients.pem"), _clientAuthority.ExportCertificatePem());
                config.Append($"    clientcas:\n      - {_directory}/clients.pem\n");
            }
        }

        if (_withUsers)
        {
            File.WriteAllText(Path.Combine(_directory, "htpasswd"), PasswordLine);
            config.Append($"auth:\n  htpasswd:\n    realm: test\n    path: {_directory}/htpasswd\n");
        }

        if (_issuer is not null)
        {
            File.WriteAllText(Path.Combine(_directory, "tokens.pem"), _issuer.Certificate.ExportCertificatePem());
            config.Append($"auth:\n  token:\n    realm: {_issuer.Realm}\n    service: {TokenIssuer.Service}\n    issuer: {TokenIssuer.Issuer}\n    rootcertbundle: {_directory}/tokens.pem\n");
        }

        var path = Path.Combine(_directory, "config.yml");
        File.WriteAllText(path, config.ToString());
        var start = new ProcessStartInfo("/bin/sh") { UseShellExecute = false };
        start.ArgumentList.Add("-c");
        start.ArgumentList.Add($"exec docker-registry serve {path} >{_directory}/log 2>&1");
        start.Environment["OTEL_TRACES_EXPORTER"] = "none";
        _process = Process.Start(start);
    }

    private async Task<bool> AnswersAsync()
    {
        for (var i = 0; i < 200 && _process is { HasExited: false }; i++)
        {
            try
            {
                using var client = new TcpClient();
                await client.ConnectAsync(IPAddress.Loopback, Port);
                return true;
            }
            catch (SocketException)
            {
                await Task.Delay(25);
            }
        }

        return false;
    }

    private void Kill()
    {
        if (_process is { HasExited: false } running)
        {
            running.Kill();
            running.WaitForExit();
        }

        _process?.Dispose();
        _process = null;
    }
}
