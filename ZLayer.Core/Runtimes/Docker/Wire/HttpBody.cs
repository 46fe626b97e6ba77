using System.Globalization;

namespace ZLayer.Core.Runtimes.Docker.Wire;

/// <summary>Takes the body of an answer out of a connection that carries this answer alone: by its length, in chunks, or up to the end (RFC 9112, 6).</summary>
internal sealed class HttpBody(HttpHead head, ConnectionReader reader)
{
    // What is left of the body, or of the chunk; null up to the end of the connection.
    private long? _left = head.IsChunked ? 0 : head.ContentLength;
    private bool _begun;
    private bool _ended;

    public async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken)
    {
        if (head.IsChunked && _left == 0 && !_ended)
        {
            await NextChunkAsync(cancellationToken).ConfigureAwait(false);
        }

        if (_ended || _left == 0 || buffer.Length == 0)
        {
            return 0;
        }

        var count = await reader.ReadAsync(_left < buffer.Length ? buffer[..(int)_left] : buffer, cancellationToken).ConfigureAwait(false);
        if (count == 0 && _left is not null)
        {
            throw new EndOfStreamException();
        }

        _left -= count;
        return count;
    }

    private async ValueTask NextChunkAsync(CancellationToken cancellationToken)
    {
        if (_begun && (await reader.ReadLineAsync(cancellationToken).ConfigureAwait(false)).Length > 0)
        {
            throw new InvalidDataException("a chunk is longer than it says");
        }

        _begun = true;
        var line = await reader.ReadLineAsync(cancellationToken).ConfigureAwait(false);
        var size = line.AsSpan(0, line.IndexOf(';', StringComparison.Ordinal) is var end and >= 0 ? end : line.Length).Trim();
        if (!long.TryParse(size, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var length) || length < 0)
        {
            throw new InvalidDataException("the size of a chunk cannot be read");
        }

        _left = length;
        if (length == 0)
        {
            _ended = true;
            while (await reader.ReadLineAsync(cancellationToken).ConfigureAwait(false) is { Length: > 0 })
            {
                // Trailers say nothing that is needed.
            }
        }
    }
}
