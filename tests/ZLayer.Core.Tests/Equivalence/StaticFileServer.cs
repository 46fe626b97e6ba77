using System.Net;
using System.Net.Sockets;
using System.Text;

namespace ZLayer.Core.Tests.Equivalence;

/// <summary>Serves the files of one folder on a free port of the loopback interface.</summary>
public sealed class StaticFileServer : IDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly string _folder;
    private readonly string? _authorization;

    /// <param name="folder">The folder.</param>
    /// <param name="login">The user and password that every request needs, <c>user:password</c>; null for none.</param>
    public StaticFileServer(string folder, string? login = null)
    {
        _authorization = login is null ? null : "Basic " + Convert.ToBase64String(Encoding.UTF8.GetBytes(login));
        _folder = Path.GetFullPath(folder);
        _listener.Start();
        Address = $"http://127.0.0.1:{((IPEndPoint)_listener.LocalEndpoint).Port}";
        _ = AcceptAsync();
    }

    public string Address { get; }

    public void Dispose() => _listener.Dispose();

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
            {
                var client = await _listener.AcceptTcpClientAsync();
                _ = AnswerAsync(client);
            }
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException or InvalidOperationException)
        {
            // The listener was closed: the server's life is over.
        }
    }

    private async Task AnswerAsync(TcpClient client)
    {
        using (client)
        {
            try
            {
                using var stream = client.GetStream();
                using var reader = new StreamReader(stream, Encoding.ASCII, leaveOpen: true);
                var request = (await reader.ReadLineAsync() ?? "").Split(' ');
                var isAllowed = _authorization is null;
                while (await reader.ReadLineAsync() is { Length: > 0 } header)
                {
                    isAllowed |= header == "Authorization: " + _authorization;
                }

                await (isAllowed ? WriteAnswerAsync(stream, request) : WriteRefusalAsync(stream));
            }
            catch (IOException)
            {
                // The client left; nobody waits for the answer.
            }
        }
    }

    private static async Task WriteRefusalAsync(NetworkStream stream)
        => await stream.WriteAsync(Encoding.ASCII.GetBytes("HTTP/1.1 401 Unauthorized\r\nWWW-Authenticate: Basic realm=\"test\"\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"));

    private async Task WriteAnswerAsync(NetworkStream stream, string[] request)
    {
        var path = request.Length < 2 ? "" : Uri.UnescapeDataString(request[1].Split('?')[0]);
        var file = Path.GetFullPath(_folder + path);
        var found = file.StartsWith(_folder, StringComparison.Ordinal) && File.Exists(file);
        var body = found ? await File.ReadAllBytesAsync(file) : [];
        var head = $"HTTP/1.1 {(found ? "200 OK" : "404 Not Found")}\r\nContent-Length: {body.Length}\r\nContent-Type: application/octet-stream\r\nConnection: close\r\n\r\n";
        await stream.WriteAsync(Encoding.ASCII.GetBytes(head));
        if (request[0] != "HEAD")
        {
            await stream.WriteAsync(body);
        }
    }
}
