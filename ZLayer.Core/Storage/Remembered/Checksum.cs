using System.Buffers.Binary;
using System.Numerics;

namespace ZLayer.Core.Storage.Remembered;

/// <summary>
/// Tells whether what is remembered is as it was written: CRC-32C in four lanes, of every fourth 64 bits each, which processors compute as
/// fast as they read. It is against torn writes and disks that forget; who may write there may delete the images, too, and needs no
/// collision.
/// </summary>
internal static class Checksum
{
    /// <summary>The bytes of a checksum.</summary>
    public const int Size = Lanes * sizeof(uint);

    private const int Lanes = 4;
    private const int Stride = Lanes * sizeof(ulong);

    /// <summary>Writes the checksum of some bytes.</summary>
    public static void Write(ReadOnlySpan<byte> data, Span<byte> to)
    {
        // The length is a part of it: zeros at the end count.
        var (a, b, c, d) = (BitOperations.Crc32C(uint.MaxValue, (ulong)data.Length), uint.MaxValue, uint.MaxValue, uint.MaxValue);
        for (; data.Length >= Stride; data = data[Stride..])
        {
            a = BitOperations.Crc32C(a, BinaryPrimitives.ReadUInt64LittleEndian(data));
            b = BitOperations.Crc32C(b, BinaryPrimitives.ReadUInt64LittleEndian(data[8..]));
            c = BitOperations.Crc32C(c, BinaryPrimitives.ReadUInt64LittleEndian(data[16..]));
            d = BitOperations.Crc32C(d, BinaryPrimitives.ReadUInt64LittleEndian(data[24..]));
        }

        foreach (var rest in data)
        {
            a = BitOperations.Crc32C(a, rest);
        }

        BinaryPrimitives.WriteUInt32LittleEndian(to, a);
        BinaryPrimitives.WriteUInt32LittleEndian(to[4..], b);
        BinaryPrimitives.WriteUInt32LittleEndian(to[8..], c);
        BinaryPrimitives.WriteUInt32LittleEndian(to[12..], d);
    }

    /// <summary>Whether a checksum is that of some bytes.</summary>
    public static bool Matches(ReadOnlySpan<byte> data, ReadOnlySpan<byte> checksum)
    {
        Span<byte> own = stackalloc byte[Size];
        Write(data, own);
        return own.SequenceEqual(checksum[..Size]);
    }
}
