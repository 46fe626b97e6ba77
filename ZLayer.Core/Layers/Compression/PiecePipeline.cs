using System.Globalization;
using System.Runtime.ExceptionServices;
using ZLayer.Core.Oci;

namespace ZLayer.Core.Layers;

/// <summary>
/// Compresses pieces on several threads and writes them in order. All public members are called by one thread, the producer;
/// it writes finished pieces itself, so the output needs no locking.
/// </summary>
internal sealed class PiecePipeline : IDisposable
{
    /// <summary>The producer waits while pieces under way, with the room for their compressed form, take more than this.</summary>
    private const long MaximumUnderWay = 48L * 1024 * 1024;

    private const int MaximumSpareBuffers = 2;

    private readonly LayerCompression _compression;
    private readonly int _level;
    private readonly PieceCompression _work;
    private readonly int _parallelism;
    private readonly bool _keepsPieces;
    private readonly Queue<PieceJob> _inOrder = new();
    private readonly List<Thread> _threads = [];

    // Shared with the worker threads, under the gate.
    private readonly Lock _gate = new();
    private readonly SemaphoreSlim _waiting = new(0);
    private readonly SemaphoreSlim _finished = new(0);
    private readonly Queue<PieceJob> _toDo = new();
    private readonly Stack<NativeBuffer> _spare = new();
    private long _underWay;
    private volatile bool _stopping;

    public PiecePipeline(LayerCompression compression, int level, int parallelism, IPieceCache? cache)
    {
        _compression = compression;
        _level = level;
        _parallelism = parallelism;
        _keepsPieces = cache is not null;
        Variant = NameOf(compression, level);
        _work = new PieceCompression(cache, Variant);
    }

    public int Pieces { get; private set; }

    /// <summary>What stands for each piece that was written, where pieces are kept.</summary>
    public List<Digest> Keys { get; } = [];

    /// <summary>The format, the level and the encoder's version.</summary>
    public string Variant { get; }

    public int ReusedPieces { get; private set; }

    public long ReusedBytes { get; private set; }

    public NativeBuffer Rent(int capacity)
    {
        lock (_gate)
        {
            return _spare.TryPop(out var buffer) ? buffer : new NativeBuffer(capacity);
        }
    }

    /// <summary>Hands over a piece, after waiting for room and writing what is finished.</summary>
    public void Submit(NativeBuffer buffer, int length, Stream output, CancellationToken cancellationToken)
    {
        Submit(new PieceJob(buffer, length), output, cancellationToken);
    }

    /// <summary>Hands over a piece that need not have been read.</summary>
    public void Submit(KnownPiece piece, Stream output, CancellationToken cancellationToken)
        => Submit(new PieceJob(piece), output, cancellationToken);

    private void Submit(PieceJob job, Stream output, CancellationToken cancellationToken)
    {
        WriteFinished(output, ownRoom: job.Room, cancellationToken);
        Pieces++;
        _inOrder.Enqueue(job);
        lock (_gate)
        {
            _underWay += job.Room;
            _toDo.Enqueue(job);
        }

        _waiting.Release();
        if (_threads.Count < Math.Min(_parallelism, _inOrder.Count))
        {
            StartThread();
        }
    }

    /// <summary>Waits for every piece and writes it.</summary>
    public void Finish(Stream output, CancellationToken cancellationToken)
        => WriteFinished(output, ownRoom: long.MaxValue / 2, cancellationToken);

    public void Dispose()
    {
        _stopping = true;
        _waiting.Release(_threads.Count + 1);
        foreach (var thread in _threads)
        {
            thread.Join();
        }

        foreach (var job in _inOrder)
        {
            job.Dispose();
        }

        foreach (var buffer in _spare)
        {
            buffer.Dispose();
        }

        _waiting.Dispose();
        _finished.Dispose();
    }

    /// <summary>Names what decides the bytes of a compressed piece: the format, the level and the encoder's version.</summary>
    private static string NameOf(LayerCompression compression, int level)
        => compression == LayerCompression.Zstd
            ? string.Create(CultureInfo.InvariantCulture, $"zstd-{level}-{Zstd.Installed?.VersionNumber ?? ManagedZstdPieceEncoder.VersionNumber}")
            // zlib-ng comes with the runtime.
            : string.Create(CultureInfo.InvariantCulture, $"gzip-{level}-2-dotnet{Environment.Version}");

    private void StartThread()
    {
        var thread = new Thread(Work) { IsBackground = true, Name = "layer compression" };
        _threads.Add(thread);
        thread.Start();
    }

    private void WriteFinished(Stream output, long ownRoom, CancellationToken cancellationToken)
    {
        while (_inOrder.TryPeek(out var first))
        {
            if (!first.IsDone)
            {
                bool hasRoom;
                lock (_gate)
                {
                    hasRoom = _underWay + ownRoom <= MaximumUnderWay;
                }

                if (hasRoom)
                {
                    return;
                }

                // One release for each finished piece, in any order: look again after each.
                _finished.Wait(cancellationToken);
                continue;
            }

            Write(_inOrder.Dequeue(), output);
        }
    }

    private void Write(PieceJob job, Stream output)
    {
        using (job)
        {
            job.Failure?.Throw();
            output.Write(job.Compressed);
            if (_keepsPieces)
            {
                Keys.Add(job.Key);
            }

            if (job.IsReused)
            {
                ReusedPieces++;
                ReusedBytes += job.Length;
            }

            lock (_gate)
            {
                _underWay -= job.Room;
            }
        }
    }

    private void Work()
    {
        PieceEncoder? encoder = null;
        try
        {
            while (true)
            {
                _waiting.Wait();
                PieceJob? job;
                lock (_gate)
                {
                    if (_stopping || !_toDo.TryDequeue(out job))
                    {
                        return;
                    }
                }

                Run(job, ref encoder);
            }
        }
        finally
        {
            encoder?.Dispose();
        }
    }

    private void Run(PieceJob job, ref PieceEncoder? encoder)
    {
        ExceptionDispatchInfo? failure = null;
        try
        {
            encoder ??= PieceEncoder.Create(_compression, _level);
            _work.Compress(job, encoder);
        }
        catch (Exception e)
        {
            // Thrown again by the producer when the piece's turn comes.
            failure = ExceptionDispatchInfo.Capture(e);
        }

        var buffer = job.TakeContent();
        lock (_gate)
        {
            _underWay -= job.Room;
            job.Finish(failure);
            _underWay += job.Room;
            if (buffer is not null && _spare.Count < MaximumSpareBuffers)
            {
                _spare.Push(buffer);
                buffer = null;
            }
        }

        buffer?.Dispose();
        _finished.Release();
    }
}
