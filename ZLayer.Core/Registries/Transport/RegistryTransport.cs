using System.Collections.Concurrent;
using System.Net;
using System.Net.Http.Headers;
using Microsoft.Extensions.Logging;
using ZLayer.Core.Errors;

namespace ZLayer.Core.Registries;

/// <summary>
/// Sends requests to registries: finds the endpoint, authenticates, follows redirects by hand, and tries again after temporary failures.
/// </summary>
internal sealed class RegistryTransport : IDisposable
{
    private const int MaximumRedirects = 10;

    // A token that a request shares with others may be revoked again before its second try; a registry that only says no is asked twice.
    private const int MaximumRenewals = 4;

    private readonly RegistryOptions _options;
    private readonly HttpConnections _connections;
    private readonly EndpointDiscovery _discovery;
    private readonly RegistryAuthenticator _authenticator;
    private readonly SecretRedactor _redactor = new();
    private readonly ILogger _logger;
    private readonly ConcurrentDictionary<string, RegistrySession> _sessions = new(StringComparer.OrdinalIgnoreCase);
    private readonly ConcurrentDictionary<string, SemaphoreSlim> _discoveryGates = new(StringComparer.OrdinalIgnoreCase);

    public RegistryTransport(RegistryOptions options, HttpConnections connections, ICredentialSource credentials, ILogger logger)
    {
        _options = options;
        _connections = connections;
        _logger = logger;
        _discovery = new EndpointDiscovery(options, connections);
        _authenticator = new RegistryAuthenticator(credentials, new TokenService(options, connections, _redactor), _redactor);
    }

    public static string DefaultUserAgent { get; } = "zlayer/" + (typeof(RegistryTransport).Assembly.GetName().Version?.ToString(3) ?? "0");

    /// <summary>Sends until success, an answer that the request allows, or no attempt is left. The caller disposes the answer.</summary>
    public Task<HttpResponseMessage> SendAsync(RegistryRequest request, CancellationToken cancellationToken)
        => RunAsync(request, static (response, _) => Task.FromResult(response), keep: true, cancellationToken);

    /// <summary>
    /// Sends once, authenticated, and returns whatever is answered; a connection that breaks throws what the platform throws.
    /// </summary>
    public Task<HttpResponseMessage> SendAnyAsync(RegistryRequest request, CancellationToken cancellationToken)
        => SendOnceAsync(request, cancellationToken);

    /// <summary>Sends, as above, and reads the answer; an answer that breaks off is asked for again.</summary>
    public Task<T> ReadAsync<T>(
        RegistryRequest request, Func<HttpResponseMessage, CancellationToken, Task<T>> read, CancellationToken cancellationToken)
        => RunAsync(request, read, keep: false, cancellationToken);

    /// <summary>The registry's session, found out on first use.</summary>
    public async Task<RegistrySession> GetSessionAsync(string registry, CancellationToken cancellationToken)
        => _sessions.TryGetValue(registry, out var known)
            ? known
            : (await ReachAsync(registry, () => AskAsync(registry, cancellationToken), cancellationToken).ConfigureAwait(false)).Session;

    /// <summary>Forgets endpoint, credential and tokens of a registry.</summary>
    public void Forget(string registry) => _sessions.TryRemove(registry, out _);

    /// <summary>The error for a connection that broke while the caller read from it.</summary>
    public ZLayerException Broken(Exception e, RegistryRequest request)
        => RegistryFailure.FromException(e, request.Attempt, request.Subject, RegistryNames.Authority(request.Registry), _connections);

    /// <summary>The error for an answer that the caller cannot use.</summary>
    public async Task<ZLayerException> RefusedAsync(
        HttpResponseMessage response, RegistryRequest request, CancellationToken cancellationToken)
    {
        var session = await GetSessionAsync(request.Registry, cancellationToken).ConfigureAwait(false);
        return await RegistryFailure.FromResponseAsync(
            response, request, session, _options, _redactor, cancellationToken).ConfigureAwait(false);
    }

    public void Dispose()
    {
        foreach (var gate in _discoveryGates.Values)
        {
            gate.Dispose();
        }

        foreach (var session in _sessions.Values)
        {
            session.Dispose();
        }
    }

