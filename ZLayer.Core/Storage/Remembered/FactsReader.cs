using System.Buffers.Binary;
using System.Text;

namespace ZLayer.Core.Storage.Remembered;

/// <summary>
/// Reads what a <see cref="BinaryWriter"/> wrote, without an object for it: a collection reads the facts of every document of a store.
/// </summary>
internal ref struct FactsReader(ReadOnlySpan<byte> bytes)
{
    private readonly ReadOnlySpan<byte> _bytes = bytes;

    /// <summary>How many bytes were read.</summary>
    public int Position { get; private set; }

    public bool ReadBoolean() => Take(1)[0] != 0;

    public short ReadInt16() => BinaryPrimitives.ReadInt16LittleEndian(Take(sizeof(short)));

    public long ReadInt64() => BinaryPrimitives.ReadInt64LittleEndian(Take(sizeof(long)));

    public ulong ReadUInt64() => BinaryPrimitives.ReadUInt64LittleEndian(Take(sizeof(ulong)));

    public int Read7BitEncodedInt() => (int)(uint)Read7BitEncodedInt64();

    public long Read7BitEncodedInt64()
    {
        ulong value = 0;
        for (var shift = 0; ; shift += 7)
        {
            var part = Take(1)[0];
            value |= (ulong)(part & 0x7F) << shift;
            if ((part & 0x80) == 0)
            {
                return (long)value;
            }
        }
    }

    public string ReadString() => Encoding.UTF8.GetString(Take(Read7BitEncodedInt()));

    private ReadOnlySpan<byte> Take(int count)
    {
        var taken = _bytes.Slice(Position, count);
        Position += count;
        return taken;
    }
}
