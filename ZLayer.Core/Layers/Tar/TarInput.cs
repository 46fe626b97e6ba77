using System.Buffers;

namespace ZLayer.Core.Layers;

/// <summary>A forward-only view of a stream with a buffer for small reads, a count of what was consumed, and skipping.</summary>
internal sealed class TarInput(Stream stream, bool leaveOpen) : IDisposable
{
    private const int BufferSize = 64 * 1024;

    private byte[]? _buffer = ArrayPool<byte>.Shared.Rent(BufferSize);
    private int _start;
    private int _end;

    /// <summary>How many bytes were consumed.</summary>
    public long Position { get; private set; }

    /// <summary>Reads at least one byte; 0 at the end.</summary>
    public int Read(Span<byte> destination)
    {
        if (_start == _end)
        {
            if (destination.Length >= BufferSize)
            {
                var direct = stream.Read(destination);
                Position += direct;
                return direct;
            }

            Fill();
        }

        var count = Math.Min(destination.Length, _end - _start);
        Buffer.AsSpan(_start, count).CopyTo(destination);
        _start += count;
        Position += count;
        return count;
    }

    /// <summary>Fills the destination as far as the stream goes.</summary>
    public int ReadUpTo(Span<byte> destination)
    {
        var total = 0;
        while (total < destination.Length)
        {
            var count = Read(destination[total..]);
            if (count == 0)
            {
                break;
            }

            total += count;
        }

        return total;
    }

    /// <summary>Skips bytes, by seeking where the stream can; false when the stream ends before.</summary>
    public bool TrySkip(long count)
    {
        var buffered = (int)Math.Min(count, _end - _start);
        _start += buffered;
        Position += buffered;
        count -= buffered;
        if (count > BufferSize && stream.CanSeek)
        {
            var available = Math.Max(0, stream.Length - stream.Position);
            var skipped = Math.Min(count, available);
            stream.Seek(skipped, SeekOrigin.Current);
            Position += skipped;
            return skipped == count;
        }

        while (count > 0)
        {
            Fill();
            if (_end == 0)
            {
                return false;
            }

            var taken = (int)Math.Min(count, _end);
            _start = taken;
            Position += taken;
            count -= taken;
        }

        return true;
    }

    public void Drain(CancellationToken cancellationToken)
    {
        do
        {
            cancellationToken.ThrowIfCancellationRequested();
            Position += _end - _start;
            Fill();
        }
        while (_end > 0);
    }

    public void Dispose()
    {
        if (_buffer is null)
        {
            return;
        }

        ArrayPool<byte>.Shared.Return(_buffer);
        _buffer = null;
        if (!leaveOpen)
        {
            stream.Dispose();
        }
    }

    private byte[] Buffer => _buffer ?? throw new ObjectDisposedException(nameof(LayerTarReader));

    private void Fill()
    {
        _start = 0;
        _end = 0;
        _end = stream.Read(Buffer, 0, BufferSize);
    }
}
