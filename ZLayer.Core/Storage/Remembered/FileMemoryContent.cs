using System.Buffers;
using System.Buffers.Binary;

namespace ZLayer.Core.Storage.Remembered;

/// <summary>
/// The content of a memory's file as it was read, and its format: frames of a magic number, a length, the checksum of what follows, and
/// entries. An entry is the lengths of key and value, the stamp of the file that it is about, key and value; of two entries with one key
/// the later counts.
/// </summary>
internal sealed class FileMemoryContent
{
    private const uint Magic = 0x32524C5A; // "ZLR2": another format gets another number, and counts as absent for this one.
    private const int FrameHeader = 8 + Checksum.Size;
    private const int EntryHeader = 2 + 4 + FileStamp.EncodedSize;
    private const int FrameSize = 256 * 1024;

    private readonly byte[] _data;

    /// <summary>Checks and indexes the bytes of a file.</summary>
    public FileMemoryContent(byte[] data)
    {
        _data = data;
        var offsets = FindEntries();
        Entries = offsets.Count;
        Slots = new int[Math.Max(16, System.Numerics.BitOperations.RoundUpToPowerOf2((uint)offsets.Count * 2))];
        foreach (var offset in offsets)
        {
            Slots[SlotOf(KeyAt(offset))] = offset;
        }
    }

    /// <summary>Where entries begin, by their keys; 0 where there is none.</summary>
    public int[] Slots { get; }

    /// <summary>How many entries there are, those that no longer count among them.</summary>
    public int Entries { get; }

    /// <summary>Whether the end of the file could not be read.</summary>
    public bool IsDamaged { get; private set; }

    /// <summary>The bytes of the file.</summary>
    public int Size => _data.Length;

    /// <summary>Adds an entry to others.</summary>
    public static void WriteEntry(ArrayBufferWriter<byte> to, ReadOnlySpan<byte> key, in FileStamp stamp, ReadOnlySpan<byte> value)
    {
        var entry = to.GetSpan(EntryHeader + key.Length + value.Length);
        BinaryPrimitives.WriteUInt16LittleEndian(entry, (ushort)key.Length);
        BinaryPrimitives.WriteInt32LittleEndian(entry[2..], value.Length);
        stamp.Encode(entry[6..]);
        key.CopyTo(entry[EntryHeader..]);
        value.CopyTo(entry[(EntryHeader + key.Length)..]);
        to.Advance(EntryHeader + key.Length + value.Length);
    }

    /// <summary>Puts entries into frames. No entry is cut: what is lost with a frame is lost whole.</summary>
    public static ArrayBufferWriter<byte> ToFrames(ReadOnlySpan<byte> entries)
    {
        var frames = new ArrayBufferWriter<byte>(entries.Length + FrameHeader);
        for (var start = 0; start < entries.Length;)
        {
            var end = start;
            do
            {
                end += LengthAt(entries, end);
            }
            while (end < entries.Length && end - start < FrameSize);

            var payload = entries[start..end];
            var header = frames.GetSpan(FrameHeader);
            BinaryPrimitives.WriteUInt32LittleEndian(header, Magic);
            BinaryPrimitives.WriteInt32LittleEndian(header[4..], payload.Length);
            Checksum.Write(payload, header[8..]);
            frames.Advance(FrameHeader);
            frames.Write(payload);
            start = end;
        }

        return frames;
    }

    /// <summary>The key's slot, or the free one where it would go.</summary>
    public int SlotOf(ReadOnlySpan<byte> key)
    {
        var hash = new HashCode();
        hash.AddBytes(key);
        var slot = hash.ToHashCode() & (Slots.Length - 1);
        while (Slots[slot] != 0 && !KeyAt(Slots[slot]).SequenceEqual(key))
        {
            slot = (slot + 1) & (Slots.Length - 1);
        }

        return slot;
    }

    public ReadOnlySpan<byte> EntryAt(int offset) => _data.AsSpan(offset, LengthAt(_data, offset));

    public FileStamp StampAt(int offset) => FileStamp.Decode(_data.AsSpan(offset + 6));

    public ReadOnlyMemory<byte> ValueAt(int offset)
        => _data.AsMemory(offset + EntryHeader + KeyAt(offset).Length, BinaryPrimitives.ReadInt32LittleEndian(_data.AsSpan(offset + 2)));

    // After a frame that is damaged nobody knows where the next one begins: the rest is lost, and the next save writes the file anew.
    private List<int> FindEntries()
    {
        var offsets = new List<int>();
        var at = 0;
        while (at < _data.Length && TryReadFrame(at, out var length))
        {
            for (var entry = at + FrameHeader; entry < at + FrameHeader + length; entry += LengthAt(_data, entry))
            {
                offsets.Add(entry);
            }

            at += FrameHeader + length;
        }

        IsDamaged = at < _data.Length;
        return offsets;
    }

    private bool TryReadFrame(int at, out int length)
    {
        length = 0;
        if (_data.Length - at < FrameHeader || BinaryPrimitives.ReadUInt32LittleEndian(_data.AsSpan(at)) != Magic)
        {
            return false;
        }

        length = BinaryPrimitives.ReadInt32LittleEndian(_data.AsSpan(at + 4));
        if (length <= 0 || length > _data.Length - at - FrameHeader)
        {
            return false;
        }

        return Checksum.Matches(_data.AsSpan(at + FrameHeader, length), _data.AsSpan(at + 8));
    }

    private ReadOnlySpan<byte> KeyAt(int offset)
        => _data.AsSpan(offset + EntryHeader, BinaryPrimitives.ReadUInt16LittleEndian(_data.AsSpan(offset)));

    private static int LengthAt(ReadOnlySpan<byte> data, int offset)
        => EntryHeader + BinaryPrimitives.ReadUInt16LittleEndian(data[offset..]) + BinaryPrimitives.ReadInt32LittleEndian(data[(offset + 2)..]);
}
