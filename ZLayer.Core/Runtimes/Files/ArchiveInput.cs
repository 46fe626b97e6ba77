using System.Buffers;
using System.Runtime.ExceptionServices;
using ZLayer.Core.Foundation.Streams;

namespace ZLayer.Core.Runtimes.Files;

/// <summary>
/// Reads an archive that comes from a runtime a few large blocks ahead, so that the thread which makes files waits seldom, and without
/// spinning: the processor is wanted by the engine.
/// </summary>
internal sealed class ArchiveInput : ForwardStream
{
    private const int BlockSize = 1024 * 1024;
    private const int BlockCount = 4;

    private readonly Stream _archive;
    private readonly IProgress<long>? _progress;
    private readonly CancellationTokenSource _stop;
    private readonly SemaphoreSlim _free = new(BlockCount);
    private readonly Queue<(byte[] Block, int Length)> _filled = new();
    private readonly Task _filling;
    private ExceptionDispatchInfo? _failure;
    private (byte[] Block, int Length)? _current;
    private int _position;
    private long _read;

    /// <param name="archive">The archive; it stays open.</param>
    /// <param name="progress">Told how much was read.</param>
    /// <param name="cancellationToken">Ends the reading; the reader gets an OperationCanceledException.</param>
    public ArchiveInput(Stream archive, IProgress<long>? progress, CancellationToken cancellationToken)
    {
        _archive = archive;
        _progress = progress;
        _stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        _filling = Task.Run(() => FillAsync(_stop.Token), CancellationToken.None);
    }

    public override bool CanRead => true;

    public override long Position
    {
        get => _read;
        set => throw new NotSupportedException();
    }

    public override int Read(Span<byte> buffer)
    {
        if (_current is not { } current || _position == current.Length)
        {
            current = TakeNext();
        }

        var count = Math.Min(buffer.Length, current.Length - _position);
        current.Block.AsSpan(_position, count).CopyTo(buffer);
        _position += count;
        return count;
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _stop.Cancel();
            _filling.Wait();
            _stop.Dispose();
            _free.Dispose();
            Return(_current);
            while (_filled.TryDequeue(out var block))
            {
                Return(block);
            }

            _current = null;
        }

        base.Dispose(disposing);
    }

    private (byte[] Block, int Length) TakeNext()
    {
        // The last block is empty and stays.
        if (_current is { Length: 0 } end)
        {
            return end;
        }

        if (_current is not null)
        {
            Return(_current);
            _current = null;
            _free.Release();
        }

        lock (_filled)
        {
            while (_filled.Count == 0)
            {
                _failure?.Throw();
                Monitor.Wait(_filled);
            }

            _current = _filled.Dequeue();
        }

        _position = 0;
        _read += _current.Value.Length;
        _progress?.Report(_read);
        return _current.Value;
    }

    private async Task FillAsync(CancellationToken cancellationToken)
    {
        try
        {
            int count;
            do
            {
                await _free.WaitAsync(cancellationToken).ConfigureAwait(false);
                var block = ArrayPool<byte>.Shared.Rent(BlockSize);
                count = await _archive.ReadAtLeastAsync(
                    block.AsMemory(0, BlockSize), BlockSize, throwOnEndOfStream: false, cancellationToken).ConfigureAwait(false);
                lock (_filled)
                {
                    _filled.Enqueue((block, count));
                    Monitor.Pulse(_filled);
                }
            }
            while (count > 0);
        }
        catch (Exception e)
        {
            // Thrown again by the reader, behind what was read before it.
            lock (_filled)
            {
                _failure = ExceptionDispatchInfo.Capture(e);
                Monitor.Pulse(_filled);
            }
        }
    }

    private static void Return((byte[] Block, int Length)? block)
    {
        if (block is { } used)
        {
            ArrayPool<byte>.Shared.Return(used.Block);
        }
    }
}
