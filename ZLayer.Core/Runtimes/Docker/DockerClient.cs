using System.Net;
using System.Net.Http.Headers;
using System.Runtime.CompilerServices;
using System.Text;
using System.Text.Json.Serialization.Metadata;
using ZLayer.Core.Errors;
using ZLayer.Core.Foundation;
using ZLayer.Core.Runtimes.Docker.Wire;

namespace ZLayer.Core.Runtimes.Docker;

/// <summary>
/// Speaks the Docker Engine API with one engine. Connections are kept warm; the API version is negotiated with the first request. Every
/// failure is a <see cref="ZLayerException"/> that says what the request was for. Safe for concurrent use.
/// </summary>
internal sealed class DockerClient : IAsyncDisposable
{
    private const int MaximumErrorBody = 64 * 1024;
    private static readonly EnginePurpose Greeting = EnginePurpose.ForEngine("reach the engine");
    private static readonly TimeSpan IdleTime = TimeSpan.FromMinutes(2);

    private readonly DockerClientOptions _options;
    private readonly EngineConnector _connector;
    private readonly RequestLog _log;
    private readonly HttpMessageInvoker _invoker;
    private readonly ApiNegotiation _negotiation;

    // Empty for Docker; null until the engine was greeted.
    private volatile string? _podmanVersion;

    /// <summary>Makes a client; it connects with the first request.</summary>
    public DockerClient(DockerEndpoint endpoint, DockerClientOptions options)
    {
        _options = options;
        _log = new RequestLog(options.Log);
        _connector = new EngineConnector(endpoint, options.ConnectTimeout, options.SshProgram);
        _invoker = new HttpMessageInvoker(new SocketsHttpHandler
        {
            ConnectCallback = async (_, cancellationToken) => await _connector.ConnectAsync(cancellationToken).ConfigureAwait(false),
            AllowAutoRedirect = false,
            AutomaticDecompression = DecompressionMethods.None,
            UseCookies = false,
            UseProxy = false,
            ActivityHeadersPropagator = null,
            PooledConnectionIdleTimeout = IdleTime,
            // What is disposed of in the middle of an answer closes its connection at once: the rest of a stream of logs may never end.
            MaxResponseDrainSize = 0,
        });
        _negotiation = new ApiNegotiation(options.ApiVersion, PingAsync);
    }

    /// <summary>Where the engine is.</summary>
    public DockerEndpoint Endpoint => _connector.Endpoint;

    /// <summary>The memory of the engine's machine, in bytes; 0 until somebody asked for it.</summary>
    public long MachineMemory { get; set; }

    /// <summary>The API version that is spoken: the newest that both sides know.</summary>
    /// <exception cref="ZLayerException">RuntimeUnavailable, AccessDenied, RuntimeApiTooOld, RuntimeError when it is no engine.</exception>
    public ValueTask<ApiVersion> GetApiVersionAsync(CancellationToken cancellationToken) => _negotiation.GetAsync(cancellationToken);

    /// <summary>Whether it is Podman's service, which leaves out parts of the API versions that it tells.</summary>
    public async ValueTask<bool> IsPodmanAsync(CancellationToken cancellationToken)
    {
        if (_podmanVersion is null)
        {
            await PingAsync(cancellationToken).ConfigureAwait(false);
        }

        return _podmanVersion is { Length: > 0 };
    }

    /// <summary>Refuses an option that the engine would not know.</summary>
    /// <param name="needed">The first API version with the option.</param>
    /// <param name="option">The option as a user knows it, to complete "… needs": <c>A platform for a pull</c>.</param>
    /// <param name="cancellationToken">Cancels the negotiation.</param>
    /// <exception cref="ZLayerException">RuntimeApiTooOld.</exception>
    public async ValueTask RequireAsync(ApiVersion needed, string option, CancellationToken cancellationToken)
    {
        var present = await GetApiVersionAsync(cancellationToken).ConfigureAwait(false);
        if (present < needed)
        {
            throw new ZLayerException(
                ZLayerErrorKind.RuntimeApiTooOld, $"{option} needs version {needed} of the engine's API; {Endpoint} speaks {present}.")
            {
                Subject = Endpoint.ToString(),
                Advice = "Update the engine, or leave the option out.",
            };
        }
    }

