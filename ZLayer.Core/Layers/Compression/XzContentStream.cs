using System.Buffers.Binary;
using SharpCompress.Compressors.Xz;
using ZLayer.Core.Errors;
using ZLayer.Core.Foundation.Streams;

namespace ZLayer.Core.Layers;

/// <summary>
/// Reads xz streams one after the other, with the padding between and behind them (the .xz file format, 1.2.1). The blocks are decoded by
/// SharpCompress; what holds them is read here, as its own reader stops behind the first stream and trusts the index and the footer.
/// </summary>
internal sealed class XzContentStream(Stream input, bool leaveOpen) : ForwardStream
{
    private const string Format = "xz";
    private const int FrameLength = 12;

    /// <summary><c>xz -9</c> needs 64 MiB; dictionaries beyond this are refused, as an archive could ask for 4 GiB.</summary>
    private const long MaximumDictionary = 256L * 1024 * 1024;

    private readonly DecoderInput _input = new(input, leaveOpen);
    private readonly byte[] _flags = new byte[2];
    private XZBlock? _block;
    private long _blockStart;
    private int _blockHeader;
    private long _blockContent;
    private XzIndexSum _blocks;
    private bool _isInStream;
    private bool _sawStream;

    public override bool CanRead => true;

    public override int Read(Span<byte> buffer)
    {
        while (!buffer.IsEmpty && (_block is not null || MoveToBlock()))
        {
            var count = ReadBlock(buffer);
            _blockContent += count;
            if (count < buffer.Length)
            {
                EndBlock();
            }

            if (count > 0)
            {
                return count;
            }
        }

        return 0;
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _block?.Dispose();
            _input.Dispose();
        }

