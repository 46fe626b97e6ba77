using Microsoft.Win32.SafeHandles;
using ZLayer.Core.Errors;
using ZLayer.Core.Foundation.Streams;
using ZLayer.Core.Layers;

namespace ZLayer.Core.Storage.Pieces;

/// <summary>
/// Reads a blob that is kept in pieces, as one stream. A piece that is read from its beginning is verified before any of it is given away;
/// what is read here and there is not. By position it may be read from several threads at once.
/// </summary>
internal sealed class PiecedStream : PositionedStream
{
    // Who asks for less looks at a header, and goes on elsewhere.
    private const int SequentialRead = 16 * 1024;

    private readonly PieceFiles _files;
    private readonly PieceList _list;
    private readonly Piece[] _pieces;
    private readonly long[] _starts;
    private readonly Lock _gate = new();
    private NativeBuffer? _loaded;
    private int _loadedPiece = -1;
    private SafeFileHandle? _open;
    private int _openPiece = -1;

    public PiecedStream(PieceFiles files, PieceList list)
        : base(list.Length)
    {
        _files = files;
        _list = list;
        _pieces = [.. list.Pieces];
        _starts = new long[_pieces.Length];
        for (var i = 1; i < _pieces.Length; i++)
        {
            _starts[i] = _starts[i - 1] + _pieces[i - 1].Length;
        }
    }

    /// <inheritdoc/>
    public override int ReadAt(long position, Span<byte> buffer)
    {
        if (buffer.IsEmpty || position >= Length)
        {
            return 0;
        }

        var index = Array.BinarySearch(_starts, position);
        index = index < 0 ? ~index - 1 : index;
        var offset = (int)(position - _starts[index]);
        buffer = buffer[..Math.Min(buffer.Length, _pieces[index].Length - offset)];
        lock (_gate)
        {
            try
            {
                return ReadPiece(index, offset, buffer);
            }
            catch (Exception e) when (StorageErrors.IsFileError(e))
            {
                throw StorageErrors.Reading($"read blob {_list.Blob}", _files.PathOf(_pieces[index]), e);
            }
        }
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _open?.Dispose();
            Unload();
        }

        base.Dispose(disposing);
    }

    private int ReadPiece(int index, int offset, Span<byte> buffer)
    {
        if (_loadedPiece != index && offset == 0 && buffer.Length >= Math.Min(SequentialRead, _pieces[index].Length))
        {
            Load(index);
        }

        if (_loadedPiece == index)
        {
            _loaded!.Span.Slice(offset, buffer.Length).CopyTo(buffer);
            return buffer.Length;
        }

        // Who reads from the middle of pieces reads here and there.
        Unload();
        if (_openPiece != index)
        {
            _open?.Dispose();
            _openPiece = -1;
            _open = _files.TryOpen(_pieces[index].Name) ?? throw Lost(index);
            _openPiece = index;
        }

        var count = RandomAccess.Read(_open!, buffer, offset);
        return count > 0 ? count : throw Lost(index);
    }

    private void Load(int index)
    {
        _loadedPiece = -1;
        _loaded ??= new NativeBuffer(_pieces.Max(piece => piece.Length));
        _loadedPiece = _files.TryRead(_pieces[index], _loaded.Span) ? index : throw Lost(index);
    }

    private void Unload()
    {
        _loaded?.Dispose();
        _loaded = null;
        _loadedPiece = -1;
    }

    private ZLayerException Lost(int index) => _files.Lost(_list.Blob, _pieces[index]);
}
