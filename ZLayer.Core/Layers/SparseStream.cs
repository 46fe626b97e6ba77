namespace ZLayer.Core.Layers;

/// <summary>A file with its holes, of one that is stored without them.</summary>
/// <param name="map">Where its data lies.</param>
/// <param name="open">Opens what is stored, from a position on.</param>
internal sealed class SparseStream(SparseMap map, Func<long, Stream> open) : Stream
{
    private long _position;
    private Stream? _data;
    private long _dataPosition;

    public override bool CanRead => true;

    public override bool CanSeek => true;

    public override bool CanWrite => false;

    public override long Length => map.Size;

    public override long Position
    {
        get => _position;
        set => _position = Math.Clamp(value, 0, map.Size);
    }

    public override int Read(Span<byte> buffer)
    {
        var (run, stored) = map.RunAt(_position);
        var wanted = (int)Math.Min(buffer.Length, run);
        if (wanted == 0)
        {
            return 0;
        }

        var count = wanted;
        if (stored < 0)
        {
            buffer[..wanted].Clear();
        }
        else
        {
            if (_data is null || _dataPosition != stored)
            {
                _data?.Dispose();
                (_data, _dataPosition) = (open(stored), stored);
            }

            count = _data.Read(buffer[..wanted]);
            _dataPosition += count;
        }

        _position += count;
        return count;
    }

    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

    public override long Seek(long offset, SeekOrigin origin)
        => Position = origin switch
        {
            SeekOrigin.Begin => offset,
            SeekOrigin.Current => _position + offset,
            _ => map.Size + offset,
        };

    public override void Flush()
    {
    }

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    protected override void Dispose(bool disposing)
    {
        _data?.Dispose();
        base.Dispose(disposing);
    }
}
