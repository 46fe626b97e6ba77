using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace ZLayer.Core.Tests.Registries;

/// <summary>A scripted HTTP server on loopback: a handler decides each answer, and where the connection breaks.</summary>
internal sealed class FakeRegistry : IDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _stop = new();
    private readonly Func<FakeRequest, FakeResponse> _handle;

    public FakeRegistry(Func<FakeRequest, FakeResponse> handle)
    {
        _handle = handle;
        _listener.Start();
        _ = AcceptAsync();
    }

    /// <summary>Host and port.</summary>
    public string Name => $"127.0.0.1:{((IPEndPoint)_listener.LocalEndpoint).Port}";

    /// <summary>The same server under another name, which counts as another host.</summary>
    public string OtherName => $"localhost:{((IPEndPoint)_listener.LocalEndpoint).Port}";

    /// <summary>Everything that was asked, in order.</summary>
    public ConcurrentQueue<FakeRequest> Requests { get; } = new();

    public void Dispose()
    {
        _stop.Cancel();
        _listener.Stop();
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
            {
                var client = await _listener.AcceptTcpClientAsync(_stop.Token);
                // Head and body are written apart: with the delay of small segments each answer would take 40 ms.
                client.NoDelay = true;
                _ = ServeAsync(client);
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
                    FakeResponse response;
                    lock (_handle)
                    {
                        Requests.Enqueue(request);
                        response = _handle(request);
                    }

                    if (!await response.WriteAsync(stream, request.Method == "HEAD", _stop.Token))
                    {
                        client.Client.LingerState = new LingerOption(true, 0); // A reset, not a polite end.
                        return;
                    }
                }
            }
            catch (Exception e) when (e is IOException or OperationCanceledException or ObjectDisposedException)
            {
            }
        }
    }
}

internal sealed record FakeRequest(string Method, string Target, IReadOnlyDictionary<string, string> Headers, byte[] Body)
{
    // The first byte of a connection that wants TLS (RFC 8446, section 5.1).
    private const byte TlsHandshake = 22;

    public string Path => Target.Split('?')[0];

    public string Query => Target.Contains('?') ? Uri.UnescapeDataString(Target[(Target.IndexOf('?') + 1)..]) : "";

    public string? Header(string name) => Headers.GetValueOrDefault(name);

    public override string ToString() => $"{Method} {Target}";

    public static async Task<FakeRequest?> ReadAsync(Stream stream, CancellationToken cancellationToken)
    {
        var head = new List<byte>();
        var one = new byte[1];
        while (head.Count < 4 || head[^1] != '\n' || head[^3] != '\n')
        {
            if (await stream.ReadAsync(one, cancellationToken) == 0)
            {
                return null;
            }

            head.Add(one[0]);
            if (head[0] == TlsHandshake)
            {
                return null; // No server waits for the rest of a greeting in TLS that it does not speak.
            }
        }

        var lines = Encoding.UTF8.GetString([.. head]).Split("\r\n", StringSplitOptions.RemoveEmptyEntries);
        var words = lines[0].Split(' ');
        var headers = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
        foreach (var line in lines.Skip(1))
        {
            var colon = line.IndexOf(':');
            var (name, value) = (line[..colon], line[(colon + 1)..].Trim());
            headers[name] = headers.TryGetValue(name, out var earlier) ? $"{earlier}, {value}" : value;
        }

        var body = new byte[headers.TryGetValue("Content-Length", out var length) ? int.Parse(length) : 0];
        await stream.ReadExactlyAsync(body, cancellationToken);
        return new FakeRequest(words[0], words[1], headers, body);
    }
}

internal sealed record FakeResponse(int Status)
{
    public Dictionary<string, string> Headers { get; init; } = [];

    public byte[] Body { get; init; } = [];

    /// <summary>Resets the connection after so many bytes of the body; -1 before the status line.</summary>
    public int? CutAfter { get; init; }

    /// <summary>Goes silent after so many bytes of the body.</summary>
    public int? StallAfter { get; init; }

    /// <summary>The Content-Length to claim.</summary>
    public long? ClaimedLength { get; init; }

    public static FakeResponse Json(string json, int status = 200)
        => new(status) { Body = Encoding.UTF8.GetBytes(json), Headers = { ["Content-Type"] = "application/json" } };

    public static FakeResponse Blob(byte[] content, FakeRequest request)
    {
        var from = request.Header("Range") is { } range ? int.Parse(range["bytes=".Length..].TrimEnd('-')) : 0;
        return from == 0
            ? new FakeResponse(200) { Body = content }
            : new FakeResponse(206) { Body = content[from..], Headers = { ["Content-Range"] = $"bytes {from}-{content.Length - 1}/{content.Length}" } };
    }

    public FakeResponse WithHeader(string name, string value) => this with { Headers = new Dictionary<string, string>(Headers) { [name] = value } };

    public async Task<bool> WriteAsync(Stream stream, bool headOnly, CancellationToken cancellationToken)
    {
        if (CutAfter == -1)
        {
            return false;
        }

        var head = new StringBuilder($"HTTP/1.1 {Status} Status\r\n");
        foreach (var (name, value) in Headers)
        {
            head.Append($"{name}: {value}\r\n");
        }

        head.Append($"Content-Length: {ClaimedLength ?? Body.Length}\r\n\r\n");
        await stream.WriteAsync(Encoding.UTF8.GetBytes(head.ToString()), cancellationToken);
        if (headOnly)
        {
            return true;
        }

        var length = Math.Min(Body.Length, CutAfter ?? StallAfter ?? int.MaxValue);
        await stream.WriteAsync(Body.AsMemory(0, length), cancellationToken);
        await stream.FlushAsync(cancellationToken);
        if (StallAfter is not null)
        {
            await Task.Delay(Timeout.Infinite, cancellationToken);
        }

        if (CutAfter is not null)
        {
            await Task.Delay(50, cancellationToken); // A reset overtakes bytes that were not read yet.
            return false;
        }

        return ClaimedLength is null;
    }
}