        base.Dispose(disposing);
    }

    // The block is over when it gives less than was asked for.
    private int ReadBlock(Span<byte> buffer)
    {
        try
        {
            return _block!.Read(buffer);
        }
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            _input.ThrowFailure();
            throw e is NotImplementedException
                ? Decompression.Damaged(Format, "it uses a filter that is not supported", e)
                : Damaged(e);
        }
    }

    private bool MoveToBlock()
    {
        while (_isInStream || TryStartStream())
        {
            if (TryStartBlock())
            {
                return true;
            }

            var length = ReadIndex();
            ReadFooter(length);
            _isInStream = false;
        }

        return false;
    }

    private bool TryStartStream()
    {
        // Padding comes in fours, and only behind a stream.
        Span<byte> padding = stackalloc byte[4];
        while (_sawStream && _input.Peek(4) is [0, 0, 0, 0])
        {
            Take(padding);
        }

        if (_input.Peek(1).IsEmpty && _sawStream)
        {
            return false;
        }

        var header = Take(stackalloc byte[FrameLength]);
        var flags = header[6..8];
        if (header is not [0xFD, (byte)'7', (byte)'z', (byte)'X', (byte)'Z', 0, 0, ..] || Sum(flags) != Number(header[8..]))
        {
            throw Damaged();
        }

        if ((CheckType)flags[1] is not (CheckType.NONE or CheckType.CRC32 or CheckType.CRC64 or CheckType.SHA256))
        {
            throw Decompression.Damaged(Format, "it uses a checksum that is not supported");
        }

        flags.CopyTo(_flags);
        _blocks = default;
        return _isInStream = _sawStream = true;
    }

    private bool TryStartBlock()
    {
        if (_input.Peek(1) is not [> 0 and var size])
        {
            return false;
        }

        _blockHeader = (size + 1) * 4;
        _blockStart = _input.Position;
        _blockContent = 0;
        if (DictionaryOf(_input.Peek(_blockHeader)) > MaximumDictionary)
        {
            throw Decompression.Damaged(Format, $"it needs more than {MaximumDictionary >> 20} MiB of memory");
        }

        _block = new XZBlock(_input, (CheckType)_flags[1], CheckLength);
        return true;
    }

    private int CheckLength => (CheckType)_flags[1] switch
    {
        CheckType.NONE => 0,
        CheckType.CRC32 => 4,
        CheckType.CRC64 => 8,
        _ => 32,
    };

    private void EndBlock()
    {
        // With the padding, which is part of neither size.
        var length = _input.Position - _blockStart;
        if (_block!.CompressedSize is { } compressed && _blockHeader + (long)compressed + 3 + CheckLength is var most
                && (length > most || length < most - 3)
            || _block.UncompressedSize is { } content && (long)content != _blockContent)
        {
            throw Damaged();
        }

        _blocks.Add(length, _blockContent);
        _block.Dispose();
        _block = null;
    }

    /// <summary>Reads the index, which lists the blocks.</summary>
    /// <returns>Its length.</returns>
    private long ReadIndex()
    {
        var start = _input.Position;
        var sum = uint.MaxValue;
        XzIndexSum listed = default;
        TakeByte(ref sum);
        for (var count = TakeNumber(ref sum); listed.Count < count; )
        {
            var unpadded = TakeNumber(ref sum);
            listed.Add((unpadded - CheckLength + 3) / 4 * 4 + CheckLength, TakeNumber(ref sum));
            if (listed.Count > _blocks.Count)
            {
                throw Damaged();
            }
        }

        while ((_input.Position - start) % 4 != 0)
        {
            if (TakeByte(ref sum) != 0)
            {
                throw Damaged();
            }
        }

        return listed.Equals(_blocks) && Number(Take(stackalloc byte[4])) == ~sum ? _input.Position - start : throw Damaged();
    }

    private void ReadFooter(long indexLength)
    {
        var footer = Take(stackalloc byte[FrameLength]);
        if (Number(footer) != Sum(footer[4..10])
            || (Number(footer[4..]) + 1L) * 4 != indexLength
            || !footer[8..10].SequenceEqual(_flags)
            || footer[10..] is not [(byte)'Y', (byte)'Z'])
        {
            throw Damaged();
        }
    }

    /// <summary>The dictionary that a block's header asks for; 0 where it does not say, which its decoder refuses.</summary>
    private static long DictionaryOf(ReadOnlySpan<byte> header)
    {
        const byte lzma2 = 0x21;
        const byte largest = 40;
        if (header.Length < 8)
        {
            return 0;
        }

        var flags = header[1];
        var rest = header[2..^4];
        for (var sizes = (flags >> 6 & 1) + (flags >> 7); sizes > 0; sizes--)
        {
            SkipNumber(ref rest);
        }

        while (rest.Length >= 3)
        {
            if (rest is [lzma2, 1, var bits, ..])
            {
                return bits < largest ? (2L | bits & 1) << bits / 2 + 11 : uint.MaxValue;
            }

            SkipNumber(ref rest);
            rest = rest.IsEmpty ? rest : rest[Math.Min(rest.Length, 1 + rest[0])..];
        }

        return 0;
    }

    private static void SkipNumber(ref ReadOnlySpan<byte> rest)
    {
        var last = rest.IndexOfAnyInRange((byte)0, (byte)0x7F);
        rest = last < 0 ? [] : rest[(last + 1)..];
    }

    private long TakeNumber(ref uint sum)
    {
        const int bits = 63;
        var number = 0L;
        for (var shift = 0; shift < bits; shift += 7)
        {
            var next = TakeByte(ref sum);
            number |= (long)(next & 0x7F) << shift;
            if (next < 0x80)
            {
                return next > 0 || shift == 0 ? number : throw Damaged();
            }
        }

        throw Damaged();
    }

    private byte TakeByte(ref uint sum)
    {
        var next = Take(stackalloc byte[1]);
        sum = Crc32.Update(sum, next);
        return next[0];
    }

    private Span<byte> Take(Span<byte> bytes)
        => _input.Read(bytes) == bytes.Length ? bytes : throw Decompression.Damaged(Format, "the data is cut short");

    private static uint Sum(ReadOnlySpan<byte> bytes) => ~Crc32.Update(uint.MaxValue, bytes);

    private static uint Number(ReadOnlySpan<byte> bytes) => BinaryPrimitives.ReadUInt32LittleEndian(bytes);

    private static ZLayerException Damaged(Exception? inner = null) => Decompression.Damaged(Format, "the data is damaged or cut short", inner);

    /// <summary>What the blocks of a stream are, in room that does not grow with their number.</summary>
    private struct XzIndexSum : IEquatable<XzIndexSum>
    {
        private HashCode _sizes;

        public long Count { get; private set; }

        public void Add(long length, long content)
        {
            Count++;
            _sizes.Add(length);
            _sizes.Add(content);
        }

        public readonly bool Equals(XzIndexSum other) => Count == other.Count && _sizes.ToHashCode() == other._sizes.ToHashCode();

        public override readonly bool Equals(object? obj) => obj is XzIndexSum other && Equals(other);

        public override readonly int GetHashCode() => _sizes.ToHashCode();
    }
}
