using System.Buffers.Binary;
using System.Runtime.InteropServices;

namespace ZLayer.Core.Layers;

/// <summary>The layout of a tar header block (POSIX.1-2017, pax, "ustar Interchange Format"), shared by reader and writer.</summary>
internal static class TarFormat
{
    public const int BlockSize = 512;
    public const string ExtendedAttributePrefix = "SCHILY.xattr.";

    /// <summary>Extended headers larger than this are refused: names and attributes are far smaller.</summary>
    public const int MaximumExtendedHeader = 1024 * 1024;

    /// <summary>
    /// PATH_MAX of Linux, the final zero included. Calls by descriptor could make longer paths, but nobody could name them, and a tree of
    /// the thousands of directories on such a way would take more memory than there is.
    /// </summary>
    public const int MaximumPath = 4096;

    public const int NameLength = 100;
    public const int LinkNameOffset = 157;
    public const int LinkNameLength = 100;
    public const int MagicOffset = 257;
    public const int PrefixOffset = 345;
    public const int PrefixLength = 155;
    public const int ChecksumOffset = 148;
    public const int TypeOffset = 156;
    public const int SizeOffset = 124;

    /// <summary>How many zero bytes follow content of this length to fill its last block.</summary>
    public static int Padding(long size) => (int)(-size & (BlockSize - 1));

    /// <summary>The unsigned sum of a header's bytes with its checksum field taken as eight spaces.</summary>
    public static int Checksum(ReadOnlySpan<byte> block)
    {
        // Eight bytes at a time in four 16-bit lanes: 64 words of at most 2 x 255 a lane cannot overflow them.
        const ulong EvenBytes = 0x00FF00FF00FF00FF;
        ulong lanes = 0;
        foreach (var word in MemoryMarshal.Cast<byte, ulong>(block[..BlockSize]))
        {
            lanes += (word & EvenBytes) + ((word >> 8) & EvenBytes);
        }

        var sum = (int)((lanes & 0xFFFF) + ((lanes >> 16) & 0xFFFF) + ((lanes >> 32) & 0xFFFF) + (lanes >> 48));
        foreach (var value in block.Slice(ChecksumOffset, 8))
        {
            sum += ' ' - value;
        }

        return sum;
    }

    /// <summary>
    /// Reads a number field: octal digits among spaces and NULs, or base-256 (GNU) when the first bit is set.
    /// False when it is neither, or does not fit in 64 bits.
    /// </summary>
    public static bool TryParseNumber(ReadOnlySpan<byte> field, out long value)
    {
        if ((field[0] & 0x80) != 0)
        {
            return TryParseBase256(field, out value);
        }

        value = 0;
        field = field.Trim(" \0"u8);
        foreach (var digit in field)
        {
            // GNU tar and Go stop at the first NUL; digits behind it are leftovers.
            if (digit == 0)
            {
                return true;
            }

            if (digit is < (byte)'0' or > (byte)'7' || value > long.MaxValue >> 3)
            {
                return false;
            }

            value = (value << 3) | (uint)(digit - '0');
        }

        return true;
    }

    private static bool TryParseBase256(ReadOnlySpan<byte> field, out long value)
    {
        // Two's complement, big endian; bit 0x80 of the first byte is the marker, bit 0x40 the sign.
        var sign = (field[0] & 0x40) != 0 ? (byte)0xFF : (byte)0;
        Span<byte> number = stackalloc byte[field.Length];
        field.CopyTo(number);
        number[0] = (byte)((field[0] & 0x7F) | (sign & 0x80));
        var leading = number.Length - sizeof(long);
        value = leading >= 0 ? BinaryPrimitives.ReadInt64BigEndian(number[leading..]) : 0;
        return leading >= 0
            && !number[..leading].ContainsAnyExcept(sign)
            && (value < 0) == (sign != 0);
    }
}