    /// <summary>Sends a request and reads its JSON answer.</summary>
    public async Task<T> GetAsync<T>(EngineRequest request, JsonTypeInfo<T> type, CancellationToken cancellationToken)
    {
        var answer = await OpenAsync(request, cancellationToken).ConfigureAwait(false);
        await using (answer.ConfigureAwait(false))
        {
            return answer.Parse(await answer.ReadJsonAsync(cancellationToken).ConfigureAwait(false), type);
        }
    }

    /// <summary>As <see cref="GetAsync"/>, with the JSON itself, mended.</summary>
    public async Task<(T Document, string Raw)> GetRawAsync<T>(
        EngineRequest request, JsonTypeInfo<T> type, CancellationToken cancellationToken)
    {
        var answer = await OpenAsync(request, cancellationToken).ConfigureAwait(false);
        await using (answer.ConfigureAwait(false))
        {
            var json = await answer.ReadJsonAsync(cancellationToken).ConfigureAwait(false);
            return (answer.Parse(json, type), Encoding.UTF8.GetString(json.Span));
        }
    }

    /// <summary>Sends a request and reads its answer, a list; null has no entries.</summary>
    public async Task<IReadOnlyList<T>> GetListAsync<T>(
        EngineRequest request, JsonTypeInfo<IReadOnlyList<T>> type, CancellationToken cancellationToken)
    {
        var answer = await OpenAsync(request, cancellationToken).ConfigureAwait(false);
        await using (answer.ConfigureAwait(false))
        {
            var json = await answer.ReadJsonAsync(cancellationToken).ConfigureAwait(false);
            return EngineText.IsNull(json.Span) ? [] : answer.Parse(json, type);
        }
    }

    /// <summary>Sends a request whose answer has nothing to read.</summary>
    /// <returns>The status: 304 tells that there was nothing to do.</returns>
    public async Task<HttpStatusCode> SendAsync(EngineRequest request, CancellationToken cancellationToken)
    {
        var answer = await OpenAsync(request, cancellationToken).ConfigureAwait(false);
        await using (answer.ConfigureAwait(false))
        {
            await answer.SkipAsync(cancellationToken).ConfigureAwait(false);
            return answer.Status;
        }
    }

    /// <summary>Sends a request and hands out the body of its answer as it comes. The caller disposes of it.</summary>
    public async Task<EngineStream> OpenAsync(EngineRequest request, CancellationToken cancellationToken)
    {
        try
        {
            return request.IsTransfer || request.Body?.Stream is not null
                ? await SendAloneAsync(request, cancellationToken).ConfigureAwait(false)
                : await SendPooledAsync(request, cancellationToken).ConfigureAwait(false);
        }
        catch (ZLayerException e) when (e.Kind == ZLayerErrorKind.RuntimeApiTooOld)
        {
            // The engine was replaced by one that speaks other versions: the next request asks again.
            _negotiation.Reset();
            throw;
        }
    }

    /// <summary>
    /// Sends a request and reads the JSON documents of its answer one by one, as they come: events, samples, the progress of a pull.
    /// </summary>
    public async IAsyncEnumerable<T> StreamAsync<T>(
        EngineRequest request, JsonTypeInfo<T> type, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var answer = await OpenAsync(request, cancellationToken).ConfigureAwait(false);
        await using (answer.ConfigureAwait(false))
        {
            await foreach (var document in EngineSequence.ReadAsync(answer, type, cancellationToken).ConfigureAwait(false))
            {
                yield return document;
            }
        }
    }

    /// <summary>The progress of a pull, load, import or build. An error in its middle is thrown.</summary>
    public async IAsyncEnumerable<EngineMessage> StreamMessagesAsync(
        EngineRequest request, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await foreach (var message in StreamAsync(request, EngineJson.Default.EngineMessage, cancellationToken).ConfigureAwait(false))
        {
            if ((message.ErrorDetail?.Message ?? message.Error) is { Length: > 0 } error)
            {
                var code = message.ErrorDetail?.Code is { } told and >= 400 and < 600 ? told : (int)HttpStatusCode.InternalServerError;
                throw EngineFailure.FromMessage((HttpStatusCode)code, error, Placed(request.Purpose));
            }

            yield return message;
        }
    }

