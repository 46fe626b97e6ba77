using System.Net;
using System.Net.Sockets;
using ZLayer.Core.Runtimes.Observation;

namespace ZLayer.Core.Runtimes.Operations;

/// <summary>A runtime whose published ports are no sockets of a host.</summary>
internal interface IPortProbe
{
    /// <summary>Whether a published port accepts connections.</summary>
    /// <param name="container">The container's id.</param>
    /// <param name="port">The port.</param>
    bool Accepts(string container, PortMappingInfo port);
}

/// <summary>Tries published ports as a client would.</summary>
internal static class PortProbe
{
    private static readonly TimeSpan ConnectTime = TimeSpan.FromSeconds(2);

    // The engine's proxy accepts whatever the program does, and hangs up at once where the program does not listen yet.
    private static readonly TimeSpan HangUpTime = TimeSpan.FromMilliseconds(250);

    /// <summary>The host where the published ports of a runtime are: that of its endpoint, else this one.</summary>
    public static async Task<string> HostOfAsync(IContainerRuntime runtime, CancellationToken cancellationToken)
        => Uri.TryCreate(
            (await runtime.DescribeAsync(
                detailed: false, cancellationToken).ConfigureAwait(false)).Endpoint, UriKind.Absolute, out var endpoint)
            && endpoint.Scheme is "tcp" or "http" or "https" or "ssh" && endpoint.Host.Length > 0
            ? endpoint.Host.Trim('[', ']')
            : IPAddress.Loopback.ToString();

    /// <summary>Whether something behind a published port takes a connection and keeps it.</summary>
    public static async Task<bool> AcceptsAsync(string engineHost, PortMappingInfo port, CancellationToken cancellationToken)
    {
        var host = port.HostIP switch
        {
            null or "" or "0.0.0.0" => engineHost,
            "::" => engineHost == IPAddress.Loopback.ToString() ? IPAddress.IPv6Loopback.ToString() : engineHost,
            var address => address,
        };
        using var client = new TcpClient();
        try
        {
            using var connecting = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
            connecting.CancelAfter(ConnectTime);
            await client.ConnectAsync(host, port.HostPort!.Value, connecting.Token).ConfigureAwait(false);
        }
        catch (Exception e) when (e is SocketException || (e is OperationCanceledException && !cancellationToken.IsCancellationRequested))
        {
            return false;
        }

        using var listening = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        listening.CancelAfter(HangUpTime);
        try
        {
            return await client.GetStream().ReadAsync(new byte[1], listening.Token).ConfigureAwait(false) > 0;
        }
        catch (IOException)
        {
            return false;
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return true;
        }
    }
}
