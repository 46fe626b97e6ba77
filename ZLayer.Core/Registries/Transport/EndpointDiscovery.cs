using System.Net;
using System.Text;
using ZLayer.Core.Errors;

namespace ZLayer.Core.Registries;

/// <summary>
/// Finds out how a registry is reached, and what it asks for, with the first request that somebody has for it, or one for <c>/v2/</c>.
/// <para>
/// Loopback hosts and <see cref="RegistryOptions.PlainHttpHosts"/>: plain HTTP, then TLS where the server turns out to want it.
/// With <see cref="RegistryOptions.AllowPlainHttp"/> the other way round; a certificate that does not verify ends the search. Otherwise TLS
/// alone.
/// </para>
/// </summary>
internal sealed class EndpointDiscovery(RegistryOptions options, HttpConnections connections)
{
    /// <summary>Finds out with a request for <c>/v2/</c>.</summary>
    public async Task<RegistrySession> DiscoverAsync(string registry, CancellationToken cancellationToken)
    {
        var (session, answer) = await DiscoverAsync(registry, AskForApi, cancellationToken).ConfigureAwait(false);
        answer.Dispose();
        return session;
    }

    /// <summary>Finds out with a question that one has for the registry anyway, which saves a round trip.</summary>
    /// <param name="registry">The registry.</param>
    /// <param name="question">Makes the request for an endpoint: one that changes nothing, without credentials.</param>
    /// <param name="cancellationToken">Ends the search.</param>
    /// <returns>The session, and the answer to the question.</returns>
    public async Task<Discovery> DiscoverAsync(string registry, Func<Uri, HttpRequestMessage> question, CancellationToken cancellationToken)
    {
        var authority = RegistryNames.Authority(registry);
        var candidates = Schemes(authority).Select(s => MakeEndpoint(registry, s, authority)).ToArray();
        Exception? first = null;
        foreach (var endpoint in candidates)
        {
            try
            {
                if (await AskAsync(registry, endpoint, question, cancellationToken).ConfigureAwait(false) is { } discovery)
                {
                    return discovery;
                }

                first = null; // It wants TLS; what TLS says is the better error.
            }
            catch (Exception e) when (RegistryFailure.IsBroken(e, cancellationToken))
            {
                first ??= e;
                if (connections.CertificateProblem(RegistryNames.Host(authority)) is not null)
                {
                    first = e;
                    break;
                }
            }
        }

        throw first is null || IsFinal(first)
            ? RegistryFailure.FromException(
                first ?? new HttpRequestException(HttpRequestError.SecureConnectionError, "it accepts neither plain HTTP nor TLS"),
                $"reach the registry {registry}", registry, authority, connections)
            : first;
    }

    // Nothing listens there, or it is not who it should be: another attempt would only delay the error.
    private static bool IsFinal(Exception e)
        => RegistryFailure.IsHopeless(e) || e is HttpRequestException { HttpRequestError: HttpRequestError.ConnectionError };

    private string[] Schemes(string authority)
        => RegistryNames.IsLoopback(authority) || options.PlainHttpHosts.Any(h => IsSameHost(h, authority))
            ? [Uri.UriSchemeHttp, Uri.UriSchemeHttps]
            : options.AllowPlainHttp
                ? [Uri.UriSchemeHttps, Uri.UriSchemeHttp]
                : [Uri.UriSchemeHttps];

    private static bool IsSameHost(string allowed, string authority)
        => allowed.Equals(authority, StringComparison.OrdinalIgnoreCase)
            || allowed.Equals(RegistryNames.Host(authority), StringComparison.OrdinalIgnoreCase);

    private static Uri MakeEndpoint(string registry, string scheme, string authority)
        => Uri.TryCreate($"{scheme}://{authority}/", UriKind.Absolute, out var endpoint)
            ? endpoint
            : throw new ZLayerException(ZLayerErrorKind.InvalidArgument, $"'{registry}' is not the name of a registry.")
            {
                Subject = registry,
                Advice = "Write host or host:port, such as 'ghcr.io' or 'localhost:5000'.",
            };

    private HttpRequestMessage AskForApi(Uri endpoint)
    {
        var request = new HttpRequestMessage(HttpMethod.Get, new Uri(endpoint, "/v2/"));
        request.Headers.TryAddWithoutValidation("User-Agent", options.UserAgent ?? RegistryTransport.DefaultUserAgent);
        return request;
    }

    private async Task<Discovery?> AskAsync(
        string registry, Uri endpoint, Func<Uri, HttpRequestMessage> question, CancellationToken cancellationToken)
    {
        using var request = question(endpoint);
        using var watch = new IdleWatch(options.ProgressTimeout, cancellationToken);
        HttpResponseMessage? answer = null;
        try
        {
            answer = await connections.SendAsync(request, watch.Token).ConfigureAwait(false);
            if (SecureEndpoint(endpoint, answer) is { } secure)
            {
                return await AskAsync(registry, secure, question, cancellationToken).ConfigureAwait(false);
            }

            var session = new RegistrySession(
                registry, endpoint, answer.StatusCode == HttpStatusCode.Unauthorized ? AuthChallenge.Parse(answer.Headers) : []);
            if (endpoint.Scheme == Uri.UriSchemeHttp && await WantsTlsAsync(answer, cancellationToken).ConfigureAwait(false))
            {
                return null;
            }

            var discovery = new Discovery(session, answer);
            answer = null;
            return discovery;
        }
        catch (OperationCanceledException e) when (watch.HasExpired)
        {
            throw watch.Explain(e);
        }
        finally
        {
            answer?.Dispose();
        }
    }

    // A server that sends plain HTTP on to its own TLS port is reached there from then on: credentials go nowhere else.
    private static Uri? SecureEndpoint(Uri endpoint, HttpResponseMessage response)
        => endpoint.Scheme == Uri.UriSchemeHttp && (int)response.StatusCode is >= 300 and < 400
            && response.Headers.Location is { IsAbsoluteUri: true, Scheme: "https" } location
            && location.Host.Equals(endpoint.Host, StringComparison.OrdinalIgnoreCase)
            ? new Uri(location, "/")
            : null;

    // Go servers and nginx answer plain HTTP on a TLS port with 400 and a sentence about HTTPS.
    private async Task<bool> WantsTlsAsync(HttpResponseMessage answer, CancellationToken cancellationToken)
    {
        if (answer.StatusCode != HttpStatusCode.BadRequest)
        {
            return false;
        }

        var body = await ResponseBody.ReadUpToAsync(answer, 4096, options, cancellationToken).ConfigureAwait(false);
        var type = answer.Content.Headers.ContentType;
        // Whoever asked reads it once more.
        answer.Content = new ByteArrayContent(body) { Headers = { ContentType = type } };
        return Encoding.UTF8.GetString(body).Contains("HTTPS", StringComparison.Ordinal);
    }
}

/// <summary>How a registry is reached, and what it answered to the question that found it out. The receiver disposes the answer.</summary>
internal sealed record Discovery(RegistrySession Session, HttpResponseMessage Answer);
