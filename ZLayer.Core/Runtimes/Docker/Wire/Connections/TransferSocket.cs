using System.Buffers;
using System.Diagnostics;
using System.Net.Sockets;
using ZLayer.Core.Foundation.Streams;

namespace ZLayer.Core.Runtimes.Docker.Wire;

/// <summary>
/// A connected socket for long transfers. A thread of its own reads it ahead with plain blocking calls, and writing blocks: an engine sends
/// each line of a log by itself, and to be woken for each through the event loop and the thread pool costs more than all the engine does.
/// Small pieces that come one right after the other are left to gather for a moment.
/// </summary>
/// <remarks>
/// For one reader and one writer at a time. The socket must never have been used asynchronously: the event loop would go on watching it.
/// </remarks>
internal sealed class TransferSocket(Socket socket) : AsyncForwardStream
{
    private const int LongestRead = 64 * 1024;
    private const int MostAhead = 512 * 1024;
    private const int SmallPiece = 16 * 1024;
    private const int ManyPieces = 8;
    private const int StackSize = 256 * 1024;

    private static readonly TimeSpan Pause = TimeSpan.FromMicroseconds(500);

    // About as long as an engine needs to fill a Unix socket, which holds some 250 lines of a log.
    private static readonly TimeSpan GatherTime = TimeSpan.FromMilliseconds(1);

    private readonly object _gate = new();

    // A ring: what was read ahead begins at _head. Rented while anybody can use it.
    private byte[]? _ring;
    private int _head;
    private int _count;
    private TaskCompletionSource? _more;
    private Exception? _failure;
    private bool _isReading;
    private bool _ended;
    private bool _disposed;

    public override bool CanRead => true;

    public override bool CanWrite => true;

    /// <summary>Says that nothing more is sent; the other side may go on.</summary>
    public void CloseWrite() => socket.Shutdown(SocketShutdown.Send);

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        int count;
        while (TryTake(buffer.Span, out count) is { } more)
        {
            await more.WaitAsync(cancellationToken).ConfigureAwait(false);
        }

        return count;
    }

    public override void Write(ReadOnlySpan<byte> buffer)
    {
        try
        {
            while (!buffer.IsEmpty)
            {
                buffer = buffer[socket.Send(buffer)..];
            }
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            throw new IOException(e.Message, e);
        }
    }

    /// <summary>Blocks as <see cref="Write(ReadOnlySpan{byte})"/> does: what is long is written by a thread of its own.</summary>
    public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        Write(buffer.Span);
        return ValueTask.CompletedTask;
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            lock (_gate)
            {
                if (_disposed)
                {
                    return;
                }

                _disposed = true;
                Monitor.Pulse(_gate);
                _more?.TrySetResult();
                ReturnRing();
            }

            CloseSocket();
        }

        base.Dispose(disposing);
    }

    /// <summary>Takes what was read ahead.</summary>
    /// <param name="buffer">Where it goes.</param>
    /// <param name="count">How much it was; 0 at the end.</param>
    /// <returns>Null when something was taken or the end is reached; else what ends when it is worth another try.</returns>
    private Task? TryTake(Span<byte> buffer, out int count)
    {
        lock (_gate)
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            Begin();
            count = Math.Min(buffer.Length, Math.Min(_count, MostAhead - _head));
            if (count == 0 && !_ended && !buffer.IsEmpty)
            {
                return (_more ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously)).Task;
            }

            if (count == 0 && _failure is not null && !buffer.IsEmpty)
            {
                throw new IOException(_failure.Message, _failure);
            }

            _ring.AsSpan(_head, count).CopyTo(buffer);
            _head = (_head + count) % MostAhead;
            _count -= count;
            Monitor.Pulse(_gate);
            return null;
        }
    }

    private void Begin()
    {
        if (!_isReading)
        {
            _isReading = true;
            _ring = ArrayPool<byte>.Shared.Rent(MostAhead);
            new Thread(ReadAhead, StackSize) { IsBackground = true, Name = "ZLayer transfer" }.Start();
        }
    }

    private void ReadAhead()
    {
        try
        {
            var smallPieces = 0;
            while (WaitForRoom(out var at, out var length))
            {
                // Not on Windows, whose shortest sleep is far longer.
                var gathers = smallPieces >= ManyPieces && !OperatingSystem.IsWindows();
                if (gathers)
                {
                    Thread.Sleep(GatherTime);
                }

                var began = Stopwatch.GetTimestamp();
                var count = socket.Receive(_ring!, at, length, SocketFlags.None);
                if (count == 0)
                {
                    break;
                }

                var isSmall = count < (gathers ? length : SmallPiece) && Stopwatch.GetElapsedTime(began) < Pause;
                smallPieces = isSmall ? smallPieces + 1 : 0;
                Added(count, null);
            }

            Added(0, null);
        }
        catch (Exception e)
        {
            Added(0, e);
        }
    }

    /// <summary>Waits until there is room; where there was none, until half is free.</summary>
    /// <returns>False when nobody will read any more.</returns>
    private bool WaitForRoom(out int at, out int length)
    {
        lock (_gate)
        {
            if (MostAhead - _count < LongestRead)
            {
                while (!_disposed && _count > MostAhead / 2)
                {
                    Monitor.Wait(_gate);
                }
            }

            at = (_head + _count) % MostAhead;
            length = Math.Min(LongestRead, Math.Min(MostAhead - _count, MostAhead - at));
            return !_disposed;
        }
    }

    private void Added(int count, Exception? failure)
    {
        TaskCompletionSource? more;
        lock (_gate)
        {
            _count += count;
            _failure = failure;
            _ended = count == 0;
            (more, _more) = (_more, null);
            ReturnRing();
        }

        more?.TrySetResult();
    }

    private void ReturnRing()
    {
        if (_disposed && (_ended || !_isReading) && _ring is { } ring)
        {
            _ring = null;
            ArrayPool<byte>.Shared.Return(ring);
        }
    }

    // Wakes the threads that read and write.
    private void CloseSocket()
    {
        try
        {
            socket.Shutdown(SocketShutdown.Both);
        }
        catch (SocketException)
        {
            // The other side is gone already.
        }

        socket.Dispose();
    }
}
