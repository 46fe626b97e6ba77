using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Text;
using ZLayer.Core.Registries;

namespace ZLayer.Core.Tests.Registries;

/// <summary>What a fault does to one request.</summary>
internal enum Fault
{
    None, ResetBefore, ResetAfter, CutAnswer, CutBody, InternalError, Unavailable, TooMany, TooManyWithPause, ExpiredToken, WrongByte, WrongLength, RedirectToItself,
}

/// <summary>
/// An HTTP proxy in front of a real registry that breaks requests by plan: connections cut in both directions, bursts of failures, limits, expired
/// tokens, wrong content; and that can hide what the registry is able to do. With tokens it asks for them itself, for a user and a password.
/// </summary>
internal sealed class FaultProxy : IDisposable
{
    public const string User = "ali";
    public const string Password = "s3cret-of-ali-9817";

    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _stop = new();
    private readonly HttpClient _upstream;
    private readonly Func<FakeRequest, Fault> _plan;
    private readonly ConcurrentDictionary<string, byte> _tokens = new();
    private readonly Random _random;
    private int _issued;

    public FaultProxy(int targetPort, Random random, Func<FakeRequest, Fault> plan)
    {
        _random = random;
        _plan = plan;
        _upstream = new HttpClient(new SocketsHttpHandler { AllowAutoRedirect = false, UseProxy = false }) { BaseAddress = new Uri($"http://127.0.0.1:{targetPort}") };
        _listener.Start();
        _ = AcceptAsync();
    }

    public string Name => $"127.0.0.1:{((IPEndPoint)_listener.LocalEndpoint).Port}";

    public bool WithTokens { get; init; }

    public bool WithoutHead { get; init; }

    public bool WithoutRange { get; init; }

    public bool WithoutMount { get; init; }

    public ConcurrentQueue<FakeRequest> Requests { get; } = new();

    /// <summary>Every token that was given out: secrets that may be seen nowhere.</summary>
    public ConcurrentBag<string> Tokens { get; } = [];

    public static SessionCredentials Credentials(params FaultProxy[] proxies)
    {
        var session = new SessionCredentials();
        foreach (var proxy in proxies)
        {
            session.Set(proxy.Name, RegistryCredential.FromPassword(User, Password));
        }

        return session;
    }

