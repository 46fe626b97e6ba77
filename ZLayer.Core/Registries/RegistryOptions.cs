using System.Net;
using System.Security.Cryptography.X509Certificates;

namespace ZLayer.Core.Registries;

/// <summary>
/// How registries are reached. Registries on loopback are spoken to over plain HTTP, or TLS where they want it; all others over verified
/// TLS, except as the options say.
/// </summary>
internal sealed record RegistryOptions
{
    /// <summary>
    /// Registries (host, or host and port) that are reached over plain HTTP; TLS is tried only when such a server turns out to speak it.
    /// </summary>
    public IReadOnlyCollection<string> PlainHttpHosts { get; init => field = value.ToArray(); } = [];

    /// <summary>
    /// Allows plain HTTP for every registry that does not answer over TLS. TLS is tried first, and a certificate that does not verify stays
    /// an error.
    /// </summary>
    public bool AllowPlainHttp { get; init; }

    /// <summary>Accepts any certificate. Credentials may then go to whoever answers.</summary>
    public bool SkipCertificateCheck { get; init; }

    /// <summary>Certificate authorities that are trusted besides the system's.</summary>
    public X509Certificate2Collection TrustedCertificates { get; init; } = [];

    /// <summary>
    /// Directories laid out as Docker's <c>/etc/docker/certs.d</c>: <c>HOST[:PORT]/*.crt</c> are certificate authorities of that registry,
    /// <c>*.cert</c> with <c>*.key</c> is a client certificate for it. Directories that do not exist are ignored.
    /// </summary>
    public IReadOnlyList<string> CertificateDirectories { get; init => field = value.ToArray(); } = [];

    /// <summary>What registries.conf says: mirrors, other locations, blocked registries.</summary>
    public Configuration.RegistryRules Rules { get; init; } = Configuration.RegistryRules.None;

    /// <summary>Hosts of token services that credentials may go to although they are of another domain than the registry.</summary>
    public IReadOnlyCollection<string> TrustedRealms { get; init => field = value.ToArray(); } = [];

    /// <summary>The proxy to go through; null connects directly. Loopback hosts are always reached directly.</summary>
    public IWebProxy? Proxy { get; init; }

    /// <summary>The time limit for establishing one connection, TLS included.</summary>
    public TimeSpan ConnectTimeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>
    /// How long a transfer may stand still before the connection counts as broken. There is no limit on the whole transfer.
    /// </summary>
    public TimeSpan ProgressTimeout { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>How often a request is tried in all; at least 1. A transfer that got further since starts counting again.</summary>
    public int MaximumAttempts { get; init; } = 5;

    /// <summary>The pause before the second attempt; it doubles from one attempt to the next, with some jitter.</summary>
    public TimeSpan RetryDelay { get; init; } = TimeSpan.FromMilliseconds(250);

    /// <summary>The longest pause between attempts, when the registry does not name one.</summary>
    public TimeSpan MaximumRetryDelay { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>
    /// The longest pause that a registry may ask for with Retry-After; when it asks for more, the request fails at once and says how long.
    /// </summary>
    public TimeSpan MaximumRetryAfter { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>Blobs that are downloaded at once.</summary>
    public int ParallelDownloads { get; init; } = 12;

    /// <summary>Blobs that are uploaded at once.</summary>
    public int ParallelUploads { get; init; } = 8;

    /// <summary>
    /// The longest body of one upload request in bytes; null sends each blob in one request, or in parts where the registry refuses that
    /// (413).
    /// </summary>
    public long? UploadChunkSize { get; init; }

    /// <summary>Connections to one host.</summary>
    public int MaximumConnections { get; init; } = 16;

    /// <summary>The User-Agent header; null is <c>zlayer/</c> and the version.</summary>
    public string? UserAgent { get; init; }
}
