using System.Buffers;
using System.Globalization;
using ZLayer.Core.Errors;
using ZLayer.Core.Runtimes.Docker.Wire;

namespace ZLayer.Core.Runtimes.Docker;

/// <summary>
/// The address of an engine, as <c>DOCKER_HOST</c> has it: <c>unix:///run/docker.sock</c>, <c>npipe:////./pipe/docker_engine</c>,
/// <c>tcp://host:2375</c>, <c>ssh://user@host:22</c>.
/// </summary>
internal sealed record DockerEndpoint
{
    private const int PlainPort = 2375;
    private const int TlsPort = 2376;

    // The longest name of DNS (RFC 1035, 2.3.4).
    private const int LongestHost = 255;
    private const int LongestAddress = 2048;

    private const string Forms = "Write unix:///path/to/docker.sock, npipe:////./pipe/docker_engine, tcp://host:port or ssh://user@host.";

    private static readonly SearchValues<char> ShellCharacters = SearchValues.Create("'\"`$\\;&<>|(){} ");

    private DockerEndpoint(DockerTransport transport) => Transport = transport;

    /// <summary>The engine's usual place on this machine.</summary>
    public static DockerEndpoint Default
        => OperatingSystem.IsWindows() ? Parse("npipe:////./pipe/docker_engine") : OfSocket("/var/run/docker.sock");

    /// <summary>How the engine is reached.</summary>
    public DockerTransport Transport { get; }

    /// <summary>The socket or pipe; over SSH the socket on the other machine, null for its usual one.</summary>
    public string? Path { get; private init; }

    /// <summary>The host, for TCP and SSH.</summary>
    public string? Host { get; private init; }

    /// <summary>The port, for TCP; for SSH null leaves it to the configuration of ssh.</summary>
    public int? Port { get; private init; }

    /// <summary>The user, for SSH; null leaves it to the configuration of ssh.</summary>
    public string? User { get; private init; }

    /// <summary>TLS, for TCP; null speaks plain HTTP.</summary>
    public DockerTls? Tls { get; private init; }

    /// <summary>Whether a user named the engine of this address, so that the environment does not lead elsewhere.</summary>
    internal bool IsNamed { get; init; }

    /// <summary>Whether the address is one where Podman's service is, as far as it tells.</summary>
    internal bool IsPodman => Path?.Contains("podman", StringComparison.Ordinal) == true;

    /// <summary>An engine at a Unix socket.</summary>
    public static DockerEndpoint OfSocket(string path) => new(DockerTransport.Unix) { Path = path };

    /// <summary>Reads an address; one without a scheme is TCP.</summary>
    /// <param name="text">The address.</param>
    /// <param name="tls">TLS for an address of the scheme tcp.</param>
    /// <exception cref="ZLayerException">InvalidArgument.</exception>
    public static DockerEndpoint Parse(string text, DockerTls? tls = null)
    {
        ArgumentNullException.ThrowIfNull(text);
        var trimmed = text.Trim();
        if (trimmed.Length > LongestAddress)
        {
            throw Invalid(EngineFailure.Cut(trimmed, LongestAddress), "it is too long");
        }

        if (trimmed.Any(char.IsControl))
        {
            throw Invalid(text, "it has line breaks or other control characters");
        }

        var separator = trimmed.IndexOf("://", StringComparison.Ordinal);
        var (scheme, rest) = separator < 0 ? ("tcp", trimmed) : (trimmed[..separator].ToLowerInvariant(), trimmed[(separator + 3)..]);
        return scheme switch
        {
            "unix" => ParseUnix(text, rest),
            "npipe" => ParsePipe(text, rest),
            "tcp" or "http" => ParseTcp(text, rest, tls),
            "https" => ParseTcp(text, rest, tls ?? new DockerTls()),
            "ssh" => ParseSsh(text, rest),
            "fd" => throw Invalid(text, "an engine listens at fd://, nobody connects to it"),
            _ => throw Invalid(text, $"the scheme '{scheme}' is not known"),
        };
    }

    /// <summary>The address, without secrets.</summary>
    public override string ToString()
        => Transport switch
        {
            DockerTransport.Unix => $"unix://{Path}",
            DockerTransport.NamedPipe => $"npipe://{Path}",
            DockerTransport.Tcp => $"tcp://{Authority}",
            _ => $"ssh://{(User is null ? "" : User + "@")}{Authority}{Path}",
        };

