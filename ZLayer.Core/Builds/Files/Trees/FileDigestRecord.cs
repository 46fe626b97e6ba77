using ZLayer.Core.Oci;
using System.Runtime.InteropServices;

namespace ZLayer.Core.Builds.Files;

/// <summary>One file of a <see cref="FileDigestCache"/>, as it lies in the cache's file: fixed size, the machine's byte order.</summary>
[StructLayout(LayoutKind.Sequential, Pack = 8)]
internal struct FileDigestRecord
{
    public ulong PathHash;
    private ulong _device;
    private ulong _inode;
    private long _size;
    private long _modified;
    private long _changed;
    private int _mode;
    private byte _hasAttributes;

    /// <summary>In how many savings the file was not asked for.</summary>
    public byte Age;

    private ushort _spare;
    private Sha256Value _hash;

    public readonly KnownContent Content => new(_hash, _hasAttributes != 0);

    public static FileDigestRecord Describe(FileNode file) => new()
    {
        PathHash = HashPath(file.Path),
        _device = file.Identity.Device,
        _inode = file.Identity.Inode,
        _size = file.Size,
        _modified = file.ModifiedNanoseconds,
        _changed = file.Identity.ChangedNanoseconds,
        _mode = file.Mode,
    };

    public readonly FileDigestRecord With(in KnownContent content)
    {
        var record = this;
        record._hash = content.Hash;
        record._hasAttributes = content.HasAttributes ? (byte)1 : (byte)0;
        return record;
    }

    public readonly bool IsSameFile(in FileDigestRecord other)
        => _inode == other._inode && _changed == other._changed && _size == other._size && _modified == other._modified
        && _device == other._device && _mode == other._mode;

    // The hash finds a record; what proves it is the file's identity, so collisions cost time and nothing else.
    private static ulong HashPath(ReadOnlySpan<char> path)
    {
        const ulong Multiplier = 0x9E37_79B9_7F4A_7C15;
        var bytes = MemoryMarshal.AsBytes(path);
        var hash = (ulong)path.Length * Multiplier;
        for (; bytes.Length >= sizeof(ulong); bytes = bytes[sizeof(ulong)..])
        {
            hash = (hash ^ MemoryMarshal.Read<ulong>(bytes)) * Multiplier;
            hash ^= hash >> 32;
        }

        foreach (var rest in bytes)
        {
            hash = (hash ^ rest) * Multiplier;
            hash ^= hash >> 32;
        }

        return hash;
    }
}
