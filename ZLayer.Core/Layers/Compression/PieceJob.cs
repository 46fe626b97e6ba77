using System.Runtime.ExceptionServices;
using ZLayer.Core.Oci;

namespace ZLayer.Core.Layers;

/// <summary>A piece whose digest is known before it is read.</summary>
/// <param name="Key">What stands for its content.</param>
/// <param name="Length">The length of the content.</param>
/// <param name="Read">Reads the content.</param>
internal sealed record KnownPiece(Digest Key, int Length, PieceReader Read);

/// <summary>Reads a whole piece into memory of its length.</summary>
internal delegate void PieceReader(Span<byte> content);

/// <summary>A piece on its way: its content until it is compressed, then its compressed form.</summary>
internal sealed class PieceJob : IDisposable
{
    private readonly KnownPiece? _known;
    private NativeBuffer? _content;
    private NativeBuffer? _compressed;
    private int _compressedLength;
    private Digest _key;
    private volatile bool _isDone;

    /// <summary>A piece that was read.</summary>
    public PieceJob(NativeBuffer content, int length)
    {
        _content = content;
        Length = length;
    }

    /// <summary>A piece that is read when its compressed form is not known.</summary>
    public PieceJob(KnownPiece known)
    {
        _known = known;
        Length = known.Length;
    }

    /// <summary>The length of the content.</summary>
    public int Length { get; }

    /// <summary>The content; it is read now where it was not yet.</summary>
    public ReadOnlySpan<byte> Content
    {
        get
        {
            if (_content is null)
            {
                _content = new NativeBuffer(Length);
                _known!.Read(_content.Span[..Length]);
            }

            return _content.Span[..Length];
        }
    }

    /// <summary>What stands for the content among compressed pieces.</summary>
    public Digest Key => _key.IsEmpty ? _key = _known?.Key ?? Digest.Of(Content) : _key;

    public ReadOnlySpan<byte> Compressed => _compressed!.Span[.._compressedLength];

    public bool IsReused { get; private set; }

    public bool IsDone => _isDone;

    public ExceptionDispatchInfo? Failure { get; private set; }

    /// <summary>How much memory to count for it.</summary>
    public long Room => _isDone ? _compressedLength : 2L * Length;

    public void SetCompressed(NativeBuffer compressed, int length, bool isReused)
    {
        _compressed = compressed;
        _compressedLength = length;
        IsReused = isReused;
    }

    /// <summary>Gives up the memory of the content; null when it was not read.</summary>
    public NativeBuffer? TakeContent()
    {
        var buffer = _content;
        _content = null;
        return buffer;
    }

    public void Finish(ExceptionDispatchInfo? failure)
    {
        Failure = failure;
        _isDone = true;
    }

    public void Dispose()
    {
        _content?.Dispose();
        _compressed?.Dispose();
    }
}