    /// <summary>Sends a request that takes the connection over, for attach and exec. The caller disposes of it.</summary>
    public async Task<UpgradedStream> UpgradeAsync(EngineRequest request, CancellationToken cancellationToken)
    {
        var path = await PathOfAsync(request, cancellationToken).ConfigureAwait(false);
        var exchange = await BeginAsync(request, path, _connector.ConnectAsync, cancellationToken).ConfigureAwait(false);
        try
        {
            var head = await RunAsync(
                exchange, request, path, () => exchange.UpgradeAsync(cancellationToken), cancellationToken).ConfigureAwait(false);
            // An engine that does not know the upgrade hands the connection over with 200.
            return head.Status is HttpStatusCode.SwitchingProtocols or HttpStatusCode.OK
                ? new UpgradedStream(head, exchange.Reader, request.Purpose, Endpoint) { Status = head.Status }
                : throw await RefusedAsync(
                    new ExchangeAnswer(
                        head, exchange, request.Purpose, Endpoint) { Status = head.Status }, cancellationToken).ConfigureAwait(false);
        }
        catch
        {
            exchange.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync()
    {
        _invoker.Dispose();
        _connector.Dispose();
        return ValueTask.CompletedTask;
    }

    private async Task<EngineStream> SendPooledAsync(EngineRequest request, CancellationToken cancellationToken)
    {
        var path = await PathOfAsync(request, cancellationToken).ConfigureAwait(false);
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                using var message = MessageFor(request, path);
                var response = await _log.SendAsync(
                    message.Method.Method, path, () => _invoker.SendAsync(message, cancellationToken), answered => (int)answered.StatusCode).ConfigureAwait(false);
                var body = await response.Content.ReadAsStreamAsync(cancellationToken).ConfigureAwait(false);
                var answer = new EngineAnswer(response, body, request.Purpose, Endpoint) { Status = response.StatusCode };
                return IsRefused(response.StatusCode) ? throw await RefusedAsync(answer, cancellationToken).ConfigureAwait(false) : answer;
            }
            catch (Exception e) when (EngineFailure.IsBroken(e))
            {
                cancellationToken.ThrowIfCancellationRequested();
                // A warm connection of an engine that restarted meanwhile: what only asks is asked again.
                if (attempt > 1 || !IsQuestion(request) || EngineFailure.FindConnect(e) is not null)
                {
                    throw EngineFailure.FromException(e, request.Purpose, Endpoint, _connector.LastWords);
                }
            }
        }
    }

    private async Task<EngineStream> SendAloneAsync(EngineRequest request, CancellationToken cancellationToken)
    {
        var path = await PathOfAsync(request, cancellationToken).ConfigureAwait(false);
        var exchange = await BeginAsync(request, path, _connector.ConnectForTransferAsync, cancellationToken).ConfigureAwait(false);
        try
        {
            var head = await RunAsync(
                exchange, request, path, () => exchange.SendAsync(cancellationToken), cancellationToken).ConfigureAwait(false);
            var answer = new ExchangeAnswer(head, exchange, request.Purpose, Endpoint) { Status = head.Status };
            return IsRefused(head.Status) ? throw await RefusedAsync(answer, cancellationToken).ConfigureAwait(false) : answer;
        }
        catch
        {
            exchange.Dispose();
            throw;
        }
    }

    private async Task<EngineExchange> BeginAsync(
        EngineRequest request, string path, Func<CancellationToken, Task<DuplexStream>> connect, CancellationToken cancellationToken)
    {
        try
        {
            var connection = await connect(cancellationToken).ConfigureAwait(false);
            var headers = _options.Headers.Count == 0
                ? request
                : request with { Headers = _options.Headers.Concat(request.Headers).ToDictionary(StringComparer.OrdinalIgnoreCase) };
            return new EngineExchange(connection, headers, path, Authority, _options.UserAgent);
        }
        catch (Exception e) when (EngineFailure.IsBroken(e))
        {
            throw EngineFailure.FromException(e, request.Purpose, Endpoint);
        }
    }

