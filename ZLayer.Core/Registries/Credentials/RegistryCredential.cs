namespace ZLayer.Core.Registries;

/// <summary>What one proves oneself to a registry with. Its text never shows a secret.</summary>
public sealed record RegistryCredential
{
    /// <summary>The user name; null for tokens that need none.</summary>
    public string? Username { get; init; }

    /// <summary>The password or access token that goes with <see cref="Username"/>.</summary>
    public string? Secret { get; init; }

    /// <summary>
    /// A refresh token that the registry's token service exchanges for access tokens (<c>identitytoken</c> in Docker's config.json).
    /// </summary>
    public string? IdentityToken { get; init; }

    /// <summary>A ready access token, sent as it is (<c>registrytoken</c> in Docker's config.json).</summary>
    public string? RegistryToken { get; init; }

    /// <summary>A user name and a password or access token.</summary>
    public static RegistryCredential FromPassword(string username, string secret)
        => new() { Username = username, Secret = secret };

    /// <summary>The user name, or which kind of token this is.</summary>
    public override string ToString()
        => Username ?? (IdentityToken is not null ? "(identity token)" : RegistryToken is not null ? "(registry token)" : "(anonymous)");

    internal IEnumerable<string> Secrets
    {
        get
        {
            foreach (var secret in (string?[])[Secret, IdentityToken, RegistryToken])
            {
                if (!string.IsNullOrEmpty(secret))
                {
                    yield return secret;
                }
            }
        }
    }
}
