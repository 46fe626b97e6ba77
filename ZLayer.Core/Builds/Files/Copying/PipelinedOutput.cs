using System.Buffers;
using System.Collections.Concurrent;
using System.Runtime.ExceptionServices;
using ZLayer.Core.Foundation.Streams;

namespace ZLayer.Core.Builds.Files;

/// <summary>
/// Passes what is written to another stream on a thread of its own, in large blocks: whoever writes reads the next files meanwhile,
/// while the other stream hashes and stores. Memory is bounded by a few blocks.
/// </summary>
internal sealed class PipelinedOutput : ForwardStream
{
    private const int BlockSize = 1 << 20;
    private const int BlockCount = 6;

    private readonly Stream _output;
    private readonly BlockingCollection<ArraySegment<byte>> _full = new(BlockCount);
    private readonly BlockingCollection<byte[]> _free = [];
    private readonly Task _writer;
    private volatile ExceptionDispatchInfo? _failure;
    private volatile bool _abandoned;
    private byte[] _block;
    private int _used;
    private bool _completed;

    public PipelinedOutput(Stream output)
    {
        _output = output;
        for (var i = 0; i < BlockCount; i++)
        {
            _free.Add(ArrayPool<byte>.Shared.Rent(BlockSize));
        }

        _block = _free.Take();
        _writer = Task.Factory.StartNew(WriteBlocks, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
    }

    public override bool CanWrite => true;

    public override void Write(ReadOnlySpan<byte> buffer)
    {
        _failure?.Throw();
        while (!buffer.IsEmpty)
        {
            var count = Math.Min(buffer.Length, BlockSize - _used);
            buffer[..count].CopyTo(_block.AsSpan(_used));
            _used += count;
            buffer = buffer[count..];
            if (_used == BlockSize)
            {
                Pass();
            }
        }
    }

    /// <summary>Waits until everything is written, and throws what the other stream threw.</summary>
    public void Complete()
    {
        Pass();
        Finish();
        _failure?.Throw();
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing && !_completed)
        {
            _abandoned = true;
            Finish();
        }

        base.Dispose(disposing);
    }

    private void Pass()
    {
        _full.Add(new ArraySegment<byte>(_block, 0, _used));
        _block = _free.Take();
        _used = 0;
    }

    private void Finish()
    {
        _completed = true;
        _full.CompleteAdding();
        _writer.Wait();
        ArrayPool<byte>.Shared.Return(_block);
        while (_free.TryTake(out var block))
        {
            ArrayPool<byte>.Shared.Return(block);
        }

        _full.Dispose();
        _free.Dispose();
    }

    // After a failure the blocks are still taken, so that whoever writes is never left waiting.
    private void WriteBlocks()
    {
        foreach (var block in _full.GetConsumingEnumerable())
        {
            try
            {
                if (_failure is null && !_abandoned)
                {
                    _output.Write(block);
                }
            }
            catch (Exception e)
            {
                _failure = ExceptionDispatchInfo.Capture(e);
            }

            _free.Add(block.Array!);
        }
    }
}
