using System.Net;
using System.Text;
using ZLayer.Core.Errors;

namespace ZLayer.Core.Registries;

/// <summary>
/// Finds out how a registry is reached, and what it asks for, with one request for <c>/v2/</c>.
/// <para>
/// Loopback hosts and <see cref="RegistryOptions.PlainHttpHosts"/>: plain HTTP, then TLS where the server turns out to want it.
/// With <see cref="RegistryOptions.AllowPlainHttp"/> the other way round; a certificate that does not verify ends the search. Otherwise TLS alone.
/// </para>
/// </summary>
internal sealed class EndpointDiscovery(RegistryOptions options, HttpConnections connections)
{
    public async Task<RegistrySession> DiscoverAsync(string registry, CancellationToken cancellationToken)
    {
        var authority = RegistryNames.Authority(registry);
        var candidates = Schemes(authority).Select(s => MakeEndpoint(registry, s, authority)).ToArray();
        Exception? first = null;
        foreach (var endpoint in candidates)
        {
            try
            {
                if (await AskAsync(registry, endpoint, cancellationToken).ConfigureAwait(false) is { } session)
                {
                    return session;
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

    private async Task<RegistrySession?> AskAsync(string registry, Uri endpoint, CancellationToken cancellationToken)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(endpoint, "/v2/"));
        request.Headers.TryAddWithoutValidation("User-Agent", options.UserAgent ?? RegistryTransport.DefaultUserAgent);
        using var watch = new IdleWatch(options.ProgressTimeout, cancellationToken);
        try
        {
            using var response = await connections.SendAsync(request, watch.Token).ConfigureAwait(false);
            if (SecureEndpoint(endpoint, response) is { } secure)
            {
                return await AskAsync(registry, secure, cancellationToken).ConfigureAwait(false);
            }

            return endpoint.Scheme == Uri.UriSchemeHttp && await WantsTlsAsync(response, cancellationToken).ConfigureAwait(false)
                ? null
                : new RegistrySession(
                    registry, endpoint, response.StatusCode == HttpStatusCode.Unauthorized ? AuthChallenge.Parse(response.Headers) : []);
        }
        catch (OperationCanceledException e) when (watch.HasExpired)
        {
            throw watch.Explain(e);
        }
    }

    // A server that sends plain HTTP on to its own TLS port is reached there from then on: credentials go nowhere else.
    private static Uri? SecureEndpoint(Uri endpoint, HttpResponseMessage response)
        => endpoint.Scheme == Uri.UriSchemeHttp && (int)response.StatusCode is >= 300 and < 400
            && response.Headers.Location is { IsAbsoluteUri: true, Scheme: "https" } location
            && location.Host.Equals(endpoint.Host, StringComparison.OrdinalIgnoreCase)
            ? new Uri($"https://{location.Authority}/")
            : null;

    // Go servers and nginx answer plain HTTP on a TLS port with 400 and a sentence about HTTPS.
    private async Task<bool> WantsTlsAsync(HttpResponseMessage response, CancellationToken cancellationToken)
    {
        if (response.StatusCode != HttpStatusCode.BadRequest)
        {
            return false;
        }

        var body = await ResponseBody.ReadUpToAsync(response, 4096, options, cancellationToken).ConfigureAwait(false);
        return Encoding.UTF8.GetString(body).Contains("HTTPS", StringComparison.Ordinal);
    }
}
