using System.Net;
using System.Net.Sockets;

namespace ZLayer.Core.Tests.Registries;

/// <summary>A TCP proxy in front of a real registry that resets connections after so many bytes in one direction, a number of times.</summary>
internal sealed class CuttingProxy : IDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _stop = new();
    private readonly int _targetPort;
    private int _cuts;

    public CuttingProxy(int targetPort)
    {
        _targetPort = targetPort;
        _listener.Start();
        _ = AcceptAsync();
    }

    public string Name => $"127.0.0.1:{((IPEndPoint)_listener.LocalEndpoint).Port}";

    /// <summary>Reset when so many bytes have come from the server on one connection.</summary>
    public long CutFromServerAfter { get; set; } = long.MaxValue;

    /// <summary>Reset when so many bytes have come from the client on one connection.</summary>
    public long CutFromClientAfter { get; set; } = long.MaxValue;

    /// <summary>Goes silent, once, when so many bytes have passed from the client on one connection.</summary>
    public long StallFromClientAfter { get; set; } = long.MaxValue;

    /// <summary>Goes silent, once, when so many bytes have come from the server on one connection.</summary>
    public long StallFromServerAfter { get; set; } = long.MaxValue;

    /// <summary>Set when the silence began.</summary>
    public TaskCompletionSource Stalled { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Closes in order, after everything was delivered, in place of a reset, which throws away what was not read yet.</summary>
    public bool IsPolite { get; set; }

    /// <summary>Cuts left.</summary>
    public int Cuts
    {
        get => _cuts;
        set => _cuts = value;
    }

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
        using (var server = new TcpClient())
        {
            await server.ConnectAsync(IPAddress.Loopback, _targetPort);
            var up = PumpAsync(client, server, CutFromClientAfter, StallFromClientAfter);
            var down = PumpAsync(server, client, CutFromServerAfter, StallFromServerAfter);
            await Task.WhenAny(up, down);
        }
    }

    private async Task PumpAsync(TcpClient from, TcpClient to, long limit, long stallAfter)
    {
        try
        {
            var buffer = new byte[16 * 1024];
            long total = 0;
            int read;
            while ((read = await from.GetStream().ReadAsync(buffer, _stop.Token)) > 0)
            {
                total += read;
                if (total > limit && Interlocked.Decrement(ref _cuts) >= 0)
                {
                    if (!IsPolite)
                    {
                        from.Client.LingerState = new LingerOption(true, 0);
                        to.Client.LingerState = new LingerOption(true, 0);
                    }

                    return;
                }

                if (total > stallAfter && Stalled.TrySetResult())
                {
                    await Task.Delay(Timeout.Infinite, _stop.Token);
                }

                await to.GetStream().WriteAsync(buffer.AsMemory(0, read), _stop.Token);
            }
        }
        catch (Exception e) when (e is IOException or OperationCanceledException or ObjectDisposedException or InvalidOperationException)
        {
        }
    }
}
