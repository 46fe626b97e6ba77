using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace ZLayer.Core.Tests.Engines;

/// <summary>An authority of its own, with certificates for an engine on loopback and for a client, as PEM files in a directory.</summary>
public sealed class EngineCertificates
{
    private readonly ECDsa _key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
    private readonly X509Certificate2 _authority;

    public EngineCertificates(string directory)
    {
        DirectoryPath = directory;
        var request = new CertificateRequest("CN=authority of the tests", _key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.KeyCertSign, true));
        _authority = request.CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(1));
        File.WriteAllText(PathOf("ca.pem"), _authority.ExportCertificatePem());
        Issue("server-cert.pem", "server-key.pem", "CN=engine", "1.3.6.1.5.5.7.3.1");
        Issue("cert.pem", "key.pem", "CN=client", "1.3.6.1.5.5.7.3.2");
    }

    /// <summary>Holds <c>ca.pem</c>, <c>cert.pem</c> and <c>key.pem</c>, as <c>DOCKER_CERT_PATH</c> wants them, and the engine's own.</summary>
    public string DirectoryPath { get; }

    public string PathOf(string name) => Path.Combine(DirectoryPath, name);

    private void Issue(string certificateFile, string keyFile, string subject, string usage)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest(subject, key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([new Oid(usage)], false));
        var names = new SubjectAlternativeNameBuilder();
        names.AddDnsName("localhost");
        names.AddIpAddress(IPAddress.Loopback);
        request.CertificateExtensions.Add(names.Build());
        using var certificate = request.Create(_authority, DateTimeOffset.UtcNow.AddHours(-1), DateTimeOffset.UtcNow.AddHours(20), RandomNumberGenerator.GetBytes(8));
        File.WriteAllText(PathOf(certificateFile), certificate.ExportCertificatePem());
        File.WriteAllText(PathOf(keyFile), key.ExportPkcs8PrivateKeyPem());
    }
}
