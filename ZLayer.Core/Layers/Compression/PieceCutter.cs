using System.Buffers.Text;

namespace ZLayer.Core.Layers;

/// <summary>
/// Decides where a tar stream is cut into pieces that are compressed on their own. The cuts follow the content, so a run of
/// unchanged entries gives the same pieces wherever it stands in the stream:
/// <list type="bullet">
/// <item>before an entry that its path chooses, with a chance in proportion to the entry's size;</item>
/// <item>before an entry that would make the piece longer than the maximum;</item>
/// <item>around a file larger than the maximum, and inside of it where a rolling hash of the last 64 bytes says so: an
/// insertion into such a file moves its cuts along, which cuts at fixed distances would not do.</item>
/// </list>
/// What is no tar stream, or follows its end, is cut by the rolling hash alone.
/// </summary>
internal sealed class PieceCutter(PieceSizes sizes)
{
    /// <summary>Headers before an entry that take more than this end the reading as a tar stream.</summary>
    private const int MaximumPrefix = 2 * TarFormat.MaximumExtendedHeader;

    private const long WholeRest = long.MaxValue;

    // All positions count from the start of the current piece.
    private long _header;
    private long _entry = -1;
    private ulong _pathHash;
    private long _recordedSize = -1;
    private bool _afterLargeFile;
    private long _cutInsideUntil;
    private InsideCuts _inside = new(sizes);

    /// <summary>How far a piece's buffer may fill beyond the maximum before a cut is found.</summary>
    public const int Lookahead = MaximumPrefix + 2 * TarFormat.BlockSize;

    /// <summary>Looks for the end of the current piece in what was received of it.</summary>
    /// <param name="piece">The stream since the last cut; each call gives the same bytes and more, or what was left behind a cut.</param>
    /// <returns>The length of the piece; 0 when more bytes are needed to tell.</returns>
    public int FindCut(ReadOnlySpan<byte> piece)
    {
        while (true)
        {
            if (_cutInsideUntil > 0)
            {
                var cut = _inside.Find(piece, _cutInsideUntil);
                if (cut > 0)
                {
                    return Cut(cut);
                }

                if (piece.Length < _cutInsideUntil)
                {
                    return 0;
                }

                _cutInsideUntil = 0;
                _afterLargeFile = true;
            }

            if (piece.Length < _header + TarFormat.BlockSize)
            {
                return 0;
            }

            switch (ReadHeader(piece))
            {
                case Step.Continue:
                    break;
                case Step.NeedMore:
                    return 0;
                case Step.CutBeforeEntry:
                    return Cut((int)_entry);
            }
        }
    }

    private enum Step
    {
        Continue,
        NeedMore,
        CutBeforeEntry,
    }

    private Step ReadHeader(ReadOnlySpan<byte> piece)
    {
        var block = piece.Slice((int)_header, TarFormat.BlockSize);
        if (!TarFormat.TryParseNumber(block.Slice(TarFormat.ChecksumOffset, 8), out var checksum) || checksum != TarFormat.Checksum(block)
            || !TarFormat.TryParseNumber(block.Slice(TarFormat.SizeOffset, 12), out var size) || size is < 0 or > long.MaxValue / 4)
        {
            return LeaveTar();
        }

        if (_entry < 0)
        {
            _entry = _header;
        }

        var type = block[TarFormat.TypeOffset];
        return type is (byte)'x' or (byte)'g' or (byte)'X' or (byte)'L' or (byte)'K'
            ? ReadExtension(piece, type, size)
            : ReadEntry(block, type is >= (byte)'1' and <= (byte)'6' ? 0 : _recordedSize >= 0 ? _recordedSize : size);
    }

    /// <summary>End of the archive, or no tar stream at all.</summary>
    private Step LeaveTar()
    {
        BeginCutsInside(WholeRest, (int)_header);
        return Step.Continue;
    }

    private Step ReadExtension(ReadOnlySpan<byte> piece, byte type, long size)
    {
        var data = _header + TarFormat.BlockSize;
        if (size > TarFormat.MaximumExtendedHeader || data + size - _entry > MaximumPrefix)
        {
            return LeaveTar();
        }

        var end = data + size + TarFormat.Padding(size);
        if (piece.Length < end)
        {
            return Step.NeedMore;
        }

        var content = piece.Slice((int)data, (int)size);
        if (type == 'L')
        {
            _pathHash = PiecePath.Add(_pathHash, content);
        }
        else if (type is (byte)'x' or (byte)'X')
        {
            ReadRecords(content);
        }

        _header = end;
        return Step.Continue;
    }

    private Step ReadEntry(ReadOnlySpan<byte> block, long size)
    {
        var content = size + TarFormat.Padding(size);
        var total = _header + TarFormat.BlockSize - _entry + content;
        if (_entry > 0 && sizes.CutsBefore(_entry, _afterLargeFile, PiecePath.Finish(_pathHash, block), total))
        {
            return Step.CutBeforeEntry;
        }

        var contentStart = _header + TarFormat.BlockSize;
        _header = contentStart + content;
        ForgetEntry();
        _afterLargeFile = false;
        if (total > sizes.Maximum)
        {
            BeginCutsInside(_header, (int)contentStart);
        }

        return Step.Continue;
    }

    /// <summary>Takes the path and the size from PAX records; damaged ones are left to those who read the entries.</summary>
    private void ReadRecords(ReadOnlySpan<byte> records)
    {
        while (PiecePath.TryTakeRecord(ref records, out var record))
        {
            if (record.StartsWith("path="u8))
            {
                _pathHash = PiecePath.Add(_pathHash, record);
            }
            else if (record.StartsWith("size="u8)
                && Utf8Parser.TryParse(record[5..], out long size, out _)
                && size is >= 0 and <= long.MaxValue / 4)
            {
                _recordedSize = size;
            }
        }
    }

    private void BeginCutsInside(long until, int from)
    {
        _cutInsideUntil = until;
        _inside.Begin(from);
    }

    private int Cut(int length)
    {
        if (_cutInsideUntil > 0)
        {
            _header -= length;
            BeginCutsInside(_cutInsideUntil == WholeRest ? WholeRest : _cutInsideUntil - length, 0);
        }
        else
        {
            // The headers of the entry behind the cut are read again, as the start of the next piece.
            _header = 0;
        }

        ForgetEntry();
        _afterLargeFile = false;
        return length;
    }

    private void ForgetEntry()
    {
        _entry = -1;
        _pathHash = 0;
        _recordedSize = -1;
    }
}
