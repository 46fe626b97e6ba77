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

    private const int Window = 64;
    private const long WholeRest = long.MaxValue;

    private static readonly ulong[] Gear = MakeGear();

    // All positions count from the start of the current piece.
    private long _header;
    private long _entry = -1;
    private ulong _pathHash;
    private long _recordedSize = -1;
    private bool _afterLargeFile;
    private long _cutInsideUntil;
    private int _scanned;
    private ulong _rolling;

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
                var cut = FindCutInside(piece);
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
            _pathHash = Hash(_pathHash, content);
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
        if (_entry > 0 && IsCutBefore(block, total))
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

    private bool IsCutBefore(ReadOnlySpan<byte> block, long total)
    {
        if (_afterLargeFile || total > sizes.Maximum || _entry + total > sizes.Maximum)
        {
            return true;
        }

        var hash = Hash(Hash(_pathHash, block[..TarFormat.NameLength]), block.Slice(TarFormat.PrefixOffset, TarFormat.PrefixLength));
        return _entry >= sizes.Minimum && (hash >> 32) * (ulong)sizes.Spread < (ulong)total << 32;
    }

    /// <summary>Takes the path and the size from PAX records; damaged ones are left to those who read the entries.</summary>
    private void ReadRecords(ReadOnlySpan<byte> records)
    {
        while (Utf8Parser.TryParse(records, out int length, out var digits) && length > digits + 1 && length <= records.Length)
        {
            var record = records[(digits + 1)..(length - 1)];
            if (record.StartsWith("path="u8))
            {
                _pathHash = Hash(_pathHash, record);
            }
            else if (record.StartsWith("size="u8)
                && Utf8Parser.TryParse(record[5..], out long size, out _)
                && size is >= 0 and <= long.MaxValue / 4)
            {
                _recordedSize = size;
            }

            records = records[length..];
        }
    }

    private void BeginCutsInside(long until, int from)
    {
        _cutInsideUntil = until;
        // The window before the first place where a cut is allowed is enough.
        _scanned = Math.Max(from, sizes.Minimum - Window);
        _rolling = 0;
    }

    private int FindCutInside(ReadOnlySpan<byte> piece)
    {
        var end = (int)Math.Min(Math.Min(piece.Length, _cutInsideUntil - 1), sizes.Maximum);
        var threshold = ulong.MaxValue / (ulong)sizes.Spread;
        var rolling = _rolling;
        for (var i = _scanned; i < end; i++)
        {
            rolling = (rolling << 1) + Gear[piece[i]];
            if (rolling < threshold && i + 1 >= sizes.Minimum)
            {
                return i + 1;
            }
        }

        _rolling = rolling;
        _scanned = Math.Max(_scanned, end);
        return end == sizes.Maximum ? end : 0;
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

    /// <summary>FNV-1a, finished as in splitmix64 so that the high bits are good.</summary>
    private static ulong Hash(ulong seed, ReadOnlySpan<byte> bytes)
    {
        var hash = seed ^ 0xCBF29CE484222325;
        foreach (var value in bytes)
        {
            hash = (hash ^ value) * 0x100000001B3;
        }

        return Mix(hash);
    }

    private static ulong Mix(ulong value)
    {
        value = (value ^ (value >> 30)) * 0xBF58476D1CE4E5B9;
        value = (value ^ (value >> 27)) * 0x94D049BB133111EB;
        return value ^ (value >> 31);
    }

    /// <summary>A random number for each byte value, the same on every machine.</summary>
    private static ulong[] MakeGear()
    {
        var gear = new ulong[256];
        for (var i = 0; i < gear.Length; i++)
        {
            gear[i] = Mix((ulong)(i + 1) * 0x9E3779B97F4A7C15);
        }

        return gear;
    }
}
