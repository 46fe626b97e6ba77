using System.Buffers;
using ZLayer.Core.Foundation.Streams;
using ZLayer.Core.Oci;

namespace ZLayer.Core.Layers;

/// <summary>
/// Takes a layer's tar stream and writes the compressed blob to its output, piece by piece, while more arrives.
/// Made by <see cref="LayerCompressor.OpenWriter"/>. Not safe for concurrent use.
/// </summary>
internal sealed class LayerCompressionStream : ForwardStream
{
    // The cutter looks at the stream in steps of this size, and what lies behind a cut is moved to the next buffer.
    private const int Step = 128 * 1024;

    private readonly DigestStream _tar = new(Null);
    private readonly DigestStream _blob;
    private readonly PiecePipeline? _pipeline;
    private readonly PieceCutter _cutter;
    private readonly int _capacity;
    private readonly CancellationToken _cancellationToken;
    private NativeBuffer? _piece;
    private int _length;
    private LayerCompressionResult? _result;
    private long _taken;

    internal LayerCompressionStream(Stream output, PiecePipeline? pipeline, PieceSizes sizes, CancellationToken cancellationToken)
    {
        _blob = new DigestStream(output, leaveOpen: true);
        _pipeline = pipeline;
        _cutter = new PieceCutter(sizes);
        _capacity = sizes.Maximum + PieceCutter.Lookahead + Step;
        _cancellationToken = cancellationToken;
    }

    /// <summary>True until the stream is completed.</summary>
    public override bool CanWrite => _result is null;

    /// <summary>How many bytes of tar stream were written; it cannot be set.</summary>
    public override long Position
    {
        get => _taken;
        set => throw new NotSupportedException();
    }

    /// <summary>Takes the next bytes of the tar stream; waits while too much is under way.</summary>
    public override void Write(ReadOnlySpan<byte> buffer)
    {
        ThrowIfCompleted();
        if (_pipeline is null)
        {
            _cancellationToken.ThrowIfCancellationRequested();
            Take(buffer);
            _blob.Write(buffer);
            return;
        }

        while (!buffer.IsEmpty)
        {
            var taken = Math.Min(buffer.Length, Step);
            buffer[..taken].CopyTo(NextStep(_pipeline));
            Advance(_pipeline, taken);
            buffer = buffer[taken..];
        }
    }

    /// <summary>Compresses what is left and ends the blob.</summary>
    /// <returns>The digests and sizes; the same again when called again.</returns>
    public LayerCompressionResult Complete()
    {
        if (_result is not null)
        {
            return _result;
        }

        if (_pipeline is not null)
        {
            if (_length > 0 || _pipeline.Pieces == 0)
            {
                _pipeline.Submit(_piece ?? _pipeline.Rent(_capacity), _length, _blob, _cancellationToken);
                _piece = null;
                _length = 0;
            }

            _pipeline.Finish(_blob, _cancellationToken);
        }

        _blob.Flush();
        return _result = new LayerCompressionResult
        {
            Digest = _blob.CurrentDigest,
            Size = _blob.ByteCount,
            DiffId = KnownDiffId ?? _tar.CurrentDigest,
            TarSize = _taken,
            Pieces = _pipeline?.Pieces ?? 0,
            ReusedPieces = _pipeline?.ReusedPieces ?? 0,
            ReusedBytes = _pipeline?.ReusedBytes ?? 0,
        };
    }

    /// <summary>The digest of the tar stream where it was verified already: it need not be computed again.</summary>
    internal Digest? KnownDiffId { get; set; }

    /// <summary>What stands for each piece that was written, in order, where a cache keeps pieces.</summary>
    internal IReadOnlyList<Digest> PieceKeys => _pipeline?.Keys ?? [];

    /// <summary>How pieces are compressed: format, level and the encoder's version; empty when they are not.</summary>
    internal string Variant => _pipeline?.Variant ?? "";

    internal void CopyFrom(Stream tar)
    {
        if (_pipeline is null)
        {
            CopyPlain(tar);
            return;
        }

        int count;
        while ((count = tar.Read(NextStep(_pipeline))) > 0)
        {
            Advance(_pipeline, count);
        }
    }

    /// <summary>Takes the tar stream in pieces that are cut already; those whose compressed form is kept are not read.</summary>
    internal void CopyFrom(IEnumerable<KnownPiece> pieces)
    {
        foreach (var piece in pieces)
        {
            _cancellationToken.ThrowIfCancellationRequested();
            _taken += piece.Length;
            _pipeline!.Submit(piece, _blob, _cancellationToken);
        }
    }

    /// <summary>
    /// Releases the threads and memory; without <see cref="Complete"/> the blob is left unfinished. The output stays open.
    /// </summary>
    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _pipeline?.Dispose();
            _piece?.Dispose();
            _piece = null;
            _tar.Dispose();
            _blob.Dispose();
        }

        base.Dispose(disposing);
    }

    private Span<byte> NextStep(PiecePipeline pipeline)
    {
        _piece ??= pipeline.Rent(_capacity);
        return _piece.Span.Slice(_length, Step);
    }

    private void Advance(PiecePipeline pipeline, int count)
    {
        _cancellationToken.ThrowIfCancellationRequested();
        var piece = _piece!;
        Take(piece.Span.Slice(_length, count));
        _length += count;
        int cut;
        while ((cut = _cutter.FindCut(piece.Span[.._length])) > 0)
        {
            var rest = piece.Span[cut.._length];
            var next = pipeline.Rent(_capacity);
            rest.CopyTo(next.Span);
            _piece = next;
            _length = rest.Length;
            pipeline.Submit(piece, cut, _blob, _cancellationToken);
            piece = next;
        }
    }

    private void Take(ReadOnlySpan<byte> content)
    {
        _taken += content.Length;
        if (KnownDiffId is null)
        {
            _tar.Write(content);
        }
    }

    private void CopyPlain(Stream tar)
    {
        var buffer = ArrayPool<byte>.Shared.Rent(Step);
        try
        {
            int count;
            while ((count = tar.Read(buffer)) > 0)
            {
                Write(buffer.AsSpan(0, count));
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    private void ThrowIfCompleted()
    {
        if (_result is not null)
        {
            throw new InvalidOperationException("The layer is complete.");
        }
    }
}
