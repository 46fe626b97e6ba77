using System.Net;
using ZLayer.Core.Errors;
using ZLayer.Core.Foundation.Text;

namespace ZLayer.Core.Registries;

/// <summary>
/// Gets access tokens from the realm of a Bearer challenge (distribution project, "Token Authentication Specification").
/// <para>
/// Where nothing is sent, not even an anonymous request: over plain HTTP to another host than the registry's own, and from a remote
/// registry to a port of this machine. Where credentials go: to the registry's own host, to hosts of its domain (<see cref="TokenRealm"/>),
/// and to <see cref="RegistryOptions.TrustedRealms"/>.
/// </para>
/// </summary>
internal sealed class TokenService(RegistryOptions options, HttpConnections connections, SecretRedactor redactor)
{
    private const string ClientId = "zlayer";
    private const int MaximumAnswer = 1024 * 1024;

    // Tokens without expires_in live 60 s by the specification; each is dropped a little before its end.
    private const double DefaultLifetime = 60;

    public async Task<AccessToken> RequestAsync(
        RegistrySession session,
        AuthChallenge challenge,
        IReadOnlyList<string> scopes,
        RegistryCredential? credential,
        CancellationToken cancellationToken)
    {
        var realm = TokenRealm.Check(session, challenge.Realm ?? "", credential is not null, options.TrustedRealms);
        var schedule = new RetrySchedule(options);
        while (true)
        {
            TimeSpan delay;
            try
            {
                using var request = CreateRequest(realm, challenge.Service, scopes, credential);
                using var watch = new IdleWatch(options.ProgressTimeout, cancellationToken);
                using var response = await SendAsync(request, watch).ConfigureAwait(false);
                if (response.IsSuccessStatusCode)
                {
                    return await ReadAsync(session, response, cancellationToken).ConfigureAwait(false);
                }

                if (!RegistryFailure.IsTemporary(response.StatusCode)
                    || !schedule.TryNext(RegistryFailure.RetryAfter(response), out delay))
                {
                    throw await RefusedAsync(session, realm, response, credential, cancellationToken).ConfigureAwait(false);
                }
            }
            catch (Exception e) when (RegistryFailure.IsBroken(e, cancellationToken))
            {
                if (RegistryFailure.IsHopeless(e) || !schedule.TryNext(null, out delay))
                {
                    throw RegistryFailure.FromException(
                        e, $"get a token for {session.Registry} from {realm.Host}", session.Registry, realm.Authority, connections);
                }
            }

            await Task.Delay(delay, cancellationToken).ConfigureAwait(false);
        }
    }

    private HttpRequestMessage CreateRequest(
        Uri realm, string? service, IReadOnlyList<string> scopes, RegistryCredential? credential)
    {
        if (credential?.IdentityToken is { } identity)
        {
            return new HttpRequestMessage(HttpMethod.Post, realm)
            {
                Content = new FormUrlEncodedContent(
                [
                    new("grant_type", "refresh_token"),
                    new("refresh_token", identity),
                    new("service", service ?? ""),
                    new("client_id", ClientId),
                    new("scope", string.Join(' ', scopes)),
                ]),
            };
        }

        var query = new List<string>();
        if (service is not null)
        {
            query.Add("service=" + Uri.EscapeDataString(service));
        }

        query.AddRange(scopes.Select(s => "scope=" + Uri.EscapeDataString(s)));
        if (credential?.Username is { } account)
        {
            query.Add("account=" + Uri.EscapeDataString(account));
        }

        var builder = new UriBuilder(realm);
        builder.Query = string.Join(
            '&', (string[])[.. builder.Query.TrimStart('?') is { Length: > 0 } own ? [own] : Array.Empty<string>(), .. query]);
        var request = new HttpRequestMessage(HttpMethod.Get, builder.Uri);
        if (credential is { Username: { } user, Secret: { } secret })
        {
            request.Headers.Authorization = RegistryAuthenticator.BasicHeader(user, secret);
            redactor.Add(request.Headers.Authorization.Parameter);
        }

        return request;
    }

    private async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, IdleWatch watch)
    {
        request.Headers.TryAddWithoutValidation("User-Agent", options.UserAgent ?? RegistryTransport.DefaultUserAgent);
        try
        {
            return await connections.SendAsync(request, watch.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException e) when (watch.HasExpired)
        {
            throw watch.Explain(e);
        }
    }

    private async Task<AccessToken> ReadAsync(RegistrySession session, HttpResponseMessage response, CancellationToken cancellationToken)
    {
        var body = await ResponseBody.ReadAsync(response, MaximumAnswer, options, cancellationToken).ConfigureAwait(false);
        // What is wrong is not told: the parser's words may hold half a token.
        var answer = CheckedJson.Read(body, RegistryJsonContext.Default.TokenAnswer, (_, _) => NoToken(session), MaximumAnswer);
        var value = string.IsNullOrEmpty(answer.Token) ? answer.AccessToken : answer.Token;
        if (!AccessToken.IsToken(value))
        {
            throw NoToken(session);
        }

        var lifetime = Math.Clamp(answer.ExpiresIn ?? DefaultLifetime, 1, TimeSpan.SecondsPerDay);
        return new AccessToken(value, DateTimeOffset.UtcNow.AddSeconds(lifetime * 0.9));
    }

    private static ZLayerException NoToken(RegistrySession session)
        => new(ZLayerErrorKind.RegistryProtocolError, $"The token service of {session.Registry} answered with something that holds no token.")
        {
            Subject = session.Registry,
            Advice = "Check that the registry's address is right and that no captive portal or proxy answers in its place.",
        };

    private async Task<ZLayerException> RefusedAsync(
        RegistrySession session, Uri realm, HttpResponseMessage response, RegistryCredential? credential, CancellationToken cancellationToken)
    {
        var said = await RegistryFailure.ReadMessageAsync(response, options, redactor, cancellationToken).ConfigureAwait(false);
        var kind = response.StatusCode is HttpStatusCode.Unauthorized or HttpStatusCode.Forbidden or HttpStatusCode.BadRequest
            ? ZLayerErrorKind.RegistryAuthenticationFailed
            : RegistryFailure.KindOf(response.StatusCode, null);
        return new ZLayerException(
            kind, $"The token service {realm.Host} of {session.Registry} answered {RegistryFailure.Describe(response)}{said.Suffix}.")
        {
            Subject = session.Registry,
            RetryAfter = RegistryFailure.RetryAfter(response),
            Advice = kind == ZLayerErrorKind.RegistryAuthenticationFailed
                ? RegistryFailure.LoginAdvice(session.Registry, credential is not null)
                : "Try again later.",
        };
    }
}
