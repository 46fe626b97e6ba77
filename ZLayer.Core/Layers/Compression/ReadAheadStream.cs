using System.Buffers;
using System.Runtime.ExceptionServices;
using ZLayer.Core.Foundation.Streams;

namespace ZLayer.Core.Layers;

/// <summary>
/// Reads another stream on a thread of its own, a little ahead of its reader, so that decompressing and hashing do not wait for writing
/// files.
/// </summary>
internal sealed class ReadAheadStream : ForwardStream
{
    private const int BufferSize = 256 * 1024;
    private const int BufferCount = 6;

    private readonly Stream _inner;
    private readonly Thread _thread;
    private readonly byte[][] _buffers = new byte[BufferCount][];
    private readonly int[] _lengths = new int[BufferCount];
    private readonly SemaphoreSlim _free = new(BufferCount);
    private readonly SemaphoreSlim _filled = new(0);
    private ExceptionDispatchInfo? _failure;
    private volatile bool _stopping;
    private int _current = -1;
    private int _start;
    private int _end;
    private bool _ended;

    /// <param name="inner">The stream; it stays open, and nobody else may read it until this one is disposed.</param>
    public ReadAheadStream(Stream inner)
    {
        _inner = inner;
        _thread = new Thread(Fill) { IsBackground = true, Name = "layer read-ahead" };
        _thread.Start();
    }

    public override bool CanRead => true;

    public override int Read(Span<byte> buffer)
    {
        if (_start == _end && !buffer.IsEmpty && !TryTakeNext())
        {
            return 0;
        }

        var count = Math.Min(buffer.Length, _end - _start);
        _buffers[_current].AsSpan(_start, count).CopyTo(buffer);
        _start += count;
        return count;
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing && !_stopping)
        {
            _stopping = true;
            _free.Release();
            _thread.Join();
            foreach (var buffer in _buffers)
            {
                if (buffer is not null)
                {
                    ArrayPool<byte>.Shared.Return(buffer);
                }
            }

            _free.Dispose();
            _filled.Dispose();
        }

        base.Dispose(disposing);
    }

    private bool TryTakeNext()
    {
        if (_ended)
        {
            _failure?.Throw();
            return false;
        }

        if (_current >= 0)
        {
            _free.Release();
        }

        _filled.Wait();
        _current = (_current + 1) % BufferCount;
        _start = 0;
        _end = _lengths[_current];
        _ended = _end == 0;
        if (_ended)
        {
            _failure?.Throw();
        }

        return !_ended;
    }

    private void Fill()
    {
        for (var i = 0; ; i = (i + 1) % BufferCount)
        {
            _free.Wait();
            if (_stopping)
            {
                return;
            }

            try
            {
                _buffers[i] ??= ArrayPool<byte>.Shared.Rent(BufferSize);
                _lengths[i] = _inner.ReadAtLeast(_buffers[i].AsSpan(0, BufferSize), BufferSize, throwOnEndOfStream: false);
            }
            catch (Exception e)
            {
                // Thrown again by the reader, behind what was read before it.
                _failure = ExceptionDispatchInfo.Capture(e);
                _lengths[i] = 0;
            }

            var isEnd = _lengths[i] == 0;
            _filled.Release();
            if (isEnd)
            {
                return;
            }
        }
    }
}