    private async Task<T> RunAsync<T>(
        RegistryRequest request, Func<HttpResponseMessage, CancellationToken, Task<T>> read, bool keep, CancellationToken cancellationToken)
    {
        var schedule = new RetrySchedule(_options);
        while (true)
        {
            TimeSpan delay;
            HttpResponseMessage? response = null;
            var handedOver = false;
            try
            {
                response = await SendOnceAsync(request, cancellationToken).ConfigureAwait(false);
                if (response.IsSuccessStatusCode || request.Allowed.Contains(response.StatusCode))
                {
                    var result = await read(response, cancellationToken).ConfigureAwait(false);
                    handedOver = keep;
                    return result;
                }

                if (!RegistryFailure.IsTemporary(response.StatusCode)
                    || !schedule.TryNext(RegistryFailure.RetryAfter(response), out delay))
                {
                    throw await RefusedAsync(response, request, cancellationToken).ConfigureAwait(false);
                }

                _logger.LogDebug(
                    "{Method} for {Subject}: status {Status}, again in {Delay}", request.Method, request.Subject, (int)response.StatusCode, delay);
            }
            catch (Exception e) when (RegistryFailure.IsBroken(e, cancellationToken))
            {
                if (RegistryFailure.IsHopeless(e) || !schedule.TryNext(null, out delay))
                {
                    throw Broken(e, request);
                }

                _logger.LogDebug(
                    "{Method} for {Subject}: {Problem}, again in {Delay}", request.Method, request.Subject, e.GetType().Name, delay);
            }
            finally
            {
                if (!handedOver)
                {
                    response?.Dispose();
                }
            }

            request.OnRetry?.Invoke();
            await Task.Delay(delay, cancellationToken).ConfigureAwait(false);
        }
    }

    private async Task<HttpResponseMessage> SendOnceAsync(RegistryRequest request, CancellationToken cancellationToken)
    {
        var (session, answer) = await ReachAsync(request, cancellationToken).ConfigureAwait(false);
        _logger.LogInformation("The registry {Registry} is reached at {Endpoint}", session.Registry, session.Endpoint);
        if (request.ForeignAddress is { } foreign)
        {
            // The registry named it: its connection is the measure.
            var there = CheckAddress(request, session, session.Endpoint, foreign, "names a url of the layer that leads");
            return await FollowAsync(request, session, there, null, cancellationToken).ConfigureAwait(false);
        }

        var address = Secure(request, session, new Uri(session.Endpoint, request.Path));
        var authorization = answer is null
            ? await _authenticator.GetAsync(session, request, cancellationToken).ConfigureAwait(false)
            : null;
        for (var renewals = 0; ; renewals++)
        {
            var response = await FollowAsync(request, session, address, authorization, cancellationToken, answer).ConfigureAwait(false);
            answer = null;
            if (response.StatusCode != HttpStatusCode.Unauthorized || !session.Owns(response.RequestMessage!.RequestUri!))
            {
                return response;
            }

            var challenges = AuthChallenge.Parse(response.Headers);
            if (renewals > 0 && (renewals == MaximumRenewals || !challenges.Any(challenge => challenge.IsTokenInvalid)))
            {
                return response;
            }

            var renewed = await _authenticator.RenewAsync(
                session, challenges, request, authorization, cancellationToken).ConfigureAwait(false);
            if (renewed is null)
            {
                return response;
            }

            response.Dispose();
            authorization = renewed;
        }
    }

    /// <summary>
    /// The session for a request. The first request to a registry finds it out, where it changes nothing, and has its answer already.
    /// </summary>
    private async Task<Reached> ReachAsync(RegistryRequest request, CancellationToken cancellationToken)
        => _sessions.TryGetValue(request.Registry, out var known)
            ? new Reached(known)
            : await ReachAsync(
                request.Registry,
                () => request.ForeignAddress is null && (request.Method == HttpMethod.Get || request.Method == HttpMethod.Head)
                    ? AskAsync(request, cancellationToken)
                    : AskAsync(request.Registry, cancellationToken),
                cancellationToken).ConfigureAwait(false);

