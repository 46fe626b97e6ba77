namespace ZLayer.Core.Registries;

/// <summary>Asks several sources in order; the first that has a credential wins.</summary>
public sealed class CredentialChain(IReadOnlyList<ICredentialSource> sources) : ICredentialSource
{
    /// <inheritdoc/>
    public async ValueTask<RegistryCredential?> FindAsync(string registry, CancellationToken cancellationToken = default)
    {
        foreach (var source in sources)
        {
            if (await source.FindAsync(registry, cancellationToken).ConfigureAwait(false) is { } credential)
            {
                return credential;
            }
        }

        return null;
    }
}
