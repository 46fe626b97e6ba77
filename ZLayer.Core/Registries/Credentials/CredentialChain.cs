using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;

namespace ZLayer.Core.Registries;

/// <summary>Asks several sources in order; the first that has a credential wins.</summary>
internal sealed class CredentialChain(IReadOnlyList<ICredentialSource> sources, ILogger? logger = null) : ICredentialSource
{
    // What was found last, so that it can be told again without asking again: a source may be a program.
    private readonly ConcurrentDictionary<(string Registry, string Repository), Found?> _found = [];

    /// <inheritdoc/>
    public ValueTask<RegistryCredential?> FindAsync(string registry, CancellationToken cancellationToken = default)
        => FindAsync(registry, null, cancellationToken);

    /// <inheritdoc/>
    public async ValueTask<RegistryCredential?> FindAsync(string registry, string? repository, CancellationToken cancellationToken)
    {
        Found? found = null;
        foreach (var source in sources)
        {
            if (await source.FindAsync(registry, repository, cancellationToken).ConfigureAwait(false) is { } credential)
            {
                found = new Found(credential, source);
                break;
            }
        }

        _found[(registry, repository ?? "")] = found;
        Tell(registry, repository);
        return found?.Credential;
    }

    /// <summary>
    /// Logs where the credential that was found last for a repository is from. Who keeps credentials calls it for each request that uses
    /// one, so that every command hears it.
    /// </summary>
    /// <param name="registry">The registry.</param>
    /// <param name="repository">The repository; null for the registry's own.</param>
    internal void Tell(string registry, string? repository)
    {
        if (logger is null || !_found.TryGetValue((registry, repository ?? ""), out var found))
        {
            return;
        }

        if (found is null)
        {
            logger.LogInformation("There is no credential for {Registry}: it is asked without one", registry);
        }
        else
        {
            logger.LogInformation(
                "The credential for {Registry} is that of {User} from {Source}", registry, found.Credential, found.Source);
        }
    }

    private sealed record Found(RegistryCredential Credential, ICredentialSource Source);
}
