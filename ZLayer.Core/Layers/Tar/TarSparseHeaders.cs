using System.Buffers.Text;
using System.Globalization;
using System.Text;

namespace ZLayer.Core.Layers;

/// <summary>Reads the maps of sparse files: from a header of the old GNU format, PAX records, or the beginning of the data.</summary>
internal static class TarSparseHeaders
{
    public const string Prefix = "GNU.sparse.";

    // Old GNU headers (tar.h): four parts at 386, a flag for more at 482, the real size at 483; each further block has 21 parts and the
    // flag at 504.
    private const int PartsOffset = 386;
    private const int PartLength = 24;
    private const int PartsOfHeader = 4;
    private const int MoreOffset = 482;
    private const int RealSizeOffset = 483;
    private const int PartsOfBlock = 21;
    private const int MoreOffsetOfBlock = 504;

    /// <summary>The map of the old GNU format; further blocks of it follow the header.</summary>
    public static SparseMap ReadOld(byte[] header, long stored, TarInput input, long offset)
    {
        var numbers = new List<long>();
        var isOpen = AddParts(header.AsSpan(PartsOffset), PartsOfHeader, numbers, offset);
        Span<byte> block = stackalloc byte[TarFormat.BlockSize];
        for (var more = header[MoreOffset] != 0; more; more = block[MoreOffsetOfBlock] != 0)
        {
            if (input.ReadUpTo(block) < block.Length)
            {
                throw SparseMap.Invalid(offset, "it ends inside of its map");
            }

            isOpen = isOpen && AddParts(block, PartsOfBlock, numbers, offset);
            RequireFew(numbers.Count, offset);
        }

        return SparseMap.Create(numbers, Number(header.AsSpan(RealSizeOffset, 12), offset), stored, offset);
    }

    /// <summary>
    /// The map of version 1.0, which stands before the data: lines of decimal numbers, the first of them how many parts there are, filled
    /// up to a block.
    /// </summary>
    public static SparseMap ReadAhead(long size, ref long remaining, TarInput input, long offset)
    {
        var text = new LineReader(input, remaining, offset);
        var count = text.Next();
        if (count < 0 || count > SparseMap.MaximumNumbers / 2)
        {
            throw SparseMap.Invalid(offset, $"its map has {count} parts");
        }

        var numbers = new List<long>();
        for (var i = 0L; i < count * 2; i++)
        {
            numbers.Add(text.Next());
        }

        remaining = text.Remaining;
        return SparseMap.Create(numbers, size, remaining, offset);
    }

    /// <summary>The numbers of a map of version 0.1, between commas.</summary>
    public static List<long> Parse(ReadOnlySpan<byte> map, long offset)
    {
        var numbers = new List<long>();
        foreach (var range in map.Split((byte)','))
        {
            RequireFew(numbers.Count, offset);
            numbers.Add(Utf8Parser.TryParse(map[range], out long number, out var length) && length == map[range].Length
                ? number
                : throw SparseMap.Invalid(offset, "its map holds something that is not a number"));
        }

        return numbers;
    }

    /// <summary>A record that is a number; null when there is none.</summary>
    public static long? NumberOf(IReadOnlyDictionary<string, byte[]> records, string name, long offset)
        => !records.TryGetValue(Prefix + name, out var text) ? null
            : long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number
            : throw SparseMap.Invalid(offset, $"its '{name}' is not a number");

    /// <summary>Adds a record of version 0.0, of which there is one for each offset and each length; false for any other.</summary>
    public static bool TryAdd(List<long> numbers, string key, ReadOnlySpan<byte> value, long offset)
    {
        if (key is not (Prefix + "offset" or Prefix + "numbytes"))
        {
            return false;
        }

        RequireFew(numbers.Count, offset);
        if ((key == Prefix + "offset") != (numbers.Count % 2 == 0)
            || !Utf8Parser.TryParse(value, out long number, out var length)
            || length != value.Length)
        {
            throw SparseMap.Invalid(offset, "the parts of its map are not in order, or not numbers");
        }

        numbers.Add(number);
        return true;
    }

    private static bool AddParts(ReadOnlySpan<byte> fields, int count, List<long> numbers, long offset)
    {
        for (var i = 0; i < count; i++)
        {
            var part = fields.Slice(i * PartLength, PartLength);
            if (part[0] == 0)
            {
                return false;
            }

            numbers.Add(Number(part[..12], offset));
            numbers.Add(Number(part[12..], offset));
        }

        return true;
    }

    private static long Number(ReadOnlySpan<byte> field, long offset)
        => TarFormat.TryParseNumber(field, out var value)
            ? value
            : throw SparseMap.Invalid(offset, "its map holds something that is not a number");

    private static void RequireFew(int count, long offset)
    {
        if (count >= SparseMap.MaximumNumbers)
        {
            throw SparseMap.Invalid(offset, $"its map has more than {SparseMap.MaximumNumbers / 2} parts");
        }
    }

    /// <summary>Lines of numbers in whole blocks of the data.</summary>
    private sealed class LineReader(TarInput input, long remaining, long offset)
    {
        private const int LongestNumber = 20;

        private readonly byte[] _block = new byte[TarFormat.BlockSize];
        private int _used = TarFormat.BlockSize;

        /// <summary>How many bytes follow the blocks that were read.</summary>
        public long Remaining => remaining;

        public long Next()
        {
            var digits = new StringBuilder();
            for (var value = Take(); value != '\n'; value = Take())
            {
                if (!char.IsAsciiDigit((char)value) || digits.Length == LongestNumber)
                {
                    throw SparseMap.Invalid(offset, "its map holds something that is not a number");
                }

                digits.Append((char)value);
            }

            return long.TryParse(digits.ToString(), NumberStyles.None, CultureInfo.InvariantCulture, out var number)
                ? number
                : throw SparseMap.Invalid(offset, "its map holds something that is not a number");
        }

        private byte Take()
        {
            if (_used == _block.Length)
            {
                if (remaining < _block.Length || input.ReadUpTo(_block) < _block.Length)
                {
                    throw SparseMap.Invalid(offset, "it ends inside of its map");
                }

                remaining -= _block.Length;
                _used = 0;
            }

            return _block[_used++];
        }
    }
}
