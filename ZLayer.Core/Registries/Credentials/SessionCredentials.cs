using System.Collections.Concurrent;

namespace ZLayer.Core.Registries;

/// <summary>
/// Credentials that live as long as this object: what a user gave on the command line or with Connect-ZLayerRegistry. Safe for several
/// threads.
/// </summary>
public sealed class SessionCredentials : ICredentialSource
{
    private readonly ConcurrentDictionary<string, RegistryCredential> _credentials = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>The registries that a credential is kept for.</summary>
    public IReadOnlyCollection<string> Registries => [.. _credentials.Keys];

    /// <summary>The logins, by registry.</summary>
    internal IEnumerable<RegistryLogin> List()
        => _credentials.OrderBy(pair => pair.Key, StringComparer.OrdinalIgnoreCase)
            .Select(pair => new RegistryLogin { Registry = pair.Key, Username = pair.Value.Username, Source = RegistryLoginSource.Session });

    /// <summary>Keeps a credential, in place of an earlier one.</summary>
    public void Set(string registry, RegistryCredential credential) => _credentials[RegistryNames.Normalize(registry)] = credential;

    /// <summary>Forgets the credential of a registry; false when there was none.</summary>
    public bool Remove(string registry) => _credentials.TryRemove(RegistryNames.Normalize(registry), out _);

    /// <summary>Where the credentials are from, for a log.</summary>
    public override string ToString() => "this session";

    /// <inheritdoc/>
    public ValueTask<RegistryCredential?> FindAsync(string registry, CancellationToken cancellationToken = default)
        => ValueTask.FromResult(_credentials.GetValueOrDefault(RegistryNames.Normalize(registry)));
}
