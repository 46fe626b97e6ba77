using System.Collections.Concurrent;
using System.Net;
using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Microsoft.Extensions.Logging;
using ZLayer.Core.Errors;
using ZLayer.Core.Foundation;

namespace ZLayer.Core.Registries;

/// <summary>
/// The pool of connections, and what is trusted on them. HTTP/1.1: several plain connections carry large blobs faster than the streams of
/// one.
/// </summary>
internal sealed class HttpConnections : IDisposable
{
    private readonly RegistryOptions _options;
    private readonly RequestLog _log;
    private readonly HttpMessageInvoker _invoker;
    private readonly ConcurrentDictionary<string, string> _certificateProblems = new(StringComparer.OrdinalIgnoreCase);
    private readonly ConcurrentDictionary<string, HttpMessageInvoker> _ownCertificates = new(StringComparer.OrdinalIgnoreCase);

    public HttpConnections(RegistryOptions options, ILogger logger)
    {
        _options = options;
        _log = new RequestLog(logger);
        _invoker = CreateInvoker(options.TrustedCertificates, []);
    }

    public Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        => _log.SendAsync(
            request.Method.Method,
            request.RequestUri!.AbsoluteUri,
            () => InvokerFor(request.RequestUri).SendAsync(request, cancellationToken),
            answer => (int)answer.StatusCode);

    /// <summary>What was wrong with the certificate of a host; null when it showed none.</summary>
    public string? CertificateProblem(string host) => _certificateProblems.GetValueOrDefault(host);

    public void Dispose()
    {
        _invoker.Dispose();
        foreach (var invoker in _ownCertificates.Values.Where(i => i != _invoker))
        {
            invoker.Dispose();
        }
    }

    private HttpMessageInvoker InvokerFor(Uri address)
        => address.Scheme != Uri.UriSchemeHttps || _options.CertificateDirectories.Count == 0
            ? _invoker
            : _ownCertificates.GetOrAdd(address.Authority, CreateFromDirectories);

    private HttpMessageInvoker CreateFromDirectories(string authority)
    {
        try
        {
            return CreateFromFiles(authority);
        }
        catch (Exception e) when (SystemErrors.IsSystemError(e))
        {
            throw SystemErrors.ToException($"Cannot read the certificates of {authority}", authority, e, isWrite: false);
        }
    }

    private HttpMessageInvoker CreateFromFiles(string authority)
    {
        var authorities = new X509Certificate2Collection(_options.TrustedCertificates);
        var clients = new X509Certificate2Collection();
        foreach (var directory in _options.CertificateDirectories.Select(d => Path.Combine(d, authority)).Where(Directory.Exists))
        {
            foreach (var file in Directory.EnumerateFiles(directory, "*.crt").Order(StringComparer.Ordinal))
            {
                Read(file, authorities.ImportFromPemFile);
            }

            foreach (var file in Directory.EnumerateFiles(directory, "*.cert").Order(StringComparer.Ordinal))
            {
                Read(file, path => clients.Add(X509Certificate2.CreateFromPemFile(path, Path.ChangeExtension(path, ".key"))));
            }
        }

        return authorities.Count == _options.TrustedCertificates.Count && clients.Count == 0
            ? _invoker
            : CreateInvoker(authorities, clients);
    }

    private static void Read(string file, Action<string> read)
    {
        try
        {
            read(file);
        }
        catch (Exception e) when (e is CryptographicException or ArgumentException or IOException or UnauthorizedAccessException)
        {
            throw new ZLayerException(
                ZLayerErrorKind.StorageReadFailed, $"Cannot read the certificate {file}: {e.Message.TrimEnd('.')}.", e)
            {
                Subject = file,
                Advice = "Give a certificate in PEM, and beside a client's (.cert) its key (.key); or remove the file.",
            };
        }
    }

    private HttpMessageInvoker CreateInvoker(X509Certificate2Collection authorities, X509Certificate2Collection clients)
        => new(new SocketsHttpHandler
        {
            AllowAutoRedirect = false,
            AutomaticDecompression = DecompressionMethods.None,
            UseCookies = false,
            ConnectTimeout = _options.ConnectTimeout,
            MaxConnectionsPerServer = _options.MaximumConnections,
            PooledConnectionIdleTimeout = TimeSpan.FromSeconds(60),
            UseProxy = _options.Proxy is not null,
            Proxy = _options.Proxy is { } proxy ? new LoopbackBypass(proxy) : null,
            SslOptions = new SslClientAuthenticationOptions
            {
                ClientCertificates = clients,
                RemoteCertificateValidationCallback = (sender, certificate, chain, errors)
                    => IsTrusted(((SslStream)sender).TargetHostName, certificate, chain, errors, authorities),
            },
        });

    private bool IsTrusted(
        string host, X509Certificate? certificate, X509Chain? chain, SslPolicyErrors errors, X509Certificate2Collection authorities)
    {
        if (errors == SslPolicyErrors.None || _options.SkipCertificateCheck)
        {
            return true;
        }

        if (errors == SslPolicyErrors.RemoteCertificateChainErrors && authorities.Count > 0
            && certificate is X509Certificate2 shown && CertificateAuthorities.HaveIssued(shown, chain, authorities))
        {
            return true;
        }

        _certificateProblems[host] = Describe(errors, chain);
        return false;
    }

    private static string Describe(SslPolicyErrors errors, X509Chain? chain)
        => errors.HasFlag(SslPolicyErrors.RemoteCertificateNotAvailable) ? "it showed no certificate"
            : errors.HasFlag(SslPolicyErrors.RemoteCertificateNameMismatch) ? "its certificate is for another name"
            : "its certificate is not trusted ("
                + string.Join(", ", chain?.ChainStatus.Select(s => s.Status.ToString()).Distinct() ?? []) + ")";

    private sealed class LoopbackBypass(IWebProxy inner) : IWebProxy
    {
        public ICredentials? Credentials
        {
            get => inner.Credentials;
            set => inner.Credentials = value;
        }

        public Uri? GetProxy(Uri destination) => inner.GetProxy(destination);

        public bool IsBypassed(Uri host) => RegistryNames.IsLoopback(host.Authority) || inner.IsBypassed(host);
    }
}