    private string Authority
        => (Host!.Contains(':', StringComparison.Ordinal)
            ? $"[{Host}]"
            : Host) + (Port is { } port ? ":" + port.ToString(CultureInfo.InvariantCulture) : "");

    private static DockerEndpoint ParseUnix(string text, string path)
        => path is ['/', _, ..] or ['@', _, ..]
            ? OfSocket(path)
            : throw Invalid(text, "the path of the socket is not absolute");

    // npipe:////./pipe/name is //./pipe/name, the pipe \\.\pipe\name.
    private static DockerEndpoint ParsePipe(string text, string path)
    {
        var parts = path.Replace('\\', '/').Split('/');
        return parts is ["", "", { Length: > 0 }, "pipe", { Length: > 0 }, ..]
            ? new DockerEndpoint(DockerTransport.NamedPipe) { Path = string.Join('/', parts) }
            : throw Invalid(text, "the pipe is not of the form //./pipe/name");
    }

    private static DockerEndpoint ParseTcp(string text, string rest, DockerTls? tls)
    {
        var uri = ParseAuthority(text, rest);
        if (uri.UserInfo.Length > 0)
        {
            throw Invalid(text, "an address of the scheme tcp names no user");
        }

        return uri.AbsolutePath == "/" && uri.Query.Length == 0 && uri.Fragment.Length == 0
            ? new DockerEndpoint(DockerTransport.Tcp)
            {
                Host = HostOf(text, uri),
                Port = uri.IsDefaultPort ? tls is null ? PlainPort : TlsPort : uri.Port,
                Tls = tls,
            }
            : throw Invalid(text, "nothing may follow host and port");
    }

    private static DockerEndpoint ParseSsh(string text, string rest)
    {
        var uri = ParseAuthority(text, rest);
        if (uri.UserInfo.Contains(':', StringComparison.Ordinal))
        {
            throw Invalid("ssh://" + uri.Host, "a password in an address is not accepted; use a key, and an agent for its passphrase");
        }

        if (uri.Query.Length > 0 || uri.Fragment.Length > 0)
        {
            throw Invalid(text, "nothing but the path of a socket may follow the host");
        }

        var host = HostOf(text, uri);
        var user = Uri.UnescapeDataString(uri.UserInfo);
        var path = Uri.UnescapeDataString(uri.AbsolutePath);
        // What begins with a dash would be an option of ssh.
        if (host.StartsWith('-') || user.StartsWith('-'))
        {
            throw Invalid(text, "host and user must not begin with a dash");
        }

        // ssh puts host and user into commands of its configuration, which a shell runs.
        if ($"{host}{user}".AsSpan().ContainsAny(ShellCharacters) || $"{host}{user}{path}".Any(char.IsControl))
        {
            throw Invalid(text, "host, user and path must not hold characters that a shell would take for more than themselves");
        }

        return new DockerEndpoint(DockerTransport.Ssh)
        {
            Host = host,
            Port = uri.IsDefaultPort ? null : uri.Port,
            User = user.Length == 0 ? null : user,
            Path = path == "/" ? null : path,
        };
    }

    // A scheme without a default port, so that a port that is given is told from none.
    private static Uri ParseAuthority(string text, string rest)
        => rest.Length > 0 && Uri.TryCreate("engine://" + rest, UriKind.Absolute, out var uri) && uri.Host.Length > 0 && uri.Port != 0
            ? uri
            : throw Invalid(text, "host and port cannot be read");

    private static string HostOf(string text, Uri uri)
    {
        try
        {
            var host = uri.IdnHost.Trim('[', ']');
            return host.Length is > 0 and <= LongestHost && !host.Any(char.IsWhiteSpace)
                ? host
                : throw Invalid(text, "the host cannot be read");
        }
        catch (UriFormatException)
        {
            // A name of other letters than ASCII that cannot be written in ASCII.
            throw Invalid(text, "the host cannot be read");
        }
    }

    private static ZLayerException Invalid(string text, string why)
        => new(ZLayerErrorKind.InvalidArgument, $"'{text}' is not an address of a Docker engine: {why}.")
        {
            Subject = text,
            Advice = Forms,
        };
}
