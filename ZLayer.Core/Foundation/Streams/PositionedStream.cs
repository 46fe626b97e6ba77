namespace ZLayer.Core.Foundation.Streams;

/// <summary>A stream to read that has a length and a position; a derived class says what is there.</summary>
/// <param name="length">How many bytes it has.</param>
internal abstract class PositionedStream(long length) : Stream
{
    private long _position;

    public sealed override bool CanRead => true;

    public sealed override bool CanSeek => true;

    public sealed override bool CanWrite => false;

    public sealed override long Length => length;

    public sealed override long Position
    {
        get => _position;
        set => _position = Math.Clamp(value, 0, length);
    }

    public sealed override int Read(Span<byte> buffer)
    {
        var count = ReadAt(_position, buffer[..(int)Math.Min(buffer.Length, length - _position)]);
        _position += count;
        return count;
    }

    public sealed override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

    public sealed override long Seek(long offset, SeekOrigin origin)
        => Position = origin switch
        {
            SeekOrigin.Begin => offset,
            SeekOrigin.Current => _position + offset,
            _ => length + offset,
        };

    public sealed override void Flush()
    {
    }

    public sealed override void SetLength(long value) => throw new NotSupportedException();

    public sealed override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    /// <summary>Reads at a position, at most to the end; <see cref="Position"/> stays.</summary>
    public abstract int ReadAt(long position, Span<byte> buffer);
}
