namespace ZLayer.Core.Registries;

/// <summary>Knows credentials for registries.</summary>
public interface ICredentialSource
{
    /// <summary>The credential for a registry; null when this source has none, which means anonymous access.</summary>
    /// <param name="registry">Host and optional port as image references write it: <c>docker.io</c>, <c>localhost:5000</c>.</param>
    /// <param name="cancellationToken">Cancels the search.</param>
    ValueTask<RegistryCredential?> FindAsync(string registry, CancellationToken cancellationToken = default);

    /// <summary>The credential for a repository, for sources that know more than one for a registry.</summary>
    /// <param name="registry">Host and optional port.</param>
    /// <param name="repository">The path in the registry, such as <c>team/app</c>; null for the registry itself.</param>
    /// <param name="cancellationToken">Cancels the search.</param>
    ValueTask<RegistryCredential?> FindAsync(string registry, string? repository, CancellationToken cancellationToken)
        => FindAsync(registry, cancellationToken);
}
