using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using ZLayer.Core.Errors;
using ZLayer.Core.Registries;
using ZLayer.Core.Runtimes.Docker.Wire;

namespace ZLayer.Core.Runtimes.Docker;

/// <summary>
/// The containers and images of an engine with the Docker API: Docker itself, old and new, or Podman's service. Making one connects to
/// nothing; each operation speaks to the engine, so that what it tells is always current.
/// </summary>
public sealed partial class DockerRuntime : IContainerRuntime
{
    private static readonly TimeSpan DescribeTime = TimeSpan.FromSeconds(10);

    private readonly DockerRuntimeOptions _options;
    private readonly ICredentialSource? _credentials;
    private readonly ILogger _log;
    private readonly Lock _gate = new();
    private readonly List<DockerClient> _clients = [];
    private (DateTime, string?) _place;
    private string? _reason;

    /// <summary>Makes a runtime.</summary>
    /// <param name="options">Where the engine is.</param>
    /// <param name="credentials">The logins for pulls; null pulls anonymously.</param>
    /// <param name="logger">Told which engine is chosen, and of requests.</param>
    public DockerRuntime(DockerRuntimeOptions options, ICredentialSource? credentials = null, ILogger? logger = null)
    {
        ArgumentNullException.ThrowIfNull(options);
        _options = options;
        _credentials = credentials;
        _log = logger ?? NullLogger.Instance;
    }

    /// <inheritdoc/>
    public string Name => _options.Name;

    /// <inheritdoc/>
    public RuntimeCapabilities Capabilities { get; } = new(new Dictionary<RuntimeOperation, string>());

    // The user may choose another context, or start another engine, while this runtime lives: that counts from the next operation on.
    private DockerClient Client
    {
        get
        {
            var (client, reason) = Choose();
            // Each time: who reads the log may be another one.
            if (_log.IsEnabled(LogLevel.Information))
            {
                var address = AddressRedaction.Redact(client.Endpoint.ToString());
                _log.LogInformation("The runtime {Runtime} is at {Endpoint}: {Reason}", Name, address, reason);
            }

            return client;
        }
    }

    /// <inheritdoc/>
    public async Task<RuntimeInfo> DescribeAsync(bool detailed = false, CancellationToken cancellationToken = default)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(DescribeTime);
        try
        {
            return await AskAsync(detailed, limit.Token).ConfigureAwait(false);
        }
        catch (ZLayerException e)
        {
            return Absent(e.Advice is null ? e.Message : $"{e.Message} {e.Advice}");
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return Absent($"The engine at {Endpoint} does not answer within {DescribeTime.TotalSeconds:0} s.");
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        foreach (var client in _clients)
        {
            await client.DisposeAsync().ConfigureAwait(false);
        }
    }

    private (DockerClient Client, string? Reason) Choose()
    {
        lock (_gate)
        {
            var place = EndpointSearch.PlaceOf(_options);
            if (_clients.Count == 0 || place != _place)
            {
                var endpoint = EndpointSearch.Find(_options);
                if (_clients.Count == 0 || _clients[^1].Endpoint != endpoint)
                {
                    _clients.Add(Connect(endpoint));
                }

                _place = place;
                _reason = EndpointSearch.ReasonFor(_options);
            }

            return (_clients[^1], _reason);
        }
    }

    private DockerClient Connect(DockerEndpoint endpoint)
    {
        var version = default(ApiVersion);
        if (_options.ApiVersion is { Length: > 0 } text && !Docker.ApiVersion.TryParse(text, out version))
        {
            throw new ZLayerException(ZLayerErrorKind.InvalidArgument, $"'{text}' is not a version of the Docker Engine API.")
            {
                Subject = text,
                Advice = "Write DOCKER_API_VERSION as in 1.41, or unset it.",
            };
        }

        return new DockerClient(endpoint, new DockerClientOptions
        {
            ApiVersion = version == default ? null : version,
            ConnectTimeout = _options.ConnectTimeout,
            SshProgram = _options.SshProgram,
            Headers = EndpointSearch.Headers(_options.ConfigDirectory),
            UserAgent = _options.UserAgent,
            Log = _log,
        });
    }

    private async Task<RuntimeInfo> AskAsync(bool detailed, CancellationToken cancellationToken)
    {
        var purpose = EnginePurpose.ForEngine("ask the engine what it is");
        var spoken = await Client.GetApiVersionAsync(cancellationToken).ConfigureAwait(false);
        var version = await Client.GetAsync(
            EngineRequest.Get($"version", purpose), EngineJson.Default.EngineVersion, cancellationToken).ConfigureAwait(false);
        var machine = detailed
            ? await Client.GetAsync(
                EngineRequest.Get($"info", purpose), EngineJson.Default.EngineMachine, cancellationToken).ConfigureAwait(false)
            : null;
        return new RuntimeInfo
        {
            Name = Name,
            Kind = version.IsPodman ? "Podman service" : "Docker engine",
            IsAvailable = true,
            Version = version.Version,
            ApiVersion = spoken.ToString(),
            Endpoint = Client.Endpoint.ToString(),
            Capabilities = [.. Capabilities.Operations],
            Host = machine?.ToHost(),
        };
    }

    private RuntimeInfo Absent(string reason)
        => new()
        {
            Name = Name,
            Kind = string.Equals(Name, "podman", StringComparison.OrdinalIgnoreCase) || Endpoint?.IsPodman == true
                ? "Podman service"
                : "Docker engine",
            IsAvailable = false,
            Reason = reason,
            Endpoint = Endpoint?.ToString(),
            Capabilities = [.. Capabilities.Operations],
        };

    // Where the engine was looked for; null when that could not be told.
    private DockerEndpoint? Endpoint
    {
        get
        {
            lock (_gate)
            {
                return _clients.Count == 0 ? null : _clients[^1].Endpoint;
            }
        }
    }
}
