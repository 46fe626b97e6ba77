using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;
using ZLayer.Core.Errors;
using ZLayer.Core.Oci;
using ZLayer.Core.Registries.Configuration;

namespace ZLayer.Core.Registries;

/// <summary>
/// Sends each request where <c>registries.conf</c> says: pulls to mirrors first, then to the registry itself, pushes to the registry.
/// Registries that may be reached insecurely have connections of their own, so that the permission does not spread to others.
/// </summary>
internal sealed class RegistryRouter : IDisposable
{
    // A mirror that is down is not asked again at once, and not for ever left out.
    private static readonly TimeSpan MirrorPause = TimeSpan.FromMinutes(1);

    private readonly RegistryOptions _options;
    private readonly ILogger _logger;
    private readonly HttpConnections _connections;
    private readonly RegistryTransport _transport;
    private readonly Lazy<(HttpConnections Connections, RegistryTransport Transport)> _insecure;
    private readonly ConcurrentDictionary<string, DateTimeOffset> _pausedMirrors = new(StringComparer.OrdinalIgnoreCase);

    public RegistryRouter(RegistryOptions options, ICredentialSource credentials, ILogger logger)
    {
        _options = options;
        _logger = logger;
        _connections = new HttpConnections(options, logger);
        _transport = new RegistryTransport(options, _connections, credentials, logger);
        _insecure = new(() =>
        {
            var connections = new HttpConnections(Insecure(options), logger);
            return (connections, new RegistryTransport(Insecure(options), connections, credentials, logger));
        });
    }

    /// <summary>Does something that only the registry itself can do.</summary>
    public RegistryTarget ForPush(ImageReference reference)
    {
        var route = _options.Rules.RouteForPush(reference);
        return new RegistryTarget(TransportOf(route), route.Reference);
    }

    /// <summary>The registry itself, for questions that mirrors do not answer reliably, such as which tags there are.</summary>
    public RegistryTarget ForQuestion(ImageReference reference)
    {
        var route = _options.Rules.RoutesForPull(reference)[^1];
        return new RegistryTarget(TransportOf(route), route.Reference);
    }

    /// <summary>A registry as a whole, for a login: connections and options alone.</summary>
    public (HttpConnections Connections, RegistryOptions Options) ForRegistry(string registry)
        => ImageReference.TryParse(registry + "/any", out var any) && _options.Rules.RouteForPush(any).IsInsecure
            ? (_insecure.Value.Connections, Insecure(_options))
            : (_connections, _options);

    /// <summary>Fetches something from the first of an image's places that has it.</summary>
    /// <param name="reference">The image.</param>
    /// <param name="fetch">One attempt at one place.</param>
    /// <param name="cancellationToken">Cancels.</param>
    /// <param name="isThere">False for an answer after which the next place is worth asking.</param>
    public async Task<T> PullAsync<T>(
        ImageReference reference, Func<RegistryTarget, CancellationToken, Task<T>> fetch, CancellationToken cancellationToken, Func<T, bool>? isThere = null)
    {
        var problems = new List<string>();
        var routes = _options.Rules.RoutesForPull(reference);
        foreach (var route in routes.Where(route => route.IsMirror && !IsPaused(route)))
        {
            try
            {
                var result = await fetch(new RegistryTarget(TransportOf(route), route.Reference), cancellationToken).ConfigureAwait(false);
                if (isThere?.Invoke(result) != false)
                {
                    _logger.LogInformation("{Reference} is asked of the mirror {Mirror}", reference, route.Reference.Registry);
                    return result;
                }
            }
            catch (ZLayerException e) when (e.Kind is not (ZLayerErrorKind.StorageFull or ZLayerErrorKind.StorageWriteFailed))
            {
                _logger.LogInformation(
                    "The mirror {Mirror} does not serve {Reference}: {Problem}", route.Reference.Registry, reference, e.Message);
                problems.Add($"mirror {route.Reference.Registry}: {e.Message}");
                PauseAfter(e, route);
            }
        }

        try
        {
            return await fetch(new RegistryTarget(TransportOf(routes[^1]), routes[^1].Reference), cancellationToken).ConfigureAwait(false);
        }
        catch (ZLayerException e) when (problems.Count > 0 && e.Details.Count == 0)
        {
            throw new ZLayerException(e.Kind, e.Message, e)
            {
                Subject = e.Subject,
                AdviceWords = e.AdviceWords,
                RetryAfter = e.RetryAfter,
                Details = problems,
            };
        }
    }

    /// <summary>Leaves out the mirrors of an image for a while, because what came had the wrong digest. False when it has none.</summary>
    public bool DistrustMirrors(ImageReference reference)
    {
        var mirrors = _options.Rules.RoutesForPull(reference).Where(route => route.IsMirror).ToList();
        mirrors.ForEach(Pause);
        return mirrors.Count > 0;
    }

    /// <summary>Forgets what is known of a registry.</summary>
    public void Forget(string registry)
    {
        _transport.Forget(registry);
        if (_insecure.IsValueCreated)
        {
            _insecure.Value.Transport.Forget(registry);
        }
    }

    public void Dispose()
    {
        _transport.Dispose();
        _connections.Dispose();
        if (_insecure.IsValueCreated)
        {
            _insecure.Value.Transport.Dispose();
            _insecure.Value.Connections.Dispose();
        }
    }

    private static RegistryOptions Insecure(RegistryOptions options) => options with { AllowPlainHttp = true, SkipCertificateCheck = true };

    private RegistryTransport TransportOf(RegistryRoute route) => route.IsInsecure ? _insecure.Value.Transport : _transport;

    private bool IsPaused(RegistryRoute route)
        => _pausedMirrors.TryGetValue(route.Reference.Registry, out var until) && until > DateTimeOffset.UtcNow;

    private void PauseAfter(ZLayerException e, RegistryRoute route)
    {
        if (e.Kind is ZLayerErrorKind.RegistryUnreachable or ZLayerErrorKind.RegistryTlsFailed or ZLayerErrorKind.RegistryError or ZLayerErrorKind.RegistryRateLimited)
        {
            Pause(route);
        }
    }

    private void Pause(RegistryRoute route) => _pausedMirrors[route.Reference.Registry] = DateTimeOffset.UtcNow + MirrorPause;
}

/// <summary>Where a request goes: the connections to use, and the image's name there.</summary>
internal sealed record RegistryTarget(RegistryTransport Transport, ImageReference Reference);