    // One search for each registry; one that does not answer must not hold up the others.
    private async Task<Reached> ReachAsync(string registry, Func<Task<Reached>> ask, CancellationToken cancellationToken)
    {
        var gate = _discoveryGates.GetOrAdd(registry, _ => new SemaphoreSlim(1, 1));
        await gate.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            if (_sessions.TryGetValue(registry, out var known))
            {
                return new Reached(known);
            }

            var reached = await ask().ConfigureAwait(false);
            _sessions[registry] = reached.Session;
            return reached;
        }
        finally
        {
            gate.Release();
        }
    }

    private async Task<Reached> AskAsync(string registry, CancellationToken cancellationToken)
        => new(await _discovery.DiscoverAsync(registry, cancellationToken).ConfigureAwait(false));

    private async Task<Reached> AskAsync(RegistryRequest request, CancellationToken cancellationToken)
    {
        var (session, answer) = await _discovery.DiscoverAsync(
            request.Registry, endpoint => CreateMessage(
                request, new Uri(endpoint, request.Path), null, null), cancellationToken).ConfigureAwait(false);
        // A registry may hide from strangers what it shows to those whom it knows. And an answer without a body does not say that TLS is
        // wanted.
        if (answer.IsSuccessStatusCode || answer.StatusCode == HttpStatusCode.Unauthorized
            || ((request.Method == HttpMethod.Get || answer.StatusCode != HttpStatusCode.BadRequest)
                && !await _authenticator.HasCredentialAsync(session, request.Repository, cancellationToken).ConfigureAwait(false)))
        {
            return new Reached(session, answer);
        }

        answer.Dispose();
        return await AskAsync(request.Registry, cancellationToken).ConfigureAwait(false);
    }

    // The answer to the first request may be there already.
    private async Task<HttpResponseMessage> FollowAsync(
        RegistryRequest request, RegistrySession session, Uri address, AuthenticationHeaderValue? authorization, CancellationToken cancellationToken,
        HttpResponseMessage? answer = null)
    {
        for (var redirects = 0; redirects <= MaximumRedirects; redirects++)
        {
            var response = answer
                ?? await SendMessageAsync(
                    request, address, session.Owns(address) ? authorization : null, cancellationToken).ConfigureAwait(false);
            answer = null;
            if (!IsFollowed(request, response))
            {
                return response;
            }

            response.Dispose();
            address = Uri.TryCreate(address, response.Headers.Location, out var next)
                ? CheckAddress(request, session, address, next)
                : throw RegistryFailure.NoAddress(request.Attempt, request.Subject);
        }

        throw new ZLayerException(
            ZLayerErrorKind.RegistryProtocolError, $"Cannot {request.Attempt}: the registry redirects more than {MaximumRedirects} times.")
        {
            Subject = request.Subject,
            Advice = "The registry is not set up correctly: its operator should check its public address.",
        };
    }

    private async Task<HttpResponseMessage> SendMessageAsync(
        RegistryRequest request, Uri address, AuthenticationHeaderValue? authorization, CancellationToken cancellationToken)
    {
        using var watch = new IdleWatch(_options.ProgressTimeout, cancellationToken);
        using var message = CreateMessage(request, address, authorization, watch);
        try
        {
            return await _connections.SendAsync(message, watch.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException e) when (watch.HasExpired)
        {
            throw watch.Explain(e);
        }
    }

    private HttpRequestMessage CreateMessage(
        RegistryRequest request, Uri address, AuthenticationHeaderValue? authorization, IdleWatch? watch)
    {
        var message = new HttpRequestMessage(request.Method, address)
        {
            Version = HttpVersion.Version11,
            Content = watch is null ? null : request.Content?.Invoke(watch),
        };
        message.Headers.TryAddWithoutValidation("User-Agent", _options.UserAgent ?? DefaultUserAgent);
        message.Headers.Authorization = authorization;
        foreach (var type in request.Accept)
        {
            message.Headers.TryAddWithoutValidation("Accept", type);
        }

        if (request.RangeStart > 0)
        {
            message.Headers.Range = new RangeHeaderValue(request.RangeStart, null);
        }

        return message;
    }

    private static bool IsFollowed(RegistryRequest request, HttpResponseMessage response)
        => !request.StaysHere && IsRedirect(response.StatusCode, request.Method) && response.Headers.Location is not null;

    private static bool IsRedirect(HttpStatusCode status, HttpMethod method)
        => status is HttpStatusCode.TemporaryRedirect or HttpStatusCode.PermanentRedirect
            || ((method == HttpMethod.Get || method == HttpMethod.Head)
                && status is HttpStatusCode.MovedPermanently or HttpStatusCode.Found or HttpStatusCode.SeeOther);

    // Registries behind a TLS proxy often write their own Location headers with http; other hosts may not lower the guard.
    private static Uri Secure(RegistryRequest request, RegistrySession session, Uri address)
        => session.Endpoint.Scheme == Uri.UriSchemeHttps && address.Scheme == Uri.UriSchemeHttp
            && address.Host.Equals(session.Endpoint.Host, StringComparison.OrdinalIgnoreCase)
            ? new UriBuilder(address) { Scheme = Uri.UriSchemeHttps, Port = session.Endpoint.Port }.Uri
            : CheckAddress(request, session, session.Endpoint, address);

    private static Uri CheckAddress(RegistryRequest request, RegistrySession session, Uri from, Uri to, string doing = "redirects")
        => RedirectRule.Refusal(session.Endpoint, from, to) is not { } refusal
            ? to
            : throw new ZLayerException(
                ZLayerErrorKind.RegistryProtocolError, $"Cannot {request.Attempt}: the registry {doing} {refusal}, which is refused.")
            {
                Subject = request.Subject,
                Advice = "The registry's storage must be served over HTTPS, under a public address: ask its operator.",
            };

    /// <summary>A registry whose session is known, and the answer to the request that found it out.</summary>
    private sealed record Reached(RegistrySession Session, HttpResponseMessage? Answer = null);
}
