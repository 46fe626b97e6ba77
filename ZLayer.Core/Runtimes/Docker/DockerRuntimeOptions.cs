namespace ZLayer.Core.Runtimes.Docker;

/// <summary>
/// How an engine with the Docker API is found and spoken to. What is null is found as Docker's own command line finds it.
/// </summary>
public sealed record DockerRuntimeOptions
{
    /// <summary>The name of the runtime: <c>docker</c>, <c>podman</c>.</summary>
    public string Name { get; init; } = "docker";

    /// <summary>The address, such as <c>unix:///run/docker.sock</c> or <c>ssh://user@host</c>; wins over <see cref="Context"/>.</summary>
    public string? Host { get; init; }

    /// <summary>TLS for a TCP address; null speaks plain HTTP.</summary>
    public DockerTls? Tls { get; init; }

    /// <summary>The name of a Docker context; null is the current one of <see cref="ConfigDirectory"/>.</summary>
    public string? Context { get; init; }

    /// <summary>The directory with Docker's <c>config.json</c> and contexts; null for none.</summary>
    public string? ConfigDirectory { get; init; }

    /// <summary>
    /// Where a socket may be without an address or context: the first that exists is taken, else the first. Empty is the engine's usual
    /// place.
    /// </summary>
    public IReadOnlyList<string> Sockets { get; init => field = value.ToArray(); } = [];

    /// <summary>The API version to speak, such as <c>1.41</c>; null negotiates.</summary>
    public string? ApiVersion { get; init; }

    /// <summary>The caller's environment: proxies and <c>$E:</c> values of containers.</summary>
    public IReadOnlyDictionary<string, string> Environment { get; init; } = new Dictionary<string, string>();

    /// <summary>The time limit for connecting.</summary>
    public TimeSpan ConnectTimeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>The User-Agent header.</summary>
    public string UserAgent { get; init; } = "zlayer";

    /// <summary>The ssh program by name or path; null is <c>ssh</c>.</summary>
    public string? SshProgram { get; init; }

    /// <summary>Whether a user gave the engine its name, so that the environment does not say where it is.</summary>
    internal bool IsNamed { get; init; }
}
