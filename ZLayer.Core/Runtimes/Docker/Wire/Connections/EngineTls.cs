using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using ZLayer.Core.Errors;
using ZLayer.Core.Registries;

namespace ZLayer.Core.Runtimes.Docker.Wire;

/// <summary>TLS to one engine: the certificates are read once.</summary>
internal sealed class EngineTls : IDisposable
{
    private readonly DockerEndpoint _endpoint;
    private readonly bool _verify;
    private readonly X509Certificate2Collection? _authorities;
    private readonly SslStreamCertificateContext? _client;

    /// <summary>Reads the certificates.</summary>
    /// <exception cref="EngineConnectException">A file is missing or is no certificate.</exception>
    public EngineTls(DockerEndpoint endpoint, DockerTls tls)
    {
        _endpoint = endpoint;
        _verify = tls.Verify;
        if (tls.AuthorityFile is { } authority)
        {
            _authorities = Read(authority, () =>
            {
                var certificates = new X509Certificate2Collection();
                certificates.ImportFromPemFile(authority);
                return certificates.Count > 0 ? certificates : throw new CryptographicException("it holds no certificate");
            });
        }

        if (tls.CertificateFile is { } file)
        {
            // SslStream wants the intermediate authorities of a client certificate, which stand behind it in the same file.
            var chain = new X509Certificate2Collection();
            var certificate = Read(file, () =>
            {
                chain.ImportFromPemFile(file);
                return X509Certificate2.CreateFromPemFile(file, tls.KeyFile ?? file);
            });
            _client = Read(file, () => SslStreamCertificateContext.Create(certificate, chain, offline: true));
        }
    }

    /// <summary>Negotiates TLS. The stream is disposed of when that fails.</summary>
    public async Task<SslStream> SecureAsync(NetworkStream stream, CancellationToken cancellationToken)
    {
        string? problem = null;
        var secure = new SslStream(stream, leaveInnerStreamOpen: false);
        try
        {
            await secure.AuthenticateAsClientAsync(
                new SslClientAuthenticationOptions
                {
                    TargetHost = _endpoint.Host!,
                    ClientCertificateContext = _client,
                    RemoteCertificateValidationCallback = (_, certificate, chain, errors) => (problem = ProblemOf(certificate, chain, errors)) is null,
                },
                cancellationToken).ConfigureAwait(false);
            return secure;
        }
        // A name that TLS cannot carry is an ArgumentException.
        catch (Exception e) when (e is AuthenticationException or IOException or ArgumentException)
        {
            await secure.DisposeAsync().ConfigureAwait(false);
            throw new EngineConnectException(
                ZLayerErrorKind.RuntimeUnavailable,
                $"no secure connection to {_endpoint}: {problem ?? ConnectAdvice.Clause(e)}",
                problem is null
                    ? $"Check that the engine speaks TLS there, and accepts the client certificate{(_endpoint.IsNamed ? "" : " (DOCKER_CERT_PATH)")}."
                    : $"Give the certificate of the engine's authority{(_endpoint.IsNamed ? "" : " as ca.pem in DOCKER_CERT_PATH")}, and use the name that the engine's certificate is for.",
                e);
        }
        catch
        {
            await secure.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    public void Dispose() => _client?.TargetCertificate.Dispose();

    private string? ProblemOf(X509Certificate? certificate, X509Chain? chain, SslPolicyErrors errors)
    {
        if (!_verify || (errors == SslPolicyErrors.None && _authorities is null))
        {
            return null;
        }

        if (errors.HasFlag(SslPolicyErrors.RemoteCertificateNotAvailable) || certificate is not X509Certificate2 shown)
        {
            return "the engine showed no certificate";
        }

        if (errors.HasFlag(SslPolicyErrors.RemoteCertificateNameMismatch))
        {
            return "the engine's certificate is for another name";
        }

        return _authorities is null || !CertificateAuthorities.HaveIssued(shown, chain, _authorities)
            ? "the engine's certificate is not trusted"
            : null;
    }

    private T Read<T>(string path, Func<T> read)
    {
        try
        {
            return read();
        }
        catch (Exception e) when (e is CryptographicException or IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            throw new EngineConnectException(
                e is UnauthorizedAccessException ? ZLayerErrorKind.AccessDenied : ZLayerErrorKind.InvalidArgument,
                $"the certificate {path} cannot be read: {ConnectAdvice.Clause(e)}",
                _endpoint.IsNamed
                    ? "The files of certificates and keys are PEM."
                    : "DOCKER_CERT_PATH names a directory with ca.pem, cert.pem and key.pem.",
                e);
        }
    }
}
