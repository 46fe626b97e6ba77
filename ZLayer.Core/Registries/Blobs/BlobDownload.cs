using System.Buffers;
using System.Net;
using ZLayer.Core.Errors;
using ZLayer.Core.Oci;

namespace ZLayer.Core.Registries;

/// <summary>
/// The download of one blob into a stream. A connection that breaks is followed by another that asks for the rest. Reading from the network
/// and writing (which hashes) overlap, with two buffers.
/// </summary>
internal sealed class BlobDownload(
    RegistryTransport transport, RegistryOptions options, RegistryRequest request, Descriptor blob, Stream destination, TransferReport report)
{
    private const int BufferSize = 256 * 1024;

    private long _position;

    /// <summary>How many bytes of the blob the destination has.</summary>
    public long Position => _position;

    /// <summary>Downloads from byte <paramref name="offset"/> to the end of the blob.</summary>
    public async Task RunAsync(long offset, CancellationToken cancellationToken)
    {
        _position = offset;
        var schedule = new RetrySchedule(options);
        while (_position < blob.Size)
        {
            var start = _position;
            try
            {
                await ContinueAsync(cancellationToken).ConfigureAwait(false);
            }
            catch (Exception e) when (RegistryFailure.IsBroken(e, cancellationToken))
            {
                if (_position > start)
                {
                    schedule.Restart();
                }

                if (!schedule.TryNext(null, out var delay))
                {
                    throw transport.Broken(e, request);
                }

                report.Report(TransferStatus.Retrying, _position);
                await Task.Delay(delay, cancellationToken).ConfigureAwait(false);
            }
        }
    }

    private async Task ContinueAsync(CancellationToken cancellationToken)
    {
        var attempt = request with { RangeStart = _position, OnRetry = () => report.Report(TransferStatus.Retrying, _position) };
        using var response = await transport.SendAsync(attempt, cancellationToken).ConfigureAwait(false);
        var skip = response.StatusCode switch
        {
            HttpStatusCode.PartialContent when response.Content.Headers.ContentRange?.From is { } from
                && from <= _position => _position - from,
            HttpStatusCode.OK => _position, // The server does not know ranges and starts over.
            _ => throw Unusable(response),
        };
        CheckLength(response, skip);
        using var watch = new IdleWatch(options.ProgressTimeout, cancellationToken);
        try
        {
            var body = await response.Content.ReadAsStreamAsync(watch.Token).ConfigureAwait(false);
            await using (body.ConfigureAwait(false))
            {
                await CopyAsync(body, skip, watch).ConfigureAwait(false);
            }
        }
        catch (OperationCanceledException e) when (watch.HasExpired)
        {
            throw watch.Explain(e);
        }
    }

    // A wrong length shows before a gigabyte has been fetched in vain.
    private void CheckLength(HttpResponseMessage response, long skip)
    {
        var length = response.Content.Headers.ContentLength;
        var whole = response.Content.Headers.ContentRange?.Length ?? (length + _position - skip);
        if (whole is { } size && size != blob.Size)
        {
            throw WrongSize($"{size}");
        }
    }

    private async Task CopyAsync(Stream body, long skip, IdleWatch watch)
    {
        var buffers = new[] { ArrayPool<byte>.Shared.Rent(BufferSize), ArrayPool<byte>.Shared.Rent(BufferSize) };
        var writing = Task.CompletedTask;
        try
        {
            for (var turn = 0; ; turn ^= 1)
            {
                var length = await FillAsync(body, buffers[turn], watch).ConfigureAwait(false);
                await writing.ConfigureAwait(false);
                if (length == 0)
                {
                    break;
                }

                var content = Take(buffers[turn].AsMemory(0, length), ref skip);
                writing = Task.Run(() => Write(content), CancellationToken.None);
            }

            if (_position < blob.Size)
            {
                throw new HttpIOException(HttpRequestError.ResponseEnded, "the connection closed before the end of the blob");
            }
        }
        finally
        {
            // The buffers must not go back while they are written from.
            await writing.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            ArrayPool<byte>.Shared.Return(buffers[0]);
            ArrayPool<byte>.Shared.Return(buffers[1]);
        }
    }

    private static async Task<int> FillAsync(Stream body, byte[] buffer, IdleWatch watch)
    {
        var length = 0;
        while (length < BufferSize)
        {
            int read;
            try
            {
                read = await body.ReadAsync(buffer.AsMemory(length, BufferSize - length), watch.Token).ConfigureAwait(false);
            }
            catch (Exception e) when (length > 0
                && RegistryFailure.IsBroken(e, CancellationToken.None)
                && !watch.Token.IsCancellationRequested)
            {
                break; // What came before the break counts; the next read reports it again.
            }

            if (read == 0)
            {
                break;
            }

            watch.Reset();
            length += read;
        }

        return length;
    }

    private static ReadOnlyMemory<byte> Take(ReadOnlyMemory<byte> content, ref long skip)
    {
        var drop = (int)Math.Min(skip, content.Length);
        skip -= drop;
        return content[drop..];
    }

    private void Write(ReadOnlyMemory<byte> content)
    {
        if (content.Length > blob.Size - _position)
        {
            throw WrongSize("more");
        }

        destination.Write(content.Span);
        _position += content.Length;
        report.Moved(_position);
    }

    private ZLayerException WrongSize(string size)
        => new(ZLayerErrorKind.DigestMismatch, $"Cannot {request.Attempt}: blob {blob.Digest} should have {blob.Size} bytes, but the server sends {size}.")
        {
            Subject = blob.Digest.ToString(),
            Advice = "The registry, or something between, damages content: try again, and tell the registry's operator if it stays.",
        };

    private ZLayerException Unusable(HttpResponseMessage response)
        => new(ZLayerErrorKind.RegistryProtocolError,
            $"Cannot {request.Attempt}: asked for blob {blob.Digest} from byte {_position}, the server answered {RegistryFailure.Describe(response)} with range '{response.Content.Headers.ContentRange}'.")
        {
            Subject = blob.Digest.ToString(),
            Advice = "The registry does not follow the distribution specification: its operator should look into it.",
        };
}
