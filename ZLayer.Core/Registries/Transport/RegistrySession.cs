using System.Collections.Concurrent;
using System.Diagnostics.CodeAnalysis;

namespace ZLayer.Core.Registries;

/// <summary>What is known of one registry: its endpoint, how it wants to be authenticated to, and the tokens it gave.</summary>
internal sealed class RegistrySession(string registry, Uri endpoint, IReadOnlyList<AuthChallenge> challenges) : IDisposable
{
    /// <summary>The registry as image references write it.</summary>
    public string Registry { get; } = registry;

    /// <summary>Scheme, host and port, ending in a slash.</summary>
    public Uri Endpoint { get; } = endpoint;

    /// <summary>The challenges of the last refusal; empty when the registry asked for nothing so far.</summary>
    public IReadOnlyList<AuthChallenge> Challenges { get; set; } = challenges;

    /// <summary>One credential search and one token request at a time: the others then use the answer.</summary>
    public SemaphoreSlim Gate { get; } = new(1, 1);

    /// <summary>
    /// The credentials that were looked for, by repository, the registry's own under an empty name; null where there was none.
    /// </summary>
    public ConcurrentDictionary<string, RegistryCredential?> Credentials { get; } = new(StringComparer.Ordinal);

    /// <summary>Access tokens by realm, service and scopes.</summary>
    public ConcurrentDictionary<string, AccessToken> Tokens { get; } = new(StringComparer.Ordinal);

    /// <summary>True when a credential was found for the repository.</summary>
    public bool HasCredential(string? repository) => Credentials.GetValueOrDefault(repository ?? "") is not null;

    /// <summary>True for addresses that the registry itself serves, which may see its credentials.</summary>
    public bool Owns(Uri address)
        => Uri.Compare(address, Endpoint, UriComponents.SchemeAndServer, UriFormat.UriEscaped, StringComparison.OrdinalIgnoreCase) == 0;

    public void Dispose() => Gate.Dispose();
}

/// <summary>A bearer token and when to stop using it.</summary>
internal sealed record AccessToken(string Value, DateTimeOffset Expires)
{
    /// <summary>
    /// Whether a text can be sent as a token: the characters that one header field holds, without blanks (RFC 6750, 2.1, leaves even
    /// fewer).
    /// </summary>
    public static bool IsToken([NotNullWhen(true)] string? text) => !string.IsNullOrEmpty(text) && text.All(c => c is > ' ' and < '\x7f');
}
