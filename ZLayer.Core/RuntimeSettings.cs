using Microsoft.Extensions.Logging;
using ZLayer.Core.Registries;
using ZLayer.Core.Runtimes;
using ZLayer.Core.Runtimes.Docker;

namespace ZLayer.Core;

/// <summary>Turns the environment into how container engines are reached, as their own command lines do.</summary>
internal static class RuntimeSettings
{
    /// <summary>
    /// <c>DOCKER_HOST</c>, <c>DOCKER_TLS_VERIFY</c>, <c>DOCKER_TLS</c>, <c>DOCKER_CERT_PATH</c>, <c>DOCKER_CONTEXT</c>,
    /// <c>DOCKER_API_VERSION</c>, and the sockets of a rootful, a rootless and a desktop engine.
    /// </summary>
    public static DockerRuntimeOptions Docker(IReadOnlyDictionary<string, string> environment, string home, string? configDirectory)
        => new()
        {
            Host = Value(environment, "DOCKER_HOST"),
            Tls = DockerTlsOf(environment, configDirectory),
            Context = Value(environment, "DOCKER_CONTEXT"),
            ConfigDirectory = configDirectory,
            ApiVersion = Value(environment, "DOCKER_API_VERSION"),
            Sockets = OperatingSystem.IsWindows() ? [] : [.. DockerSockets(environment, home)],
            Environment = environment,
            UserAgent = "zlayer/" + ZLayerEngineOptions.Version,
        };

    /// <summary><c>CONTAINER_HOST</c>, and the sockets of Podman's service: the user's own, and the system's first for root.</summary>
    public static DockerRuntimeOptions Podman(IReadOnlyDictionary<string, string> environment, string home)
        => new()
        {
            Name = "podman",
            Host = Value(environment, "CONTAINER_HOST") ?? (OperatingSystem.IsWindows() ? "npipe:////./pipe/podman-machine-default" : null),
            Sockets = OperatingSystem.IsWindows() ? [] : [.. PodmanSockets(environment, home)],
            Environment = environment,
            UserAgent = "zlayer/" + ZLayerEngineOptions.Version,
        };

    /// <summary>The runtimes of an engine.</summary>
    /// <param name="options">The options of the engine.</param>
    /// <param name="defaultName">The one that is used where none is named.</param>
    /// <param name="credentials">Makes the logins for pulls.</param>
    /// <param name="log">Told which engine is chosen, and of requests.</param>
    public static RuntimeSet CreateSet(ZLayerEngineOptions options, string defaultName, Func<ICredentialSource> credentials, ILogger log)
        => new(
            [
                KeyValuePair.Create<string, Func<IContainerRuntime>>("docker", () => new DockerRuntime(options.Docker, credentials(), log)),
                KeyValuePair.Create<string, Func<IContainerRuntime>>("podman", () => new DockerRuntime(options.Podman, credentials(), log)),
                .. options.FurtherRuntimes,
            ],
            defaultName,
            options.NamedEngines,
            engine => new DockerRuntime(engine, credentials(), log),
            address => Addressed(options.Docker, address));

    /// <summary>An engine that a user names, with what the environment says of all engines.</summary>
    /// <param name="docker">What the environment says of Docker's engine.</param>
    /// <param name="engine">The name; the address with its TLS, or the context.</param>
    public static DockerRuntimeOptions Named(DockerRuntimeOptions docker, DockerRuntimeOptions engine)
    {
        // The context of this name is the engine of the environment, as with Docker's command line.
        var isDefault = engine.Host is null && engine.Context == EndpointSearch.DefaultContext;
        return docker with
        {
            Name = engine.Name,
            Host = isDefault ? docker.Host : engine.Host,
            Tls = isDefault ? docker.Tls : engine.Tls,
            Context = engine.Context,
        };
    }

    /// <summary>
    /// The engine at an address that a user gives. TLS of the environment counts for it, as for one that is given to Docker's command line.
    /// </summary>
    /// <param name="docker">What the environment says of Docker's engine.</param>
    /// <param name="address">The address.</param>
    public static DockerRuntimeOptions Addressed(DockerRuntimeOptions docker, string address)
    {
        var engine = RuntimeAddress.Read(address);
        return Named(docker, engine.Host is null ? engine : engine with { Tls = docker.Tls });
    }

    // Any text switches TLS on, also "0": so it is with Docker's command line.
    private static DockerTls? DockerTlsOf(IReadOnlyDictionary<string, string> environment, string? configDirectory)
    {
        var verify = Value(environment, "DOCKER_TLS_VERIFY") is not null;
        return verify || Value(environment, "DOCKER_TLS") is not null
            ? DockerTls.FromDirectory(Value(environment, "DOCKER_CERT_PATH") ?? configDirectory ?? "", verify)
            : null;
    }

    private static IEnumerable<string> DockerSockets(IReadOnlyDictionary<string, string> environment, string home)
    {
        yield return "/var/run/docker.sock";
        if (Value(environment, "XDG_RUNTIME_DIR") is { } runtime)
        {
            yield return Path.Combine(runtime, "docker.sock");
        }

        yield return Path.Combine(home, ".docker", "run", "docker.sock");
        yield return Path.Combine(home, ".docker", "desktop", "docker.sock");
    }

    private static IEnumerable<string> PodmanSockets(IReadOnlyDictionary<string, string> environment, string home)
    {
        const string System = "/run/podman/podman.sock";
        if (Environment.IsPrivilegedProcess)
        {
            yield return System;
        }

        if (Value(environment, "XDG_RUNTIME_DIR") is { } runtime)
        {
            yield return Path.Combine(runtime, "podman", "podman.sock");
        }

        if (OperatingSystem.IsMacOS())
        {
            yield return Path.Combine(home, ".local", "share", "containers", "podman", "machine", "podman.sock");
        }

        yield return System;
    }

    private static string? Value(IReadOnlyDictionary<string, string> environment, string name)
        => environment.GetValueOrDefault(name) is { Length: > 0 } value ? value : null;
}
