using System.Runtime.ExceptionServices;

namespace ZLayer.Core.Layers;

/// <summary>A piece on its way: its content until it is compressed, then its compressed form.</summary>
internal sealed class PieceJob(NativeBuffer content, int length) : IDisposable
{
    private NativeBuffer? _content = content;
    private NativeBuffer? _compressed;
    private int _compressedLength;
    private volatile bool _isDone;

    /// <summary>The length of the content.</summary>
    public int Length { get; } = length;

    public ReadOnlySpan<byte> Content => _content!.Span[..Length];

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

    public NativeBuffer TakeContent()
    {
        var buffer = _content!;
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
