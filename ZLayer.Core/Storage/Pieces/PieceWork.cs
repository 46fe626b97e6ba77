using System.Collections.Concurrent;
using System.Runtime.ExceptionServices;
using ZLayer.Core.Layers;
using ZLayer.Core.Oci;

namespace ZLayer.Core.Storage.Pieces;

/// <summary>
/// Hashes and stages pieces on a thread of its own, in order, while the next ones are made. As long as the groups are those that an earlier
/// layer began with, nothing is hashed: the state behind them was kept. Memory is bounded by a few pieces.
/// </summary>
internal sealed class PieceWork : IDisposable
{
    private const int Buffers = 2;

    private readonly PieceStaging _staging;
    private readonly PieceList? _earlier;
    private readonly int _capacity;
    private readonly BlockingCollection<NativeBuffer> _free = [];
    private readonly BlockingCollection<Job> _jobs = new(Buffers);
    private readonly List<PieceGroup> _groups = [];
    private readonly List<Piece> _group = [];
    private NativeBuffer? _read;
    private ResumableSha256? _hash;
    private long _length;
    private Thread? _thread;
    private int _made;
    private volatile ExceptionDispatchInfo? _failure;

    /// <summary>Prepares the work; the thread begins with the first piece.</summary>
    /// <param name="staging">Where pieces are staged.</param>
    /// <param name="earlier">An earlier version of the blob, whose groups can be taken over; null for none.</param>
    /// <param name="capacity">How long a piece is at most.</param>
    public PieceWork(PieceStaging staging, PieceList? earlier, int capacity)
    {
        _staging = staging;
        _earlier = earlier;
        _capacity = capacity;
    }

    /// <summary>A buffer for a piece; waits until one is free.</summary>
    public NativeBuffer Rent()
    {
        if (_made < Buffers && _free.Count == 0)
        {
            _made++;
            return new NativeBuffer(_capacity);
        }

        return _free.Take();
    }

    /// <summary>Hands over a piece of the current group.</summary>
    /// <param name="buffer">The content; it is no longer the caller's.</param>
    /// <param name="length">Its length.</param>
    /// <param name="name">Its name; null to make it of the content.</param>
    public void Add(NativeBuffer buffer, int length, string? name) => Enqueue(new Job(buffer, length, name, default, -1));

    /// <summary>Ends the current group.</summary>
    public void EndGroup(in Sha256Value recipe) => Enqueue(new Job(null, 0, null, recipe, -1));

    /// <summary>Takes over a group of the earlier layer.</summary>
    public void TakeOver(int group) => Enqueue(new Job(null, 0, null, default, group));

    /// <summary>Waits until all is done; the memory is given back.</summary>
    /// <returns>What the blob is made of.</returns>
    /// <exception cref="LostPieceException">A piece of the earlier layer that had to be read is not there, or is damaged.</exception>
    public PieceList Finish()
    {
        Stop();
        _failure?.Throw();
        BeginHash();
        FreeMemory();
        return new PieceList(Digest.FromSha256(_hash!.Finish()), _groups);
    }

    public void Dispose()
    {
        _failure ??= ExceptionDispatchInfo.Capture(new OperationCanceledException());
        Stop();
        _hash?.Dispose();
        FreeMemory();
        _jobs.Dispose();
        _free.Dispose();
    }

    private void FreeMemory()
    {
        _read?.Dispose();
        while (_free.TryTake(out var buffer))
        {
            buffer.Dispose();
        }
    }

    private readonly record struct Job(NativeBuffer? Buffer, int Length, string? Name, Sha256Value Recipe, int Earlier);

    private void Enqueue(in Job job)
    {
        _failure?.Throw();
        if (_thread is null)
        {
            _thread = new Thread(Work) { IsBackground = true, Name = "pieces of a layer" };
            _thread.Start();
        }

        _jobs.Add(job);
    }

    private void Stop()
    {
        if (!_jobs.IsAddingCompleted)
        {
            _jobs.CompleteAdding();
            _thread?.Join();
        }
    }

    // After a failure the jobs are still taken, so that whoever hands them over is never left waiting.
    private void Work()
    {
        foreach (var job in _jobs.GetConsumingEnumerable())
        {
            try
            {
                if (_failure is null)
                {
                    Do(job);
                }
            }
            catch (Exception e)
            {
                _failure = ExceptionDispatchInfo.Capture(e);
            }

            if (job.Buffer is not null)
            {
                _free.Add(job.Buffer);
            }
        }
    }

    private void Do(in Job job)
    {
        if (job.Buffer is not null)
        {
            Stage(job.Buffer.Span[..job.Length], job.Name);
        }
        else if (job.Earlier >= 0)
        {
            TakeOver(_earlier!.Groups[job.Earlier], isNext: _hash is null && job.Earlier == _groups.Count);
        }
        else
        {
            _groups.Add(new PieceGroup(job.Recipe, [.. _group], _hash!.TrySave()));
            _group.Clear();
        }
    }

    private void Stage(ReadOnlySpan<byte> content, string? name)
    {
        BeginHash();
        _group.Add(_staging.Stage(name, content, _hash!));
        _length += content.Length;
    }

    private void TakeOver(PieceGroup group, bool isNext)
    {
        if (isNext)
        {
            _length += group.Pieces.Sum(piece => (long)piece.Length);
            _groups.Add(group);
            return;
        }

        BeginHash();
        HashAgain(group);
        _groups.Add(group with { HashState = _hash!.TrySave() });
    }

    // Begins to hash behind the groups that were taken over so far: with the state that was kept, or with their content.
    private void BeginHash()
    {
        if (_hash is not null)
        {
            return;
        }

        if (_groups.Count > 0 && _groups[^1].HashState is { Length: > 0 } state && ResumableSha256.IsSupported)
        {
            _hash = ResumableSha256.Resume(state, _length);
            return;
        }

        _hash = new ResumableSha256();
        _length = 0;
        _groups.ForEach(HashAgain);
    }

    private void HashAgain(PieceGroup group)
    {
        foreach (var piece in group.Pieces)
        {
            _read ??= new NativeBuffer(_capacity);
            if (piece.Length > _read.Capacity || !_staging.Files.TryRead(piece, _read.Span))
            {
                throw new LostPieceException(piece);
            }

            _hash!.Append(_read.Span[..piece.Length]);
            _length += piece.Length;
        }
    }
}

/// <summary>A piece of an earlier layer that was to be taken over is gone or damaged: the layer has to be written without it.</summary>
internal sealed class LostPieceException(Piece piece) : Exception($"The piece {piece.Name} is gone or damaged.");
