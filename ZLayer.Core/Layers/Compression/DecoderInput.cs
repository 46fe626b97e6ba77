using System.Runtime.ExceptionServices;
using ZLayer.Core.Foundation.Streams;

namespace ZLayer.Core.Layers;

/// <summary>
/// What a managed decoder reads: buffered, counted, and as much at once as is asked for, whatever the stream below gives. It remembers
/// the exception of that stream: every other one of a decoder means damaged data.
/// </summary>
internal sealed class DecoderInput(Stream stream, bool leaveOpen) : ForwardStream
{
    private const int BufferSize = 64 * 1024;

    private readonly byte[] _buffer = new byte[BufferSize];
    private int _start;
    private int _end;
    private long _taken;
    private ExceptionDispatchInfo? _failure;

    /// <summary>Throws what the stream below threw, whatever a decoder made of it.</summary>
    public void ThrowFailure() => _failure?.Throw();

    public override bool CanRead => true;

    /// <summary>How many bytes were read from here.</summary>
    public override long Position
    {
        get => _taken;
        set => throw new NotSupportedException();
    }

    public override int Read(Span<byte> buffer)
    {
        var count = 0;
        while (count < buffer.Length && TryFill())
        {
            var part = Math.Min(buffer.Length - count, _end - _start);
            _buffer.AsSpan(_start, part).CopyTo(buffer[count..]);
            _start += part;
            count += part;
        }

        _taken += count;
        return count;
    }

    public override int ReadByte()
    {
        if (!TryFill())
        {
            return -1;
        }

        _taken++;
        return _buffer[_start++];
    }

    /// <summary>The next bytes, which stay: fewer at the end of the stream.</summary>
    /// <param name="length">How many, up to 1 KiB.</param>
    public ReadOnlySpan<byte> Peek(int length)
    {
        if (_end - _start < length && _start > 0)
        {
            _buffer.AsSpan(_start, _end - _start).CopyTo(_buffer);
            (_start, _end) = (0, _end - _start);
        }

        while (_end - _start < length && ReadMore() > 0)
        {
        }

        return _buffer.AsSpan(_start, Math.Min(length, _end - _start));
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing && !leaveOpen)
        {
            stream.Dispose();
        }

        base.Dispose(disposing);
    }

    private bool TryFill()
    {
        if (_start < _end)
        {
            return true;
        }

        (_start, _end) = (0, 0);
        return ReadMore() > 0;
    }

    private int ReadMore()
    {
        try
        {
            var count = stream.Read(_buffer, _end, _buffer.Length - _end);
            _end += count;
            return count;
        }
        catch (Exception e)
        {
            _failure = ExceptionDispatchInfo.Capture(e);
            throw;
        }
    }
}