    private async Task<HttpHead> RunAsync(
        EngineExchange exchange, EngineRequest request, string path, Func<Task<HttpHead>> run, CancellationToken cancellationToken)
    {
        try
        {
            return await _log.SendAsync(request.Method.Method, path, run, head => (int)head.Status).ConfigureAwait(false);
        }
        catch (InvalidDataException e)
        {
            throw EngineFailure.Unreadable(request.Purpose, Endpoint, e);
        }
        catch (Exception e) when (EngineFailure.IsBroken(e))
        {
            cancellationToken.ThrowIfCancellationRequested();
            exchange.Dispose();
            throw exchange.SourceError(request.Purpose) ?? EngineFailure.FromException(e, request.Purpose, Endpoint, _connector.LastWords);
        }
    }

    private async Task<ZLayerException> RefusedAsync(EngineStream answer, CancellationToken cancellationToken)
    {
        await using (answer.ConfigureAwait(false))
        {
            if ((int)answer.Status < 400)
            {
                return answer.Unreadable();
            }

            var body = new byte[MaximumErrorBody];
            var length = 0;
            try
            {
                length = await answer.ReadAtLeastAsync(
                    body, body.Length, throwOnEndOfStream: false, cancellationToken).ConfigureAwait(false);
            }
            catch (ZLayerException)
            {
                // The status alone has to do.
            }

            return EngineFailure.FromAnswer(answer.Status, body.AsSpan(0, length), Placed(answer.Purpose));
        }
    }

    // Who works with several engines is told which of them refused; the engine itself does not say who it is.
    private EnginePurpose Placed(EnginePurpose purpose)
        => Endpoint.IsNamed ? purpose with { Attempt = $"{purpose.Attempt} at {Endpoint}" } : purpose;

    private async ValueTask<string> PathOfAsync(EngineRequest request, CancellationToken cancellationToken)
    {
        if (request.IsUnversioned)
        {
            return "/" + request.Path + request.Query;
        }

        try
        {
            var version = await GetApiVersionAsync(cancellationToken).ConfigureAwait(false);
            return $"/v{version}/{request.Path}{request.Query}";
        }
        catch (ZLayerException e) when (request.Purpose.Attempt != Greeting.Attempt)
        {
            // What was asked for says more than the greeting that failed on the way.
            throw new ZLayerException(
                e.Kind, e.Message.Replace(Greeting.Attempt, request.Purpose.Attempt, StringComparison.Ordinal), e.InnerException)
            {
                Subject = request.Purpose.Subject ?? e.Subject,
                AdviceWords = e.AdviceWords,
            };
        }
    }

    private async Task<string?> PingAsync(CancellationToken cancellationToken)
    {
        var answer = await OpenAsync(
            EngineRequest.Get($"_ping", Greeting) with { IsUnversioned = true }, cancellationToken).ConfigureAwait(false);
        await using (answer.ConfigureAwait(false))
        {
            await answer.SkipAsync(cancellationToken).ConfigureAwait(false);
            _podmanVersion = answer.Header("Libpod-Api-Version") ?? "";
            return answer.Header("Api-Version")
                ?? (await GetAsync(
                    EngineRequest.Get($"version", Greeting) with { IsUnversioned = true }, EngineJson.Default.EngineVersion, cancellationToken).ConfigureAwait(false)).ApiVersion;
        }
    }

    private HttpRequestMessage MessageFor(EngineRequest request, string path)
    {
        var address = new Uri("http://" + Authority + path, new UriCreationOptions { DangerousDisablePathAndQueryCanonicalization = true });
        var message = new HttpRequestMessage(request.Method, address) { Version = HttpVersion.Version11 };
        foreach (var (name, value) in _options.Headers.Concat(request.Headers))
        {
            message.Headers.TryAddWithoutValidation(name, value);
        }

        message.Headers.TryAddWithoutValidation("User-Agent", _options.UserAgent);
        if (request.Body is { Bytes: { } bytes } body)
        {
            message.Content = new ByteArrayContent(bytes) { Headers = { ContentType = MediaTypeHeaderValue.Parse(body.ContentType) } };
        }

        return message;
    }

    private string Authority => Endpoint.Transport == DockerTransport.Tcp ? Endpoint.ToString()["tcp://".Length..] : "docker";

    private static bool IsRefused(HttpStatusCode status) => status != HttpStatusCode.NotModified && (int)status is < 200 or >= 300;

    private static bool IsQuestion(EngineRequest request) => request.Method == HttpMethod.Get || request.Method == HttpMethod.Head;
}
