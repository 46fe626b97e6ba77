namespace ZLayer.Core;

/// <summary>Where the configuration of registries is on this machine, as podman, skopeo and Docker look for it.</summary>
internal static class RegistryFiles
{
    private const string System = "/etc/containers";

    /// <summary>
    /// containers-auth.json(5): the runtime directory's first, then the one of the home directory. <c>REGISTRY_AUTH_FILE</c> is apart.
    /// </summary>
    public static IReadOnlyList<string> AuthFiles(IReadOnlyDictionary<string, string> environment, string home)
    {
        var files = new List<string>();
        if (OperatingSystem.IsLinux() && environment.GetValueOrDefault("XDG_RUNTIME_DIR") is { Length: > 0 } runtime)
        {
            files.Add(Path.Combine(runtime, "containers", "auth.json"));
        }

        if (UserDirectory(environment, home) is { } user)
        {
            files.Add(Path.Combine(user, "auth.json"));
        }

        return files;
    }

    /// <summary>
    /// containers-registries.conf(5): the file that <c>CONTAINERS_REGISTRIES_CONF</c> names, else the user's, else the system's.
    /// </summary>
    public static string? RegistriesConf(IReadOnlyDictionary<string, string> environment, string home)
        => environment.GetValueOrDefault("CONTAINERS_REGISTRIES_CONF") is { Length: > 0 } named ? Path.GetFullPath(named)
            : UserFile(environment, home) ?? (OperatingSystem.IsWindows() ? null : $"{System}/registries.conf");

    /// <summary>
    /// containers-registries.conf.d(5): the system's and the user's; the system's is left out where the user has a file of their own.
    /// </summary>
    public static IReadOnlyList<string> RegistriesConfDirectories(IReadOnlyDictionary<string, string> environment, string home)
    {
        var own = UserDirectory(environment, home) is { } user ? Path.Combine(user, "registries.conf.d") : null;
        var hasOwnFile = string.IsNullOrEmpty(environment.GetValueOrDefault("CONTAINERS_REGISTRIES_CONF"))
            && UserFile(environment, home) is not null;
        return [.. ((string?[])[OperatingSystem.IsWindows() || hasOwnFile ? null : $"{System}/registries.conf.d", own]).OfType<string>()];
    }

    /// <summary>containers-certs.d(5) and Docker's: the user's directory first.</summary>
    public static IReadOnlyList<string> CertificateDirectories(string home)
        => [
            .. home.Length == 0
                ? (string[])[]
                : [Path.Combine(home, ".config", "containers", "certs.d"), Path.Combine(home, ".docker", "certs.d")],
            .. OperatingSystem.IsWindows() ? (string[])[] : [$"{System}/certs.d", "/etc/docker/certs.d"],
        ];

    private static string? UserFile(IReadOnlyDictionary<string, string> environment, string home)
        => UserDirectory(environment, home) is { } user && Path.Combine(user, "registries.conf") is var file && File.Exists(file)
            ? file
            : null;

    private static string? UserDirectory(IReadOnlyDictionary<string, string> environment, string home)
        => environment.GetValueOrDefault("XDG_CONFIG_HOME") is { Length: > 0 } config ? Path.Combine(config, "containers")
            : home.Length > 0 ? Path.Combine(home, ".config", "containers")
            : null;
}
