using System.IO.Pipes;
using System.Net.Security;
using System.Net.Sockets;
using ZLayer.Core.Errors;

namespace ZLayer.Core.Runtimes.Docker.Wire;

/// <summary>Makes connections to one engine.</summary>
internal sealed class EngineConnector(DockerEndpoint endpoint, TimeSpan timeout, string? sshProgram) : IDisposable
{
    private readonly Lazy<EngineTls?> _tls = new(() => endpoint.Tls is { } tls ? new EngineTls(endpoint, tls) : null);
    private DuplexStream? _latest;

    public DockerEndpoint Endpoint => endpoint;

    /// <summary>
    /// What the program that carried the latest connection said at its end; null when no program did, or it said nothing.
    /// </summary>
    public string? LastWords => _latest?.LastWords();

    /// <summary>Connects.</summary>
    /// <exception cref="EngineConnectException">There is no engine at the address, or it may not be used.</exception>
    public Task<DuplexStream> ConnectAsync(CancellationToken cancellationToken) => ConnectAsync(forTransfer: false, cancellationToken);

    /// <summary>Makes a connection that carries one long transfer: reading it costs a thread, and less of everything else.</summary>
    /// <exception cref="EngineConnectException">There is no engine at the address, or it may not be used.</exception>
    public Task<DuplexStream> ConnectForTransferAsync(CancellationToken cancellationToken)
        => ConnectAsync(forTransfer: true, cancellationToken);

    public void Dispose()
    {
        if (_tls.IsValueCreated)
        {
            _tls.Value?.Dispose();
        }
    }

    private async Task<DuplexStream> ConnectAsync(bool forTransfer, CancellationToken cancellationToken)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(timeout);
        try
        {
            return endpoint.Transport switch
            {
                DockerTransport.Unix => await ConnectUnixAsync(forTransfer, limit.Token).ConfigureAwait(false),
                DockerTransport.NamedPipe => await ConnectPipeAsync(limit.Token).ConfigureAwait(false),
                DockerTransport.Tcp => await ConnectTcpAsync(forTransfer, limit.Token).ConfigureAwait(false),
                _ => _latest = SshConnection.Open(endpoint, timeout, sshProgram),
            };
        }
        catch (OperationCanceledException e) when (!cancellationToken.IsCancellationRequested)
        {
            throw new EngineConnectException(
                ZLayerErrorKind.RuntimeUnavailable, $"{endpoint} does not answer within {timeout.TotalSeconds:0} s", "Check the address and the network between.", e);
        }
    }

    private async Task<DuplexStream> ConnectUnixAsync(bool forTransfer, CancellationToken cancellationToken)
    {
        var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            // A name that begins with @ is in Linux's abstract namespace, which .NET writes with a NUL.
            var path = endpoint.Path is ['@', .. var name] ? '\0' + name : endpoint.Path!;
            var address = new UnixDomainSocketEndPoint(path);
            if (forTransfer)
            {
                await Task.Run(() => socket.Connect(address), CancellationToken.None).WaitAsync(cancellationToken).ConfigureAwait(false);
                return DuplexForTransfer(socket);
            }

            await socket.ConnectAsync(address, cancellationToken).ConfigureAwait(false);
            return Duplex(socket);
        }
        catch (Exception e) when (e is SocketException or ArgumentException)
        {
            socket.Dispose();
            throw ConnectAdvice.ForSocket(endpoint, e);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    private async Task<DuplexStream> ConnectTcpAsync(bool forTransfer, CancellationToken cancellationToken)
    {
        forTransfer &= _tls.Value is null;
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await (forTransfer
                ? Task.Run(() => socket.Connect(endpoint.Host!, endpoint.Port!.Value), CancellationToken.None).WaitAsync(cancellationToken)
                : socket.ConnectAsync(endpoint.Host!, endpoint.Port!.Value, cancellationToken).AsTask()).ConfigureAwait(false);
            // A peer that is gone without a word is noticed, also while a stream of logs stands still.
            socket.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.KeepAlive, true);
            return forTransfer ? DuplexForTransfer(socket)
                : _tls.Value is { } tls ? Duplex(
                    await tls.SecureAsync(new NetworkStream(socket, ownsSocket: true), cancellationToken).ConfigureAwait(false))
                : Duplex(socket);
        }
        catch (Exception e) when (e is SocketException or ArgumentException)
        {
            socket.Dispose();
            throw ConnectAdvice.ForTcp(endpoint, e);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    private async Task<DuplexStream> ConnectPipeAsync(CancellationToken cancellationToken)
    {
        if (!OperatingSystem.IsWindows())
        {
            throw new EngineConnectException(
                ZLayerErrorKind.RuntimeUnavailable, $"the pipe {endpoint.Path} can be used on Windows alone", "Name a Unix socket: unix:///path/to/docker.sock.");
        }

        // //./pipe/name: the server, the word pipe and the name, which may itself have slashes.
        var parts = endpoint.Path!.Split('/', 5);
        var pipe = new NamedPipeClientStream(parts[2], parts[4], PipeDirection.InOut, PipeOptions.Asynchronous);
        try
        {
            if (parts[2] == "." && !File.Exists(@"\\.\pipe\" + parts[4].Replace('/', '\\')))
            {
                throw new FileNotFoundException();
            }

            await pipe.ConnectAsync(cancellationToken).ConfigureAwait(false);
            return new DuplexStream(pipe, _ => MessagePipe.CloseWriteAsync(pipe));
        }
        catch (Exception e) when (SystemErrors.IsSystemError(e))
        {
            await pipe.DisposeAsync().ConfigureAwait(false);
            throw ConnectAdvice.ForPipe(endpoint, e);
        }
        catch
        {
            await pipe.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    private static DuplexStream Duplex(Socket socket)
        => new(
            new NetworkStream(socket, ownsSocket: true),
            _ =>
            {
                socket.Shutdown(SocketShutdown.Send);
                return Task.CompletedTask;
            });

    private static DuplexStream DuplexForTransfer(Socket socket)
    {
        var stream = new TransferSocket(socket);
        return new DuplexStream(
            stream,
            _ =>
            {
                stream.CloseWrite();
                return Task.CompletedTask;
            });
    }

    private static DuplexStream Duplex(SslStream stream) => new(stream, _ => stream.ShutdownAsync());
}
