namespace ZLayer.Core.Layers;

/// <summary>A stream whose first bytes were already read: it gives them again, then the rest.</summary>
internal sealed class HeadedStream : Stream
{
    private readonly byte[] _head;
    private readonly Stream _rest;
    private readonly bool _leaveOpen;
    private int _taken;

    private HeadedStream(byte[] head, Stream rest, bool leaveOpen)
    {
        _head = head;
        _rest = rest;
        _leaveOpen = leaveOpen;
    }

    /// <summary>
    /// The stream as it was before <paramref name="head"/> was read from it: the stream itself, moved back, where that is possible.
    /// </summary>
    public static Stream PutBack(byte[] head, Stream stream, bool leaveOpen)
    {
        if (stream.CanSeek)
        {
            stream.Seek(-head.Length, SeekOrigin.Current);
            return leaveOpen ? new HeadedStream([], stream, leaveOpen) : stream;
        }

        return head.Length == 0 && !leaveOpen ? stream : new HeadedStream(head, stream, leaveOpen);
    }

    public override bool CanRead => true;

    /// <summary>Only streams that were moved back can seek, and those have no head.</summary>
    public override bool CanSeek => _rest.CanSeek;

    public override bool CanWrite => false;

    public override long Length => _rest.Length;

    public override long Position
    {
        get => _rest.Position;
        set => _rest.Position = value;
    }

    public override int Read(Span<byte> buffer)
    {
        var head = _head.AsSpan(_taken);
        if (head.IsEmpty)
        {
            return _rest.Read(buffer);
        }

        var count = Math.Min(head.Length, buffer.Length);
        head[..count].CopyTo(buffer);
        _taken += count;
        return count;
    }

    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        => _taken < _head.Length ? ValueTask.FromResult(Read(buffer.Span)) : _rest.ReadAsync(buffer, cancellationToken);

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken)
        => ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override void Flush()
    {
    }

    public override long Seek(long offset, SeekOrigin origin) => _rest.Seek(offset, origin);

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    protected override void Dispose(bool disposing)
    {
        if (disposing && !_leaveOpen)
        {
            _rest.Dispose();
        }

        base.Dispose(disposing);
    }
}
