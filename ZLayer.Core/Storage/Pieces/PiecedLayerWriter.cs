using System.Buffers;
using System.Security.Cryptography;
using ZLayer.Core.Errors;
using ZLayer.Core.Layers;
using ZLayer.Core.Oci;

namespace ZLayer.Core.Storage.Pieces;

/// <summary>
/// Writes a layer in pieces: the tar stream that <see cref="LayerTarWriter"/> would write, cut where <see cref="PieceCutter"/> would cut
/// it. What an earlier version of the layer has already is neither asked for nor written again. <see cref="Commit"/> makes it a blob; disposed
/// without, nothing is left. One thread uses it.
/// </summary>
internal sealed class PiecedLayerWriter : ILayerOutput, IDisposable
{
    private const int TailLength = 2 * TarFormat.BlockSize;

    private readonly PieceSizes _sizes;
    private readonly PieceStaging _staging;
    private readonly PieceWork _work;
    private readonly Dictionary<Sha256Value, int> _earlier = [];
    private readonly TarHeaderEncoder _encoder = new();
    private readonly ArrayBufferWriter<byte> _header = new();
    private readonly IncrementalHash _recipe = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);

    // What the current group has so far: as long as all is known, it is only noted; then it is written into the buffer.
    private readonly List<Noted> _noted = [];
    private readonly ArrayBufferWriter<byte> _notedHeaders = new();
    private bool _isNoted;
    private long _groupLength;
    private bool _isLarge;
    private int _piecesOfGroup;
    private NativeBuffer? _buffer;
    private int _length;
    private InsideCuts _inside;
    private long _until;
    private TarEntry? _file;
    private long _remaining;

    private PieceList? _list;

    /// <summary>Begins a layer.</summary>
    /// <param name="staging">Where its pieces are staged; it is the writer's then.</param>
    /// <param name="earlier">An earlier version, whose groups can be taken over; null for none.</param>
    /// <param name="sizes">Where it is cut.</param>
    public PiecedLayerWriter(PieceStaging staging, PieceList? earlier, PieceSizes sizes)
    {
        _staging = staging;
        _work = new PieceWork(staging, earlier, sizes.Maximum);
        _sizes = sizes;
        _inside = new InsideCuts(sizes);
        for (var i = 0; i < earlier?.Groups.Count; i++)
        {
            _earlier[earlier.Groups[i].Recipe] = i;
        }

        _isNoted = _earlier.Count > 0;
    }

    private readonly record struct Noted(int HeaderLength, long Size, Action? Write);

    /// <inheritdoc/>
    public bool WantsDigests => true;

    /// <summary>How many groups were taken over from the earlier version.</summary>
    public int TakenOver { get; private set; }

    /// <inheritdoc/>
    public void WriteEntry(TarEntry entry)
    {
        var header = Begin(entry);
        if (_isNoted)
        {
            Note(header, 0, null);
        }
        else
        {
            Append(header);
        }
    }

    /// <inheritdoc/>
    public void WriteFile(TarEntry entry, Stream content)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var buffer = ArrayPool<byte>.Shared.Rent(1 << 17);
        try
        {
            BeginFile(entry);
            for (int count; (count = content.Read(buffer)) > 0;)
            {
                if (count > _remaining)
                {
                    throw LayerTarWriter.Changed(entry, $"it is longer than {entry.Size} bytes");
                }

                hash.AppendData(buffer, 0, count);
                WriteContent(buffer.AsSpan(0, count));
            }

            if (_remaining > 0)
            {
                throw LayerTarWriter.Changed(entry, $"it ended {_remaining} bytes early");
            }

            EndFile(hash.GetHashAndReset());
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    /// <inheritdoc/>
    public void BeginFile(TarEntry entry)
    {
        var header = Begin(entry);
        WriteNoted();
        Append(header);
        _file = entry;
        _remaining = entry.Size;
    }

    /// <inheritdoc/>
    public void WriteContent(ReadOnlySpan<byte> content)
    {
        if (content.Length > _remaining)
        {
            throw new ZLayerException(ZLayerErrorKind.InternalError, $"The content of '{_file?.Path}' is longer than {_file?.Size} bytes.");
        }

        _remaining -= content.Length;
        Append(content);
    }

    /// <inheritdoc/>
    public void EndFile(ReadOnlySpan<byte> sha256)
    {
        if (_file is not { } file || _remaining != 0)
        {
            throw new ZLayerException(ZLayerErrorKind.InternalError, $"{_remaining} bytes of '{_file?.Path}' are missing.");
        }

        if (file.Size > 0)
        {
            _recipe.AppendData(sha256);
            AppendZeros(TarFormat.Padding(file.Size));
        }

        _file = null;
    }

    /// <inheritdoc/>
    public void WriteKnown(TarEntry entry, ReadOnlySpan<byte> sha256, Action write)
    {
        var header = Begin(entry);
        _recipe.AppendData(sha256);
        if (_isNoted)
        {
            Note(header, entry.Size, write);
        }
        else
        {
            Append(header);
            WriteContent(entry.Size, write);
        }
    }

    /// <inheritdoc/>
    public void Complete()
    {
        Span<byte> tail = stackalloc byte[TailLength];
        tail.Clear();
        _recipe.AppendData(tail);
        EndGroup(tail);
        _list = _work.Finish();
    }

    /// <summary>Makes what was written a blob. One that is there already is success.</summary>
    /// <returns>The digest, which is the DiffID, and the length.</returns>
    /// <exception cref="LostPieceException">A piece that was taken over is gone meanwhile.</exception>
    /// <exception cref="ZLayerException">StorageFull, StorageWriteFailed or AccessDenied.</exception>
    public (Digest Digest, long Length) Commit()
    {
        var list = _list ?? throw new InvalidOperationException("The layer is not complete.");
        _staging.Commit(list);
        return (list.Blob, list.Length);
    }

    public void Dispose()
    {
        _buffer?.Dispose();
        _recipe.Dispose();
        _work.Dispose();
        _staging.Dispose();
    }

    // The header blocks of an entry, which begins a new group where the rules say so.
    private ReadOnlySpan<byte> Begin(TarEntry entry)
    {
        if (_file is not null)
        {
            throw new ZLayerException(ZLayerErrorKind.InternalError, $"'{_file.Path}' is not ended.");
        }

        _header.ResetWrittenCount();
        _header.Write(_encoder.EncodeExtendedHeader(entry));
        _encoder.EncodeHeader(entry, _header.GetSpan(TarFormat.BlockSize)[..TarFormat.BlockSize]);
        _header.Advance(TarFormat.BlockSize);
        var header = _header.WrittenSpan;
        var total = header.Length + entry.Size + TarFormat.Padding(entry.Size);
        if (_groupLength > 0 && _sizes.CutsBefore(_groupLength, _isLarge, PiecePath.Of(header), total))
        {
            EndGroup([]);
        }

        _recipe.AppendData(header);
        _groupLength += total;
        if (total > _sizes.Maximum)
        {
            _isLarge = true;
            _until = total;
            _inside.Begin(header.Length);
        }

        return header;
    }

    private void Note(ReadOnlySpan<byte> header, long size, Action? write)
    {
        _notedHeaders.Write(header);
        _noted.Add(new Noted(header.Length, size, write));
    }

    private void WriteNoted()
    {
        _isNoted = false;
        var headers = _notedHeaders.WrittenSpan;
        foreach (var noted in _noted)
        {
            Append(headers[..noted.HeaderLength]);
            headers = headers[noted.HeaderLength..];
            if (noted.Write is { } write)
            {
                WriteContent(noted.Size, write);
            }
        }

        Forget();
    }

    private void WriteContent(long size, Action write)
    {
        _remaining = size;
        write();
        if (_remaining != 0)
        {
            throw new ZLayerException(ZLayerErrorKind.InternalError, $"{_remaining} bytes of an entry are missing.");
        }

        AppendZeros(TarFormat.Padding(size));
    }

    private void Forget()
    {
        _noted.Clear();
        _notedHeaders.ResetWrittenCount();
    }

    private void EndGroup(ReadOnlySpan<byte> tail)
    {
        var recipe = default(Sha256Value);
        _recipe.GetHashAndReset(recipe);
        if (_isNoted && _earlier.TryGetValue(recipe, out var earlier))
        {
            _work.TakeOver(earlier);
            TakenOver++;
            Forget();
        }
        else
        {
            WriteNoted();
            WriteTail(tail);
            // A piece that is the whole group has its name without being read once more.
            AddPiece(_piecesOfGroup == 0 ? Convert.ToHexStringLower(recipe.Bytes) : null);
            _work.EndGroup(recipe);
        }

        _isNoted = _earlier.Count > 0;
        _isLarge = false;
        _groupLength = 0;
        _piecesOfGroup = 0;
    }

    private void WriteTail(ReadOnlySpan<byte> tail)
    {
        _isLarge = false;
        var fits = Math.Min(tail.Length, _sizes.Maximum - _length);
        Append(tail[..fits]);
        if (fits < tail.Length)
        {
            AddPiece(null);
            Append(tail[fits..]);
        }
    }

    private void AppendZeros(int count)
    {
        Span<byte> zeros = stackalloc byte[TarFormat.BlockSize];
        zeros.Clear();
        Append(zeros[..count]);
    }

    private void Append(ReadOnlySpan<byte> bytes)
    {
        while (!bytes.IsEmpty)
        {
            _buffer ??= _work.Rent();
            var count = Math.Min(bytes.Length, _sizes.Maximum - _length);
            bytes[..count].CopyTo(_buffer.Span[_length..]);
            _length += count;
            bytes = bytes[count..];
            if (_isLarge)
            {
                CutInside();
            }
        }
    }

    private void CutInside()
    {
        for (int cut; (cut = _inside.Find(_buffer!.Span[.._length], _until)) > 0;)
        {
            var (piece, length) = (_buffer!, _length);
            _buffer = _work.Rent();
            _length = length - cut;
            piece.Span.Slice(cut, _length).CopyTo(_buffer.Span);
            _work.Add(piece, cut, null);
            _piecesOfGroup++;
            _until -= cut;
            _inside.Begin(0);
        }
    }

    private void AddPiece(string? name)
    {
        if (_length > 0)
        {
            _work.Add(_buffer!, _length, name);
            _piecesOfGroup++;
            _buffer = null;
            _length = 0;
        }
    }
}
