using ZLayer.Core.Foundation.Streams;

namespace ZLayer.Core.Layers;

/// <summary>A file with its holes, of one that is stored without them.</summary>
/// <param name="map">Where its data lies.</param>
/// <param name="open">Opens what is stored, from a position on.</param>
internal sealed class SparseStream(SparseMap map, Func<long, Stream> open) : PositionedStream(map.Size)
{
    private Stream? _data;
    private long _dataPosition;

    public override int ReadAt(long position, Span<byte> buffer)
    {
        var (run, stored) = map.RunAt(position);
        var wanted = buffer[..(int)Math.Min(buffer.Length, run)];
        if (stored < 0 || wanted.IsEmpty)
        {
            wanted.Clear();
            return wanted.Length;
        }

        if (_data is null || _dataPosition != stored)
        {
            _data?.Dispose();
            (_data, _dataPosition) = (open(stored), stored);
        }

        var count = _data.Read(wanted);
        _dataPosition += count;
        return count;
    }

    protected override void Dispose(bool disposing)
    {
        _data?.Dispose();
        base.Dispose(disposing);
    }
}
