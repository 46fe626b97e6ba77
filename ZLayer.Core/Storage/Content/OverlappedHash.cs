using System.Buffers;
using System.Collections.Concurrent;
using ZLayer.Core.Oci;

namespace ZLayer.Core.Storage;

/// <summary>
/// Hashes a stream of blocks beside the thread that makes them, so that hashing a large layer costs no time of its own on a machine with
/// two cores. Small content is hashed at once. Memory is bounded: a few blocks wait at most. One thread appends.
/// </summary>
internal sealed class OverlappedHash(Digest model) : IDisposable
{
    // Less than this is hashed sooner than a thread starts.
    private const int Threshold = 1024 * 1024;
    private const int BlockSize = 256 * 1024;
    private const int MostWaiting = 4;

    private readonly ContentHash _hash = ContentHash.Create(model);
    private BlockingCollection<(byte[] Buffer, int Count)>? _blocks;
    private Thread? _worker;
    private byte[]? _gathering;
    private int _gathered;
    private long _total;

    /// <summary>Hashes on the caller's thread: for when other work keeps every processor busy, and handing over would only copy.</summary>
    public bool IsInline { get; init; }

    /// <summary>Adds a block; it is copied.</summary>
    public void Append(ReadOnlySpan<byte> block)
    {
        _total += block.Length;
        if (IsInline || (_worker is null && _total < Threshold))
        {
            _hash.Append(block);
            return;
        }

        Start();
        while (!block.IsEmpty)
        {
            _gathering ??= ArrayPool<byte>.Shared.Rent(BlockSize);
            var count = Math.Min(block.Length, BlockSize - _gathered);
            block[..count].CopyTo(_gathering.AsSpan(_gathered));
            _gathered += count;
            block = block[count..];
            if (_gathered == BlockSize)
            {
                HandOver();
            }
        }
    }

    /// <summary>Adds everything that a stream has left, and returns how many bytes that was.</summary>
    public long Append(Stream stream)
    {
        Wait();
        return _hash.Append(stream);
    }

    /// <summary>The digest of everything added; the hash starts over.</summary>
    public Digest Finish()
    {
        Wait();
        _total = 0;
        return _hash.Finish();
    }

    public void Dispose()
    {
        Wait();
        _hash.Dispose();
    }

    private void Start()
    {
        if (_worker is null)
        {
            _blocks = new BlockingCollection<(byte[] Buffer, int Count)>(MostWaiting);
            _worker = new Thread(HashBlocks) { IsBackground = true, Name = "hash" };
            _worker.Start(_blocks);
        }
    }

    private void HashBlocks(object? state)
    {
        foreach (var (buffer, count) in ((BlockingCollection<(byte[] Buffer, int Count)>)state!).GetConsumingEnumerable())
        {
            _hash.Append(buffer.AsSpan(0, count));
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    private void HandOver()
    {
        if (_gathering is { } buffer)
        {
            _blocks!.Add((buffer, _gathered));
            _gathering = null;
            _gathered = 0;
        }
    }

    // Afterwards everything is hashed and no thread is left.
    private void Wait()
    {
        if (_worker is null)
        {
            return;
        }

        HandOver();
        _blocks!.CompleteAdding();
        _worker.Join();
        _blocks.Dispose();
        _blocks = null;
        _worker = null;
    }
}
