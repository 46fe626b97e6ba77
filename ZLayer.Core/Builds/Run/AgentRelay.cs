using System.Net.Sockets;
using ZLayer.Core.Foundation.Files;

namespace ZLayer.Core.Builds.Run;

/// <summary>
/// A socket for a step that passes its traffic on to an SSH agent. The step gets a socket of its own because owner and mode of the agent's
/// socket are the user's business.
/// </summary>
internal sealed class AgentRelay : IAsyncDisposable
{
    private readonly Socket _listener;
    private readonly string _agentSocket;
    private readonly CancellationTokenSource _end = new();
    private readonly Task _accepting;

    private AgentRelay(Socket listener, string agentSocket)
    {
        _listener = listener;
        _agentSocket = agentSocket;
        _accepting = AcceptAsync();
    }

    /// <summary>Starts to listen.</summary>
    /// <param name="path">Where the new socket is made.</param>
    /// <param name="agentSocket">The agent's socket.</param>
    public static AgentRelay Start(string path, string agentSocket)
    {
        var listener = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            Bind(listener, path);
            listener.Listen();
            return new AgentRelay(listener, agentSocket);
        }
        catch
        {
            listener.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _end.CancelAsync().ConfigureAwait(false);
        _listener.Dispose();
        await _accepting.ConfigureAwait(false);
        _end.Dispose();
    }

    // A socket's address has room for 108 bytes (unix(7)), a data root's path may be longer: the address goes through a short link.
    private static void Bind(Socket listener, string path)
    {
        var place = ScratchDirectory.Create("zl-");
        try
        {
            var link = Path.Combine(place, "d");
            Directory.CreateSymbolicLink(link, Path.GetDirectoryName(path)!);
            listener.Bind(new UnixDomainSocketEndPoint(Path.Combine(link, Path.GetFileName(path))));
            File.Delete(link);
        }
        finally
        {
            Directory.Delete(place, recursive: true);
        }
    }

    private async Task AcceptAsync()
    {
        var connections = new List<Task>();
        try
        {
            while (true)
            {
                var client = await _listener.AcceptAsync(_end.Token).ConfigureAwait(false);
                connections.Add(RelayAsync(client));
            }
        }
        catch (Exception e) when (e is OperationCanceledException or SocketException or ObjectDisposedException)
        {
            // The step has ended.
        }

        await Task.WhenAll(connections).ConfigureAwait(false);
    }

    private async Task RelayAsync(Socket client)
    {
        using var agent = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            await agent.ConnectAsync(new UnixDomainSocketEndPoint(_agentSocket), _end.Token).ConfigureAwait(false);
            using var near = new NetworkStream(client, ownsSocket: true);
            using var far = new NetworkStream(agent, ownsSocket: false);
            var there = CopyAsync(near, far, agent);
            await CopyAsync(far, near, client).ConfigureAwait(false);
            await there.ConfigureAwait(false);
        }
        catch (Exception e) when (e is OperationCanceledException or SocketException or IOException)
        {
            // Either side hung up: the other one sees that.
        }
        finally
        {
            client.Dispose();
        }
    }

    private async Task CopyAsync(NetworkStream from, NetworkStream to, Socket target)
    {
        await from.CopyToAsync(to, _end.Token).ConfigureAwait(false);
        target.Shutdown(SocketShutdown.Send);
    }
}
