using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using ZLayer.Core.Errors;
using ZLayer.Core.Registries;
using ZLayer.Core.Runtimes.Docker.Wire;
using ZLayer.Core.Runtimes.Execution;

namespace ZLayer.Core.Runtimes.Docker;

/// <summary>
/// The containers and images of an engine with the Docker API: Docker itself, old and new, or Podman's service. Making one connects to
/// nothing; each operation speaks to the engine, so that what it tells is always current. The operations themselves are in a class for
/// each noun, over one <see cref="ChosenEngine"/>.
/// </summary>
internal sealed partial class DockerRuntime : IContainerRuntime
{
    private static readonly TimeSpan DescribeTime = TimeSpan.FromSeconds(10);

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
        Options = options;
        Credentials = credentials;
        _log = logger ?? NullLogger.Instance;
    }

    /// <inheritdoc/>
    public string Name => Options.Name;

    /// <inheritdoc/>
    public RuntimeCapabilities Capabilities { get; } = new(new Dictionary<RuntimeOperation, string>());

    /// <summary>Where the engine is.</summary>
    internal DockerRuntimeOptions Options { get; }

    /// <summary>The logins for pulls; null pulls anonymously.</summary>
    internal ICredentialSource? Credentials { get; }

    /// <summary>The sizes that an engine before API 1.42 takes only once the terminal is there, by container id.</summary>
    internal ConcurrentDictionary<string, TerminalSize> TerminalSizes { get; } = new(StringComparer.Ordinal);

    // For one operation.
    private ChosenEngine Engine => new(this);

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

    /// <summary>
    /// The connection to the engine as it is to be found now: the user may choose another context, or start another engine, while this
    /// runtime lives, and that counts from the next operation on.
    /// </summary>
    internal DockerClient Choose()
    {
        DockerClient client;
        string? reason;
        lock (_gate)
        {
            var place = EndpointSearch.PlaceOf(Options);
            if (_clients.Count == 0 || place != _place)
            {
                var endpoint = EndpointSearch.Find(Options);
                if (_clients.Count == 0 || _clients[^1].Endpoint != endpoint)
                {
                    _clients.Add(Connect(endpoint));
                }

                _place = place;
                _reason = EndpointSearch.ReasonFor(Options);
            }

            (client, reason) = (_clients[^1], _reason);
        }

        // Each time: who reads the log may be another one.
        if (_log.IsEnabled(LogLevel.Information))
        {
            var address = AddressRedaction.Redact(client.Endpoint.ToString());
            _log.LogInformation("The runtime {Runtime} is at {Endpoint}: {Reason}", Name, address, reason);
        }

        return client;
    }

    private DockerClient Connect(DockerEndpoint endpoint)
    {
        var version = default(ApiVersion);
        if (Options.ApiVersion is { Length: > 0 } text && !Docker.ApiVersion.TryParse(text, out version))
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
            ConnectTimeout = Options.ConnectTimeout,
            SshProgram = Options.SshProgram,
            Headers = EndpointSearch.Headers(Options.ConfigDirectory),
            UserAgent = Options.UserAgent,
            Log = _log,
        });
    }

    private async Task<RuntimeInfo> AskAsync(bool detailed, CancellationToken cancellationToken)
    {
        var purpose = EnginePurpose.ForEngine("ask the engine what it is");
        var client = Choose();
        var spoken = await client.GetApiVersionAsync(cancellationToken).ConfigureAwait(false);
        var version = await client.GetAsync(
            EngineRequest.Get($"version", purpose), EngineJson.Default.EngineVersion, cancellationToken).ConfigureAwait(false);
        var machine = detailed
            ? await client.GetAsync(
                EngineRequest.Get($"info", purpose), EngineJson.Default.EngineMachine, cancellationToken).ConfigureAwait(false)
            : null;
        return new RuntimeInfo
        {
            Name = Name,
            Kind = version.IsPodman ? "Podman service" : "Docker engine",
            IsAvailable = true,
            Version = version.Version,
            ApiVersion = spoken.ToString(),
            Endpoint = client.Endpoint.ToString(),
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
