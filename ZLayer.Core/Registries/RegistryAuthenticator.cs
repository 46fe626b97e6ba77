using System.Net.Http.Headers;
using System.Text;
using ZLayer.Core.Errors;

namespace ZLayer.Core.Registries;

/// <summary>
/// Answers the challenges of registries: Basic directly, Bearer with a token from the realm that the challenge names. Tokens are kept by
/// realm, service and scopes until they expire or are refused.
/// </summary>
internal sealed class RegistryAuthenticator(ICredentialSource credentials, TokenService tokens, SecretRedactor redactor)
{
    /// <summary>The header to send with a first attempt; null when the registry asked for none so far or there is nothing to answer with.</summary>
    public async Task<AuthenticationHeaderValue?> GetAsync(
        RegistrySession session, IReadOnlyList<string> scopes, CancellationToken cancellationToken)
    {
        if (session.Challenges.Count == 0)
        {
            return null;
        }

        if (Choose(session.Challenges) is { } bearer && bearer.IsBearer
            && session.Tokens.TryGetValue(Key(bearer, scopes), out var token) && token.Expires > DateTimeOffset.UtcNow)
        {
            return new AuthenticationHeaderValue("Bearer", token.Value);
        }

        await session.Gate.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            return await CreateAsync(session, scopes, cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            session.Gate.Release();
        }
    }

    /// <summary>The header to send after a refusal of <paramref name="refused"/>; null when there is nothing better to offer.</summary>
    public async Task<AuthenticationHeaderValue?> RenewAsync(
        RegistrySession session,
        IReadOnlyList<AuthChallenge> challenges,
        IReadOnlyList<string> scopes,
        AuthenticationHeaderValue? refused,
        CancellationToken cancellationToken)
    {
        await session.Gate.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            if (challenges.Count > 0)
            {
                session.Challenges = challenges;
            }

            foreach (var (key, token) in session.Tokens)
            {
                if (token.Value == refused?.Parameter)
                {
                    session.Tokens.TryRemove(key, out _);
                }
            }

            // The user may have logged in, or changed the password, since the credential was looked up.
            session.IsCredentialKnown = false;
            var renewed = await CreateAsync(session, scopes, cancellationToken).ConfigureAwait(false);
            return renewed is null || renewed.Equals(refused) ? null : renewed;
        }
        finally
        {
            session.Gate.Release();
        }
    }

    private async Task<AuthenticationHeaderValue?> CreateAsync(
        RegistrySession session, IReadOnlyList<string> scopes, CancellationToken cancellationToken)
    {
        var credential = await FindCredentialAsync(session, cancellationToken).ConfigureAwait(false);
        var challenge = Choose(session.Challenges);
        if (challenge is null)
        {
            return null;
        }

        if (challenge.IsBasic)
        {
            return credential is { Username: { } user, Secret: { } secret } ? Basic(user, secret) : null;
        }

        if (credential?.RegistryToken is { } ready)
        {
            return new AuthenticationHeaderValue("Bearer", ready);
        }

        var key = Key(challenge, scopes);
        if (!session.Tokens.TryGetValue(key, out var token) || token.Expires <= DateTimeOffset.UtcNow)
        {
            token = await tokens.RequestAsync(session, challenge, Union(scopes, challenge), credential, cancellationToken).ConfigureAwait(false);
            redactor.Add(token.Value);
            session.Tokens[key] = token;
        }

        return new AuthenticationHeaderValue("Bearer", token.Value);
    }

    private async ValueTask<RegistryCredential?> FindCredentialAsync(RegistrySession session, CancellationToken cancellationToken)
    {
        if (!session.IsCredentialKnown)
        {
            session.Credential = await credentials.FindAsync(session.Registry, cancellationToken).ConfigureAwait(false);
            session.IsCredentialKnown = true;
            foreach (var secret in session.Credential?.Secrets ?? [])
            {
                redactor.Add(secret);
            }
        }

        return session.Credential;
    }

    private AuthenticationHeaderValue Basic(string user, string secret)
    {
        var header = BasicHeader(user, secret);
        redactor.Add(header.Parameter);
        return header;
    }

    internal static AuthenticationHeaderValue BasicHeader(string user, string secret)
        => new("Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes($"{user}:{secret}")));

    // A token is bound to what it is for, so it is offered before a password.
    private static AuthChallenge? Choose(IReadOnlyList<AuthChallenge> challenges)
        => challenges.FirstOrDefault(c => c.IsBearer && c.Realm is not null) ?? challenges.FirstOrDefault(c => c.IsBasic);

    private static IReadOnlyList<string> Union(IReadOnlyList<string> scopes, AuthChallenge challenge)
        => scopes.Count == 0 ? challenge.Scopes : scopes;

    private static string Key(AuthChallenge challenge, IReadOnlyList<string> scopes)
        => string.Join('\n', [challenge.Realm ?? "", challenge.Service ?? "", .. Union(scopes, challenge)]);

    /// <summary>The refusal when a realm may not be given anything.</summary>
    internal static ZLayerException UntrustedRealm(RegistrySession session, string realm)
        => new(ZLayerErrorKind.RegistryAuthenticationFailed,
            $"The registry {session.Registry} sends to '{realm}' for a token, which is not a place that credentials may go to.")
        {
            Subject = session.Registry,
            Advice = "Token services must be reached over HTTPS, or be on the registry's own plain-HTTP or loopback host. Ask the registry's operator.",
        };
}
