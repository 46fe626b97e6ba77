using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Text;

namespace ZLayer.Core.Storage.Remembered;

/// <summary>A step record as collection sees it.</summary>
/// <param name="Key">The cache key.</param>
/// <param name="LastUsed">When a build last used it.</param>
/// <param name="Size">The bytes that its layers take.</param>
/// <param name="Layers">The DiffIDs of its layers, by the beginnings of their digests.</param>
internal sealed record StepUse(string Key, DateTimeOffset LastUsed, long Size, ulong[] Layers)
{
    private const int HeaderSize = 12;

    /// <summary>The size, the number of layers, the layers, the key. When it was last used is the file's time.</summary>
    public byte[] Encode()
    {
        var layers = MemoryMarshal.AsBytes(Layers.AsSpan());
        var bytes = new byte[HeaderSize + layers.Length + Encoding.UTF8.GetByteCount(Key)];
        BinaryPrimitives.WriteInt64LittleEndian(bytes, Size);
        BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(8), Layers.Length);
        layers.CopyTo(bytes.AsSpan(HeaderSize));
        Encoding.UTF8.GetBytes(Key, bytes.AsSpan(HeaderSize + layers.Length));
        return bytes;
    }

    public static StepUse Decode(ReadOnlySpan<byte> bytes)
    {
        var count = BinaryPrimitives.ReadInt32LittleEndian(bytes[8..]);
        var layers = bytes.Slice(HeaderSize, count * sizeof(ulong));
        return new StepUse(
            Encoding.UTF8.GetString(bytes[(HeaderSize + layers.Length)..]),
            DateTimeOffset.MinValue,
            BinaryPrimitives.ReadInt64LittleEndian(bytes),
            MemoryMarshal.Cast<byte, ulong>(layers).ToArray());
    }
}
