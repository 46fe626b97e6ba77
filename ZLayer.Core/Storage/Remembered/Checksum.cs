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
    public static void Write(ReadOnlySpan<byte> data, Span<byte> to) => BinaryPrimitives.WriteUInt128LittleEndian(to, Of(data));

    /// <summary>The checksum of some bytes.</summary>
    public static UInt128 Of(ReadOnlySpan<byte> data)
    {
        var running = new Running(data.Length);
        running.Add(data);
        return running.Value;
    }

    /// <summary>Whether a checksum is that of some bytes.</summary>
    public static bool Matches(ReadOnlySpan<byte> data, ReadOnlySpan<byte> checksum)
        => Of(data) == BinaryPrimitives.ReadUInt128LittleEndian(checksum);

    /// <summary>A checksum of bytes that come block by block; all blocks but the last are multiples of <see cref="BlockUnit"/>.</summary>
    /// <param name="length">How many bytes come: zeros at the end count.</param>
    internal struct Running(long length)
    {
        /// <summary>What the length of a block is a multiple of.</summary>
        public const int BlockUnit = Stride;

        private uint _a = BitOperations.Crc32C(uint.MaxValue, (ulong)length);
        private uint _b = uint.MaxValue;
        private uint _c = uint.MaxValue;
        private uint _d = uint.MaxValue;

        /// <summary>Adds a block.</summary>
        public void Add(ReadOnlySpan<byte> data)
        {
            var (a, b, c, d) = (_a, _b, _c, _d);
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

            (_a, _b, _c, _d) = (a, b, c, d);
        }

        /// <summary>The checksum of all blocks.</summary>
        public readonly UInt128 Value => new((ulong)_d << 32 | _c, (ulong)_b << 32 | _a);
    }
}
