using System.Collections;
using System.Reflection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using ZLayer.Core.Registries;
using ZLayer.Core.Registries.Configuration;
using ZLayer.Core.Runtimes;
using ZLayer.Core.Runtimes.Docker;

namespace ZLayer.Core;

/// <summary>What an engine is made with. The engine and everything below it read nothing from the environment: it is all here.</summary>
public sealed record ZLayerEngineOptions
{
    /// <summary>The data root, an absolute path.</summary>
    public required string Root { get; init; }

    /// <summary>The clock that the store sees.</summary>
    internal TimeProvider Clock { get; init; } = TimeProvider.System;

    /// <summary>Registries, <c>host[:port]</c>, that are spoken to over plain HTTP; loopback hosts need not be named.</summary>
    public IReadOnlyCollection<string> PlainHttpHosts { get; init => field = value.ToArray(); } = [];

    /// <summary>True speaks plain HTTP to any registry that does not offer TLS, and does not verify certificates.</summary>
    public bool AllowInsecure { get; init; }

    /// <summary>The directory of Docker's <c>config.json</c>; null where there is none.</summary>
    public string? DockerConfigDirectory { get; init; }

    /// <summary>
    /// A further file of the same form, such as podman's <c>auth.json</c>, that was asked for (<c>REGISTRY_AUTH_FILE</c>); read first.
    /// </summary>
    public string? AuthFile { get; init; }

    /// <summary>
    /// Files of the same form that are read after Docker's: podman's <c>auth.json</c> in its usual places. They need not exist.
    /// </summary>
    public IReadOnlyList<string> FurtherAuthFiles { get; init => field = value.ToArray(); } = [];

    /// <summary>The file <c>registries.conf</c>; null where there is none. See <see cref="RegistriesConf"/>.</summary>
    public string? RegistriesConfFile { get; init; }

    /// <summary>Directories of drop-in files for <c>registries.conf</c>. They need not exist.</summary>
    public IReadOnlyList<string> RegistriesConfDirectories { get; init => field = value.ToArray(); } = [];

    /// <summary>Directories laid out as Docker's <c>certs.d</c>; see <see cref="RegistryOptions.CertificateDirectories"/>.</summary>
    public IReadOnlyList<string> CertificateDirectories { get; init => field = value.ToArray(); } = [];

    /// <summary>Hosts of token services that credentials may go to although they are of another domain than the registry.</summary>
    public IReadOnlyCollection<string> TrustedRealms { get; init => field = value.ToArray(); } = [];

    /// <summary>The OCI runtime for RUN, by name or path; null is the first that works.</summary>
    public string? OciRuntime { get; init; }

    /// <summary>The container runtime that is used where none is named; null is <c>docker</c>.</summary>
    public string? Runtime { get; init; }

    /// <summary>
    /// Where the Docker engine is. A session that names another address changes <see cref="DockerRuntimeOptions.Host"/> here.
    /// </summary>
    public DockerRuntimeOptions Docker { get; init; } = new();

    /// <summary>Where Podman's service is.</summary>
    public DockerRuntimeOptions Podman { get; init; } = new() { Name = "podman" };

    /// <summary>
    /// Runtimes besides <c>docker</c> and <c>podman</c>, by name, which may not be one of these. Each is made when it is first asked for,
    /// and the engine disposes of it.
    /// </summary>
    public IReadOnlyDictionary<string, Func<IContainerRuntime>> FurtherRuntimes { get; init; }
        = new Dictionary<string, Func<IContainerRuntime>>();

    /// <summary>
    /// The engines that users gave names of their own. Engines of ZLayer that are given the same ones know the same names.
    /// </summary>
    public NamedEngines NamedEngines { get; init; } = new();

    /// <summary>The caller's environment: search path, proxies, SSH agent.</summary>
    public IReadOnlyDictionary<string, string> Environment { get; init; } = new Dictionary<string, string>();

    /// <summary>Receives diagnostics.</summary>
    public ILoggerFactory LoggerFactory { get; init; } = NullLoggerFactory.Instance;

    /// <summary>The version of ZLayer.</summary>
    public static string Version { get; }
        = typeof(ZLayerEngineOptions).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion.Split('+')[0]
            ?? "0";

    /// <summary>
    /// Reads the process's environment, the only place that does. The data root is <paramref name="root"/>, else <c>ZLAYER_HOME</c>, else
    /// the platform's place for data: <c>/var/lib/zlayer</c> for root, <c>$XDG_DATA_HOME/zlayer</c>, <c>%LOCALAPPDATA%\ZLayer</c>,
    /// <c>~/Library/Application Support/zlayer</c>.
    /// </summary>
    /// <param name="root">The data root, absolute; null to find it.</param>
    public static ZLayerEngineOptions FromEnvironment(string? root = null)
    {
        var environment = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (DictionaryEntry variable in System.Environment.GetEnvironmentVariables())
        {
            environment[(string)variable.Key] = (string?)variable.Value ?? "";
        }

        var home = System.Environment.GetFolderPath(System.Environment.SpecialFolder.UserProfile);
        var dockerConfig = NonEmpty(environment.GetValueOrDefault("DOCKER_CONFIG"))
            ?? (home.Length == 0 ? null : Path.Combine(home, ".docker"));
        return new ZLayerEngineOptions
        {
            Root = Path.GetFullPath(
                NonEmpty(root) ?? NonEmpty(environment.GetValueOrDefault("ZLAYER_HOME")) ?? DefaultRoot(environment, home)),
            DockerConfigDirectory = dockerConfig,
            AuthFile = NonEmpty(environment.GetValueOrDefault("REGISTRY_AUTH_FILE")),
            FurtherAuthFiles = RegistryFiles.AuthFiles(environment, home),
            RegistriesConfFile = RegistryFiles.RegistriesConf(environment, home),
            RegistriesConfDirectories = RegistryFiles.RegistriesConfDirectories(environment, home),
            CertificateDirectories = RegistryFiles.CertificateDirectories(home),
            TrustedRealms = List(environment.GetValueOrDefault("ZLAYER_TRUSTED_REALMS")),
            PlainHttpHosts = List(environment.GetValueOrDefault("ZLAYER_PLAIN_HTTP")),
            OciRuntime = NonEmpty(environment.GetValueOrDefault("ZLAYER_OCI_RUNTIME")),
            Runtime = NonEmpty(environment.GetValueOrDefault("ZLAYER_RUNTIME")),
            Docker = RuntimeSettings.Docker(environment, home, dockerConfig),
            Podman = RuntimeSettings.Podman(environment, home),
            Environment = environment,
        };
    }

    private static string DefaultRoot(Dictionary<string, string> environment, string home)
    {
        if (OperatingSystem.IsWindows())
        {
            return Path.Combine(System.Environment.GetFolderPath(System.Environment.SpecialFolder.LocalApplicationData), "ZLayer");
        }

        if (OperatingSystem.IsMacOS())
        {
            return Path.Combine(home, "Library", "Application Support", "zlayer");
        }

        return System.Environment.UserName == "root" && System.Environment.IsPrivilegedProcess
            ? "/var/lib/zlayer"
            : Path.Combine(NonEmpty(environment.GetValueOrDefault("XDG_DATA_HOME")) ?? Path.Combine(home, ".local", "share"), "zlayer");
    }

    private static string[] List(string? text)
        => (text ?? "").Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);

    private static string? NonEmpty(string? text) => string.IsNullOrEmpty(text) ? null : text;
}
