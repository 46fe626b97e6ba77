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
    private readonly Lazy<DockerClient> _client;

    /// <summary>Makes a runtime.</summary>
    /// <param name="options">Where the engine is.</param>
    /// <param name="credentials">The logins for pulls; null pulls anonymously.</param>
    public DockerRuntime(DockerRuntimeOptions options, ICredentialSource? credentials = null)
    {
        ArgumentNullException.ThrowIfNull(options);
        _options = options;
        _credentials = credentials;
        // A search that fails is repeated by the next operation: the context may be there by then.
        _client = new Lazy<DockerClient>(Connect, LazyThreadSafetyMode.PublicationOnly);
    }

    /// <inheritdoc/>
    public string Name => _options.Name;

    /// <inheritdoc/>
    public RuntimeCapabilities Capabilities { get; } = new(new Dictionary<RuntimeOperation, string>());

    private DockerClient Client => _client.Value;

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
            return Absent($"The engine at {Client.Endpoint} does not answer within {DescribeTime.TotalSeconds:0} s.");
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (_client.IsValueCreated)
        {
            await Client.DisposeAsync().ConfigureAwait(false);
        }
    }

    private DockerClient Connect()
    {
        var endpoint = EndpointSearch.Find(_options);
        var version = default(ApiVersion);
        if (_options.ApiVersion is { Length: > 0 } text && !Docker.ApiVersion.TryParse(text, out version))
        {
            throw new ZLayerException(ZLayerErrorKind.InvalidArgument, $"'{text}' is no version of the Docker Engine API.") { Subject = text, Advice = "Write DOCKER_API_VERSION as in 1.41, or unset it." };
        }

        return new DockerClient(endpoint, new DockerClientOptions
        {
            ApiVersion = version == default ? null : version,
            ConnectTimeout = _options.ConnectTimeout,
            SshProgram = _options.SshProgram,
            Headers = EndpointSearch.Headers(_options.ConfigDirectory),
            UserAgent = "zlayer/" + ZLayerEngineOptions.Version,
        });
    }

    private async Task<RuntimeInfo> AskAsync(bool detailed, CancellationToken cancellationToken)
    {
        var purpose = EnginePurpose.ForEngine("ask the engine what it is");
        var spoken = await Client.GetApiVersionAsync(cancellationToken).ConfigureAwait(false);
        var version = await Client.GetAsync(EngineRequest.Get($"version", purpose), EngineJson.Default.EngineVersion, cancellationToken).ConfigureAwait(false);
        var machine = detailed
            ? await Client.GetAsync(EngineRequest.Get($"info", purpose), EngineJson.Default.EngineMachine, cancellationToken).ConfigureAwait(false)
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
            Kind = string.Equals(Name, "podman", StringComparison.OrdinalIgnoreCase) ? "Podman service" : "Docker engine",
            IsAvailable = false,
            Reason = reason,
            Endpoint = _client.IsValueCreated ? Client.Endpoint.ToString() : null,
            Capabilities = [.. Capabilities.Operations],
        };
}
