using System.Buffers.Text;

namespace ZLayer.Core.Runtimes.Docker.Wire;

/// <summary>
/// Takes the body of an answer out of a connection that carries this answer alone: by its length, in chunks, or up to the end (RFC 9112,
/// 6).
/// </summary>
internal sealed class HttpBody(HttpHead head, ConnectionReader reader)
{
    // What is left of the body, or of the chunk; null up to the end of the connection.
    private long? _left = head.IsChunked ? 0 : head.ContentLength;
    private int _trailers;
    private Part _next = head.IsChunked ? Part.ChunkSize : Part.Data;

    private enum Part
    {
        ChunkSize,
        Data,
        ChunkEnd,
        Trailers,
        End,
    }

    public async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken)
    {
        int count;
        while ((count = Take(buffer.Span)) == 0 && buffer.Length > 0 && _next != Part.End)
        {
            if (!await reader.FillAsync(cancellationToken).ConfigureAwait(false))
            {
                return _next == Part.Data && _left is null ? 0 : throw new EndOfStreamException();
            }
        }

        return count;
    }

    /// <summary>Takes what is buffered, over the borders of chunks.</summary>
    private int Take(Span<byte> buffer)
    {
        var taken = 0;
        while (taken < buffer.Length && _next != Part.End)
        {
            if (_next == Part.Data)
            {
                var count = (int)Math.Min(Math.Min(reader.Buffered.Length, buffer.Length - taken), _left ?? int.MaxValue);
                reader.Buffered[..count].CopyTo(buffer[taken..]);
                reader.Advance(count);
                taken += count;
                _left -= count;
                if (_left != 0)
                {
                    if (count == 0)
                    {
                        break;
                    }

                    continue;
                }

                _next = head.IsChunked ? Part.ChunkEnd : Part.End;
            }
            else if (reader.TryTakeLine(out var line))
            {
                TakeLine(line);
            }
            else
            {
                break;
            }
        }

        return taken;
    }

    private void TakeLine(ReadOnlySpan<byte> line)
    {
        switch (_next)
        {
            case Part.ChunkEnd:
                _next = line.IsEmpty ? Part.ChunkSize : throw new InvalidDataException("a chunk is longer than it says");
                break;
            case Part.ChunkSize:
                _left = ReadSize(line);
                _next = _left > 0 ? Part.Data : Part.Trailers;
                break;
            default:
                // Trailers say nothing that is needed.
                _next = line.IsEmpty ? Part.End
                    : ++_trailers <= HttpHead.MostHeaders ? Part.Trailers
                    : throw new InvalidDataException("what follows the last chunk does not end");
                break;
        }
    }

    private static long ReadSize(ReadOnlySpan<byte> line)
    {
        var size = (line.IndexOf((byte)';') is var end and >= 0 ? line[..end] : line).Trim((byte)' ');
        return Utf8Parser.TryParse(size, out long length, out var read, 'x') && read == size.Length && length >= 0
            ? length
            : throw new InvalidDataException("the size of a chunk cannot be read");
    }
}
