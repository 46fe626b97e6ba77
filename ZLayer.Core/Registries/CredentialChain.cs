using Microsoft.Extensions.Logging;

namespace ZLayer.Core.Registries;

/// <summary>Asks several sources in order; the first that has a credential wins.</summary>
public sealed class CredentialChain(IReadOnlyList<ICredentialSource> sources, ILogger? logger = null) : ICredentialSource
{
    /// <inheritdoc/>
    public ValueTask<RegistryCredential?> FindAsync(string registry, CancellationToken cancellationToken = default)
        => FindAsync(registry, null, cancellationToken);

    /// <inheritdoc/>
    public async ValueTask<RegistryCredential?> FindAsync(string registry, string? repository, CancellationToken cancellationToken)
    {
        foreach (var source in sources)
        {
            if (await source.FindAsync(registry, repository, cancellationToken).ConfigureAwait(false) is { } credential)
            {
                logger?.LogInformation("The credential for {Registry} is that of {User} from {Source}", registry, credential, source);
                return credential;
            }
        }

        logger?.LogInformation("There is no credential for {Registry}: it is asked without one", registry);
        return null;
    }
}
