using System.Globalization;
using System.Text;
using ZLayer.Core.Errors;

namespace ZLayer.Core.Runtimes.Docker.Wire;

/// <summary>
/// One request on a connection of its own. It does what the pooled client cannot: hand the connection over for attach and exec, and read
/// the answer while the body is still being sent, as the engine answers a load or an upload before it has read everything.
/// </summary>
internal sealed class EngineExchange(DuplexStream connection, EngineRequest request, string path, string host, string userAgent)
    : IDisposable
{
    private const int ChunkSize = 128 * 1024;
    private const int HeadRoom = 16;

    private readonly CancellationTokenSource _sending = new();
    private readonly ConnectionReader _reader = new(connection);
    private Task _upload = Task.CompletedTask;
    private Exception? _sourceFailure;
    private int _disposed;

    public ConnectionReader Reader => _reader;

    /// <summary>Sends the request, asking for the connection, and reads the head of the answer.</summary>
    public async Task<HttpHead> UpgradeAsync(CancellationToken cancellationToken)
    {
        var body = request.Body?.Bytes ?? [];
        var head = Encoding.Latin1.GetBytes(
            Head(string.Create(CultureInfo.InvariantCulture, $"Connection: Upgrade\r\nUpgrade: tcp\r\nContent-Length: {body.Length}\r\n")));
        await connection.WriteAsync((byte[])[.. head, .. body], cancellationToken).ConfigureAwait(false);
        await connection.FlushAsync(cancellationToken).ConfigureAwait(false);
        return await HttpHead.ReadAsync(_reader, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>
    /// Sends the request, and its body if it streams one, and reads the head of the answer as soon as it comes. What is left of the body is
    /// sent on meanwhile.
    /// </summary>
    public async Task<HttpHead> SendAsync(CancellationToken cancellationToken)
    {
        var source = request.Body?.Stream;
        var head = Encoding.Latin1.GetBytes(Head("Connection: close\r\n" + (source is null ? "" : "Transfer-Encoding: chunked\r\n")));
        await connection.WriteAsync(head, cancellationToken).ConfigureAwait(false);
        await connection.FlushAsync(cancellationToken).ConfigureAwait(false);
        if (source is not null)
        {
            // On a thread of its own, as writing blocks while the engine does not keep up.
            var stop = _sending.Token;
            _upload = Task.Factory.StartNew(
                () => Upload(source, stop), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
        }

        using var cancellation = cancellationToken.Register(_sending.Cancel);
        return await HttpHead.ReadAsync(_reader, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>The error of a body that could not be read from its stream, which makes the answer worthless; null when it could.</summary>
    public ZLayerException? SourceError(EnginePurpose purpose)
        => _sourceFailure switch
        {
            null => null,
            ZLayerException failure => failure,
            var failure => new ZLayerException(
                ZLayerErrorKind.StorageReadFailed, $"Cannot {purpose.Attempt}: the source cannot be read: {ConnectAdvice.Clause(failure)}.", failure)
            {
                Subject = purpose.Subject,
            },
        };

    public void Dispose()
    {
        if (Interlocked.Exchange(ref _disposed, 1) != 0)
        {
            return;
        }

        _sending.Cancel();
        connection.Dispose();
        // A source that does not heed cancellation may take its time: nobody waits for it.
        _upload.ContinueWith(_ => _sending.Dispose(), TaskScheduler.Default);
    }

    // Never throws: what goes wrong shows in the answer, or in SourceError.
    private void Upload(Stream source, CancellationToken cancellationToken)
    {
        var buffer = new byte[HeadRoom + ChunkSize + 2];
        try
        {
            int count;
            while ((count = ReadSource(source, buffer.AsMemory(HeadRoom, ChunkSize), cancellationToken)) > 0)
            {
                connection.Write(Frame(buffer, count));
            }

            if (count == 0)
            {
                connection.Write("0\r\n\r\n"u8);
                connection.Flush();
            }
        }
        catch (Exception e) when (EngineFailure.IsBroken(e) || e is OperationCanceledException)
        {
            // The engine reads no more; its answer says why.
        }
    }

    // -1 when the source failed: the connection is then closed in the middle of the body, so that the engine does not take a part for the
    // whole.
    private int ReadSource(Stream source, Memory<byte> buffer, CancellationToken cancellationToken)
    {
        try
        {
            // Asynchronous for the sake of the cancellation.
            var reading = source.ReadAsync(buffer, cancellationToken);
            return reading.IsCompletedSuccessfully ? reading.Result : reading.AsTask().GetAwaiter().GetResult();
        }
        catch (Exception e) when (!cancellationToken.IsCancellationRequested)
        {
            _sourceFailure = e;
            connection.Dispose();
            return -1;
        }
    }

    // A chunk's size, its bytes and its end in one piece, so that it is one write.
    private static ReadOnlySpan<byte> Frame(byte[] buffer, int count)
    {
        var size = Encoding.ASCII.GetBytes(count.ToString("x", CultureInfo.InvariantCulture) + "\r\n");
        size.CopyTo(buffer.AsSpan(HeadRoom - size.Length));
        "\r\n"u8.CopyTo(buffer.AsSpan(HeadRoom + count));
        return buffer.AsSpan(HeadRoom - size.Length, size.Length + count + 2);
    }

    private string Head(string framing)
    {
        var head = new StringBuilder()
            .Append(request.Method.Method).Append(' ').Append(path).Append(" HTTP/1.1\r\n")
            .Append("Host: ").Append(host).Append("\r\nUser-Agent: ").Append(userAgent).Append("\r\n")
            .Append(framing);
        if (request.Body is { } body)
        {
            head.Append("Content-Type: ").Append(body.ContentType).Append("\r\n");
        }

        foreach (var (name, value) in request.Headers)
        {
            head.Append(name).Append(": ").Append(value).Append("\r\n");
        }

        return head.Append("\r\n").ToString();
    }
}
