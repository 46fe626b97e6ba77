using System.Net;
using ZLayer.Core.Errors;

namespace ZLayer.Core.Registries;

internal sealed partial class RegistryClient
{
    /// <summary>Reaches a registry and proves oneself to it, as a login does.</summary>
    /// <param name="registry">Host and optional port.</param>
    /// <param name="credential">The credential to try; null tries anonymous access.</param>
    /// <param name="cancellationToken">Cancels the requests.</param>
    /// <exception cref="ZLayerException">RegistryAuthenticationFailed when the registry does not accept the credential.</exception>
    public async Task<RegistryConnection> CheckAsync(
        string registry, RegistryCredential? credential = null, CancellationToken cancellationToken = default)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(registry);
        var name = RegistryNames.Normalize(registry);
        var given = new SessionCredentials();
        if (credential is not null)
        {
            given.Set(name, credential);
        }

        var (connections, options) = _router.ForRegistry(name);
        using var transport = new RegistryTransport(options, connections, given, _logger);
        var request = new RegistryRequest
        {
            Registry = name, Method = HttpMethod.Get, Path = "/v2/", Attempt = $"log in to {name}", Subject = name, Allowed = [HttpStatusCode.NotFound],
        };
        using var response = await transport.SendAsync(request, cancellationToken).ConfigureAwait(false);
        if (response.StatusCode == HttpStatusCode.NotFound)
        {
            throw NoRegistry(name);
        }

        Forget(name);
        var session = await transport.GetSessionAsync(name, cancellationToken).ConfigureAwait(false);
        return new RegistryConnection
        {
            Registry = name,
            Endpoint = session.Endpoint,
            Username = credential?.Username,
            Authentication = session.Challenges.Any(c => c.IsBearer) ? "Bearer" : session.Challenges.Any(c => c.IsBasic) ? "Basic" : null,
        };
    }

    private static ZLayerException NoRegistry(string name)
        => new(ZLayerErrorKind.RegistryProtocolError, $"{name} answers, but is not an image registry: it does not know /v2/.")
        {
            Subject = name,
            Advice = "Check the registry's name and port.",
        };
}
