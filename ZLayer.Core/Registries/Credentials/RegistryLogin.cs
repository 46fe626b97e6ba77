namespace ZLayer.Core.Registries;

/// <summary>A login to a registry that is kept somewhere. It holds no secret.</summary>
public sealed record RegistryLogin
{
    /// <summary>Host and optional port as image references write it.</summary>
    public required string Registry { get; init; }

    /// <summary>The part of the registry that it is for, such as <c>team</c>; null for all of it.</summary>
    public string? Repository { get; init; }

    /// <summary>The user name; null for a token, and where it is not told.</summary>
    public string? Username { get; init; }

    /// <summary>What keeps it.</summary>
    public required RegistryLoginSource Source { get; init; }

    /// <summary>The file that keeps it, or that names the helper; null for a login of this session.</summary>
    public string? Path { get; init; }

    /// <summary>The credential helper, such as <c>docker-credential-pass</c>; null where there is none.</summary>
    public string? Helper { get; init; }

    /// <summary>Whether it is used: of several logins to a registry the first one is.</summary>
    public bool IsUsed { get; init; }

    /// <summary>
    /// The name of a registry as logins have it, whichever way it is written: <c>https://index.docker.io/v1/</c> is <c>docker.io</c>.
    /// </summary>
    /// <param name="registry">The registry.</param>
    public static string NameOf(string registry)
    {
        ArgumentNullException.ThrowIfNull(registry);
        return RegistryNames.Normalize(registry);
    }

    /// <summary>The registry.</summary>
    public override string ToString() => Registry;
}

/// <summary>What keeps a login.</summary>
public enum RegistryLoginSource
{
    /// <summary>This session, until its end.</summary>
    Session,
    /// <summary>A configuration file.</summary>
    File,
    /// <summary>A credential helper that a configuration file names.</summary>
    Helper,
}
