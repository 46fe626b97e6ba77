using System.Collections.Concurrent;
using System.Globalization;
using System.Net.Sockets;
using System.Text;

namespace ZLayer.Core.Tests.Engines;

/// <summary>
/// A server at a Unix socket that answers as a test says, byte for byte: engines that are old, slow, broken or no engines at all. It greets as an
/// engine of API 1.41 unless the script answers <c>/_ping</c> itself.
/// </summary>
public sealed class ScriptedEngine : IAsyncDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("zlayer-scripted-").FullName;
    private readonly Socket _listener = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
    private readonly CancellationTokenSource _end = new();
    private readonly Func<ScriptedRequest, Task<bool>> _script;
    private readonly Task _accepting;
    private readonly ConcurrentBag<Socket> _connections = [];
    private int _closed;

    /// <summary>Answers requests with a script that tells whether the connection stays open.</summary>
    public ScriptedEngine(Func<ScriptedRequest, Task<bool>> script)
    {
        _script = script;
        _listener.Bind(new UnixDomainSocketEndPoint(SocketPath));
        _listener.Listen();
        _accepting = AcceptAsync();
    }

    /// <summary>Answers every request but the greeting with the same bytes, and closes the connection.</summary>
    public ScriptedEngine(string answer)
        : this(request => request.AnswerAsync(answer))
    {
    }

    public string SocketPath => _directory + "/engine.sock";

    public string Host => "unix://" + SocketPath;

    /// <summary>The first lines of the requests, in their order.</summary>
    public ConcurrentQueue<string> Requests { get; } = new();

    /// <summary>How many connections were closed by the script.</summary>
    public int Closed => _closed;

    /// <summary>How many connections there were.</summary>
    public int Connections => _connections.Count;

    /// <summary>An answer with a body of a known length.</summary>
    public static string Answer(int status, string body, string headers = "")
        => string.Create(CultureInfo.InvariantCulture, $"HTTP/1.1 {status} Word\r\nContent-Length: {Encoding.UTF8.GetByteCount(body)}\r\n{headers}\r\n{body}");

    public async ValueTask DisposeAsync()
    {
        await _end.CancelAsync();
        _listener.Dispose();
        foreach (var connection in _connections)
        {
            connection.Dispose();
        }

        await _accepting;
        _end.Dispose();
        Directory.Delete(_directory, recursive: true);
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
            {
                var connection = await _listener.AcceptAsync(_end.Token);
                _connections.Add(connection);
                _ = ServeAsync(connection);
            }
        }
        catch (Exception e) when (e is OperationCanceledException or SocketException or ObjectDisposedException)
        {
            // The end of the test.
        }
    }

    private async Task ServeAsync(Socket connection)
    {
        await using var stream = new NetworkStream(connection, ownsSocket: true);
        try
        {
            while (await ReadHeadAsync(stream) is { } head)
            {
                var line = head[..head.IndexOf("\r\n", StringComparison.Ordinal)];
                Requests.Enqueue(line);
                var request = new ScriptedRequest(line, head, stream, _end.Token);
                var greets = line.StartsWith("GET /_ping ", StringComparison.Ordinal);
                if (!await _script(request) && !(greets && !request.IsAnswered && await request.AnswerAsync(Answer(200, "OK", "Api-Version: 1.41\r\n"), keepOpen: true)))
                {
                    await stream.DisposeAsync();
                    Interlocked.Increment(ref _closed);
                    return;
                }
            }
        }
        catch (Exception e) when (e is IOException or SocketException or OperationCanceledException or ObjectDisposedException)
        {
            // The client went away.
        }
    }

    // Looks at what came before taking it, so that what follows the head stays for the script.
    private static async Task<string?> ReadHeadAsync(NetworkStream stream)
    {
        var head = new StringBuilder();
        var bytes = new byte[4096];
        while (true)
        {
            var seen = await stream.Socket.ReceiveAsync(bytes, SocketFlags.Peek);
            if (seen == 0)
            {
                return null;
            }

            var known = head.Length;
            var end = head.Append(Encoding.Latin1.GetString(bytes, 0, seen)).ToString().IndexOf("\r\n\r\n", StringComparison.Ordinal);
            await stream.ReadExactlyAsync(bytes.AsMemory(0, end < 0 ? seen : end + 4 - known));
            if (end >= 0)
            {
                return head.ToString(0, end + 4);
            }
        }
    }
}

/// <summary>A request to a <see cref="ScriptedEngine"/>.</summary>
public sealed class ScriptedRequest(string line, string head, NetworkStream stream, CancellationToken end)
{
    /// <summary><c>GET /v1.41/info HTTP/1.1</c>.</summary>
    public string Line => line;

    /// <summary>The first line and the headers.</summary>
    public string Head => head;

    public NetworkStream Stream => stream;

    public bool IsAnswered { get; private set; }

    /// <summary>Whether it is the client's greeting.</summary>
    public bool IsPing => line.Contains("/_ping", StringComparison.Ordinal);

    /// <summary>Leaves the greeting to the engine, and answers anything else with these bytes.</summary>
    public async Task<bool> AnswerAsync(string answer, bool keepOpen = false)
    {
        if (IsPing && !answer.Contains("Api-Version", StringComparison.Ordinal))
        {
            return false;
        }

        await WriteAsync(answer);
        return keepOpen;
    }

    public Task WriteAsync(string text) => WriteAsync(Encoding.UTF8.GetBytes(text));

    public async Task WriteAsync(byte[] bytes)
    {
        IsAnswered = true;
        await stream.WriteAsync(bytes, end);
    }

    /// <summary>Says nothing until the test ends.</summary>
    public async Task<bool> HangAsync()
    {
        IsAnswered = true;
        await Task.Delay(Timeout.Infinite, end);
        return false;
    }
}
