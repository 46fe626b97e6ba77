using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace ZLayer.Core.Runtimes.Docker;

/// <summary>How the client speaks to its engine.</summary>
internal sealed record DockerClientOptions
{
    /// <summary>The version to speak, unasked; null asks the engine and takes the newest that both know.</summary>
    public ApiVersion? ApiVersion { get; init; }

    /// <summary>The time limit for one connection, TLS included; over SSH for its connection.</summary>
    public TimeSpan ConnectTimeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>The ssh program by name or path; null is <c>ssh</c>.</summary>
    public string? SshProgram { get; init; }

    /// <summary>Headers for every request, for a proxy in front of the engine.</summary>
    public IReadOnlyDictionary<string, string> Headers { get; init; } = new Dictionary<string, string>();

    /// <summary>Told of requests.</summary>
    public ILogger Log { get; init; } = NullLogger.Instance;

    /// <summary>The User-Agent header.</summary>
    public string UserAgent { get; init; } = "zlayer";
}
