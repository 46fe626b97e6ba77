namespace ZLayer.Core.Registries;

/// <summary>Knows credentials for registries.</summary>
public interface ICredentialSource
{
    /// <summary>The credential for a registry; null when this source has none, which means anonymous access.</summary>
    /// <param name="registry">Host and optional port as image references write it: <c>docker.io</c>, <c>localhost:5000</c>.</param>
    /// <param name="cancellationToken">Cancels the search.</param>
    ValueTask<RegistryCredential?> FindAsync(string registry, CancellationToken cancellationToken = default);
}
