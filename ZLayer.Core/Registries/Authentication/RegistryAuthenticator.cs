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
    /// <summary>
    /// The header to send with a first attempt; null when the registry asked for none so far or there is nothing to answer with.
    /// </summary>
    public async Task<AuthenticationHeaderValue?> GetAsync(
        RegistrySession session, RegistryRequest request, CancellationToken cancellationToken)
    {
        if (session.Challenges.Count == 0)
        {
            return null;
        }

        (credentials as CredentialChain)?.Tell(session.Registry, request.Repository);
        if (Choose(session.Challenges) is { } bearer && bearer.IsBearer
            && session.Tokens.TryGetValue(Key(bearer, request.Scopes), out var token) && token.Expires > DateTimeOffset.UtcNow)
        {
            return new AuthenticationHeaderValue("Bearer", token.Value);
        }

        await session.Gate.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            return await CreateAsync(session, request, cancellationToken).ConfigureAwait(false);
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
        RegistryRequest request,
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
            session.Credentials.TryRemove(request.Repository ?? "", out _);
            var renewed = await CreateAsync(session, request, cancellationToken).ConfigureAwait(false);
            return renewed is null || renewed.Equals(refused) ? null : renewed;
        }
        finally
        {
            session.Gate.Release();
        }
    }

    /// <summary>Whether there is a credential for a repository, which the registry was not given so far.</summary>
    public async Task<bool> HasCredentialAsync(RegistrySession session, string? repository, CancellationToken cancellationToken)
        => await FindCredentialAsync(session, repository, cancellationToken).ConfigureAwait(false) is not null;

    private async Task<AuthenticationHeaderValue?> CreateAsync(
        RegistrySession session, RegistryRequest request, CancellationToken cancellationToken)
    {
        var credential = await FindCredentialAsync(session, request.Repository, cancellationToken).ConfigureAwait(false);
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
            return AccessToken.IsToken(ready) ? new AuthenticationHeaderValue("Bearer", ready) : throw NoToken(session);
        }

        var key = Key(challenge, request.Scopes);
        if (!session.Tokens.TryGetValue(key, out var token) || token.Expires <= DateTimeOffset.UtcNow)
        {
            token = await tokens.RequestAsync(
                session, challenge, Union(request.Scopes, challenge), credential, cancellationToken).ConfigureAwait(false);
            redactor.Add(token.Value);
            session.Tokens[key] = token;
        }

        return new AuthenticationHeaderValue("Bearer", token.Value);
    }

    private async ValueTask<RegistryCredential?> FindCredentialAsync(
        RegistrySession session, string? repository, CancellationToken cancellationToken)
    {
        if (!session.Credentials.TryGetValue(repository ?? "", out var credential))
        {
            credential = await credentials.FindAsync(session.Registry, repository, cancellationToken).ConfigureAwait(false);
            session.Credentials[repository ?? ""] = credential;
            foreach (var secret in credential?.Secrets ?? [])
            {
                redactor.Add(secret);
            }
        }

        return credential;
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

    private static ZLayerException NoToken(RegistrySession session)
        => new(ZLayerErrorKind.RegistryAuthenticationFailed, $"The registry token that is stored for {session.Registry} is not a token: it holds blanks or control characters.")
        {
            Subject = session.Registry,
            Advice = RegistryFailure.LoginAdvice(session.Registry, hasCredential: false),
        };

    /// <summary>The refusal when a realm may not be given anything.</summary>
    internal static ZLayerException UntrustedRealm(RegistrySession session, string realm)
        => new(ZLayerErrorKind.RegistryAuthenticationFailed,
            $"The registry {session.Registry} sends to '{realm}' for a token, which is not a place that credentials may go to.")
        {
            Subject = session.Registry,
            Advice = "If this is where the registry's users log in, name the host in ZLAYER_TRUSTED_REALMS. Over plain HTTP a token service must be on the registry's own host.",
        };
}