    public void Dispose()
    {
        _stop.Cancel();
        _listener.Stop();
        _upstream.Dispose();
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
            {
                _ = ServeAsync(await _listener.AcceptTcpClientAsync(_stop.Token));
            }
        }
        catch (Exception e) when (e is OperationCanceledException or SocketException or ObjectDisposedException)
        {
        }
    }

    private async Task ServeAsync(TcpClient client)
    {
        using (client)
        {
            try
            {
                var stream = client.GetStream();
                while (await FakeRequest.ReadAsync(stream, _stop.Token) is { } request)
                {
                    Requests.Enqueue(request);
                    var response = await AnswerAsync(request);
                    if (response is null || !await response.WriteAsync(stream, request.Method == "HEAD", _stop.Token))
                    {
                        client.Client.LingerState = new LingerOption(true, 0);
                        return;
                    }
                }
            }
            catch (Exception e) when (e is IOException or OperationCanceledException or ObjectDisposedException or HttpRequestException or InvalidOperationException)
            {
            }
        }
    }

    // Null resets the connection.
    private async Task<FakeResponse?> AnswerAsync(FakeRequest request)
    {
        if (request.Path == "/token")
        {
            return GiveToken(request);
        }

        if (WithTokens && !(request.Header("Authorization") is { } header && header.StartsWith("Bearer ", StringComparison.Ordinal) && _tokens.ContainsKey(header["Bearer ".Length..])))
        {
            return Challenge();
        }

        var fault = request.Path == "/v2/" ? Fault.None : _plan(request);
        switch (fault)
        {
            case Fault.ResetBefore: return null;
            case Fault.InternalError: return FakeResponse.Json($$"""{"errors":[{"code":"UNKNOWN","message":"{{request.Header("Authorization")}}"}]}""", 500);
            case Fault.Unavailable: return new FakeResponse(503);
            case Fault.TooMany: return new FakeResponse(429);
            case Fault.TooManyWithPause: return new FakeResponse(429) { Headers = { ["Retry-After"] = "0" } };
            case Fault.RedirectToItself when request.Method == "GET": return new FakeResponse(307) { Headers = { ["Location"] = request.Target } };
            case Fault.ExpiredToken when WithTokens:
                _tokens.Clear();
                return Challenge();
            case Fault.CutBody when request.Body.Length > 1:
                // The registry gets the beginning of an upload, and the client no answer.
                if (request.Method == "PATCH")
                {
                    await ForwardAsync(request with { Body = request.Body[..(request.Body.Length / 2)] });
                }

                return null;
        }

        if (request.Method == "HEAD" && WithoutHead)
        {
            return new FakeResponse(405);
        }

        var response = await ForwardAsync(request);
        lock (_random)
        {
            return (fault, response.Body.Length > 0 && response.Status is >= 200 and < 300) switch
            {
                (Fault.ResetAfter, _) => null,
                (Fault.CutAnswer, true) => response with { CutAfter = _random.Next(response.Body.Length) },
                (Fault.WrongByte, true) => response with { Body = Spoil(response.Body) },
                (Fault.WrongLength, true) => response with { Body = response.Body[..^1] },
                _ => response,
            };
        }
    }

    private byte[] Spoil(byte[] content)
    {
        var spoilt = (byte[])content.Clone();
        spoilt[_random.Next(spoilt.Length)] ^= 0x20;
        return spoilt;
    }

    private FakeResponse Challenge()
        => new(401) { Headers = { ["WWW-Authenticate"] = $"Bearer realm=\"http://{Name}/token\",service=\"proxy\",error=\"invalid_token\"" } };

    private FakeResponse GiveToken(FakeRequest request)
    {
        if (request.Header("Authorization") != "Basic " + Convert.ToBase64String(Encoding.UTF8.GetBytes($"{User}:{Password}")))
        {
            return new FakeResponse(401);
        }

        var token = $"token-{Interlocked.Increment(ref _issued)}-of-{Name.Replace(':', '-')}-secret";
        _tokens[token] = 0;
        Tokens.Add(token);
        return FakeResponse.Json($$"""{"token":"{{token}}","expires_in":300}""");
    }

    private async Task<FakeResponse> ForwardAsync(FakeRequest request)
    {
        var target = WithoutMount && request.Method == "POST" ? request.Path : request.Target;
        using var message = new HttpRequestMessage(new HttpMethod(request.Method), target) { Content = new ByteArrayContent(request.Body) };
        foreach (var (name, value) in request.Headers)
        {
            if (name is "Content-Type" or "Content-Range")
            {
                message.Content.Headers.TryAddWithoutValidation(name, value);
            }
            else if (name is "Accept" || (name is "Range" && !WithoutRange))
            {
                message.Headers.TryAddWithoutValidation(name, value);
            }
        }

        message.Headers.Host = Name;
        using var answer = await _upstream.SendAsync(message, _stop.Token);
        var headers = new Dictionary<string, string>();
        foreach (var (name, values) in answer.Headers.NonValidated.Concat(answer.Content.Headers.NonValidated))
        {
            if (name is not ("Content-Length" or "Transfer-Encoding" or "Connection"))
            {
                headers[name] = values.ToString();
            }
        }

        var body = await answer.Content.ReadAsByteArrayAsync(_stop.Token);
        return new FakeResponse((int)answer.StatusCode)
        {
            Headers = headers,
            Body = body,
            ClaimedLength = request.Method == "HEAD" ? answer.Content.Headers.ContentLength : null,
        };
    }
}
