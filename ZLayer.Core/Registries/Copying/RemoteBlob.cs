using System.Net;
using System.Security.Cryptography;
using ZLayer.Core.Errors;
using ZLayer.Core.Foundation.Streams;
using ZLayer.Core.Oci;

namespace ZLayer.Core.Registries.Copying;

/// <summary>
/// A blob of a registry as a stream that goes on after broken connections. Its digest is checked while it passes, across the streams of
/// repeated attempts, and its last bytes are not given out when it is wrong.
/// </summary>
internal sealed class RemoteBlob(RegistryClient client, RegistryOptions options, ImageReference repository, Descriptor blob) : IDisposable
{
    private readonly IncrementalHash _hash
        = IncrementalHash.CreateHash(blob.Digest.Algorithm == "sha512" ? HashAlgorithmName.SHA512 : HashAlgorithmName.SHA256);
    private long _hashed;

    public ValueTask<Stream> OpenAsync(long offset, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        return ValueTask.FromResult<Stream>(new Reader(this, offset));
    }

    public void Dispose() => _hash.Dispose();

    // Bytes that an earlier attempt has seen are not hashed twice.
    private void Check(long position, ReadOnlySpan<byte> content)
    {
        var known = (int)Math.Min(content.Length, _hashed - position);
        _hash.AppendData(content[known..]);
        _hashed += content.Length - known;
        if (_hashed == blob.Size
            && known < content.Length
            && !_hash.GetCurrentHash().AsSpan().SequenceEqual(Convert.FromHexString(blob.Digest.Hex)))
        {
            throw new ZLayerException(
                ZLayerErrorKind.DigestMismatch, $"Cannot copy blob {blob.Digest} of {repository.ToFamiliarString()}: what the registry sends has another digest.")
            {
                Subject = blob.Digest.ToString(),
                Advice = "The registry, or something between, damages content: try again, and tell the registry's operator if it stays.",
            };
        }
    }

    private sealed class Reader(RemoteBlob owner, long offset) : AsyncForwardStream
    {
        private readonly RetrySchedule _schedule = new(owner.Options);
        private long _position = offset;
        private HttpResponseMessage? _response;
        private Stream? _body;

        public override bool CanRead => true;

        public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            while (_position < owner.Blob.Size && buffer.Length > 0)
            {
                var read = await TryReadAsync(
                    buffer[..(int)Math.Min(buffer.Length, owner.Blob.Size - _position)], cancellationToken).ConfigureAwait(false);
                if (read > 0)
                {
                    _schedule.Restart();
                    owner.Check(_position, buffer.Span[..read]);
                    _position += read;
                    return read;
                }
            }

            return 0;
        }

        protected override void Dispose(bool disposing)
        {
            Disconnect();
            base.Dispose(disposing);
        }

        // 0 when the connection broke and another try is due.
        private async Task<int> TryReadAsync(Memory<byte> buffer, CancellationToken cancellationToken)
        {
            using var watch = new IdleWatch(owner.Options.ProgressTimeout, cancellationToken);
            Exception problem;
            try
            {
                var body = _body ?? await ConnectAsync(cancellationToken).ConfigureAwait(false);
                var read = await body.ReadAsync(buffer, watch.Token).ConfigureAwait(false);
                if (read > 0)
                {
                    return read;
                }

                problem = new HttpIOException(HttpRequestError.ResponseEnded, "the connection closed before the end of the blob");
            }
            catch (OperationCanceledException e) when (watch.HasExpired)
            {
                problem = watch.Explain(e);
            }
            catch (Exception e) when (RegistryFailure.IsBroken(e, cancellationToken))
            {
                problem = e;
            }

            Disconnect();
            if (!_schedule.TryNext(null, out var delay))
            {
                throw owner.Broken(problem);
            }

            await Task.Delay(delay, cancellationToken).ConfigureAwait(false);
            return 0;
        }

        private async Task<Stream> ConnectAsync(CancellationToken cancellationToken)
        {
            _response = await owner.ConnectAsync(_position, cancellationToken).ConfigureAwait(false);
            _body = await _response.Content.ReadAsStreamAsync(cancellationToken).ConfigureAwait(false);
            var skip = _response.StatusCode == HttpStatusCode.PartialContent
                ? _position - (_response.Content.Headers.ContentRange?.From ?? -1)
                : _position;
            owner.CheckAnswer(_response, skip);
            for (var buffer = new byte[64 * 1024]; skip > 0;)
            {
                var read = await _body.ReadAsync(
                    buffer.AsMemory(0, (int)Math.Min(buffer.Length, skip)), cancellationToken).ConfigureAwait(false);
                skip -= read > 0
                    ? read
                    : throw new HttpIOException(HttpRequestError.ResponseEnded, "the connection closed before the end of the blob");
            }

            return _body;
        }

        private void Disconnect()
        {
            _body?.Dispose();
            _response?.Dispose();
            _body = null;
            _response = null;
        }
    }

    private RegistryOptions Options => options;

    private Descriptor Blob => blob;

    private Task<HttpResponseMessage> ConnectAsync(long position, CancellationToken cancellationToken)
        => client.OpenBlobAsync(repository, blob, position, cancellationToken);

    private void CheckAnswer(HttpResponseMessage response, long skip)
    {
        var length = response.Content.Headers.ContentRange?.Length
            ?? (response.StatusCode == HttpStatusCode.OK ? response.Content.Headers.ContentLength : null);
        if (skip < 0 || (length is { } size && size != blob.Size))
        {
            throw new ZLayerException(
                ZLayerErrorKind.DigestMismatch, $"Cannot copy blob {blob.Digest} of {repository.ToFamiliarString()}: it should have {blob.Size} bytes, but the server sends {(length is { } l ? l : "another part of it")}.")
            {
                Subject = blob.Digest.ToString(),
                Advice = "The registry, or something between, damages content: try again, and tell the registry's operator if it stays.",
            };
        }
    }

    private ZLayerException Broken(Exception problem)
        => new(ZLayerErrorKind.RegistryUnreachable, $"Cannot copy blob {blob.Digest} of {repository.ToFamiliarString()}: the connection to {repository.Registry} broke too often: {problem.Message}", problem)
        {
            Subject = repository.ToString(),
            Advice = "Check the network between, then try again: what arrived whole is not sent again.",
        };
}
