using System.Buffers;
using ZLayer.Core.Foundation.Streams;

namespace ZLayer.Core.Layers;

/// <summary>Reads the content of zstd frames through libzstd.</summary>
internal sealed class ZstdContentStream : ForwardStream
{
    private const int BufferSize = 128 * 1024;

    private readonly Stream _input;
    private readonly bool _leaveOpen;
    private readonly ZstdDecoder _decoder;
    private byte[]? _buffer;
    private int _start;
    private int _end;
    private bool _endOfInput;
    private bool _mayEnd;

    public ZstdContentStream(Zstd library, Stream input, bool leaveOpen)
    {
        _input = input;
        _leaveOpen = leaveOpen;
        _decoder = new ZstdDecoder(library);
        _buffer = ArrayPool<byte>.Shared.Rent(BufferSize);
    }

    public override bool CanRead => true;

    public override int Read(Span<byte> buffer)
    {
        ObjectDisposedException.ThrowIf(_buffer is null, this);
        while (!buffer.IsEmpty)
        {
            if (_start == _end && !_endOfInput)
            {
                _start = 0;
                _end = _input.Read(_buffer, 0, BufferSize);
                _endOfInput = _end == 0;
            }

            if (_start == _end && _endOfInput && _mayEnd)
            {
                return 0;
            }

            _mayEnd = _decoder.Decode(_buffer.AsSpan(_start, _end - _start), buffer, out var consumed, out var produced);
            _start += consumed;
            if (produced > 0)
            {
                return produced;
            }

            if (consumed == 0 && !_mayEnd)
            {
                RequireProgress();
            }
        }

        return 0;
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing && _buffer is not null)
        {
            ArrayPool<byte>.Shared.Return(_buffer);
            _buffer = null;
            _decoder.Dispose();
            if (!_leaveOpen)
            {
                _input.Dispose();
            }
        }

        base.Dispose(disposing);
    }

    /// <summary>A decoder that neither takes nor gives anything is either short of input, or stuck in damaged data.</summary>
    private void RequireProgress()
    {
        if (_endOfInput)
        {
            throw Decompression.Damaged(ZstdDecoder.Format, "the data is cut short");
        }

        if (_start < _end)
        {
            throw Decompression.Damaged(ZstdDecoder.Format, "the data is damaged");
        }
    }
}
