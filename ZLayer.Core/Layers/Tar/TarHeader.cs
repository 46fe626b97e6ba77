namespace ZLayer.Core.Layers;

/// <summary>The fields of one header block, before extended headers are applied.</summary>
internal struct TarHeader
{
    public const byte VolumeLabel = (byte)'V';
    public const byte SparseFile = (byte)'S';

    public byte TypeFlag;
    public byte[] Name;
    public byte[] LinkName;
    public long Mode;
    public long Uid;
    public long Gid;
    public long Size;
    public long ModificationSeconds;
    public long DeviceMajor;
    public long DeviceMinor;

    /// <summary>The whole block of a sparse file of the old GNU format; null for everything else.</summary>
    public byte[]? SparseBlock;

    /// <summary>Whether the block announces records or a long name for the entry that follows.</summary>
    public readonly bool IsExtension => TypeFlag is (byte)'x' or (byte)'g' or (byte)'X' or (byte)'L' or (byte)'K';

    /// <summary>Reads the fields of a block, after its checksum.</summary>
    public static TarHeader Parse(ReadOnlySpan<byte> block, long offset)
    {
        VerifyChecksum(block, offset);
        var isPosix = block.Slice(TarFormat.MagicOffset, 6).SequenceEqual("ustar\0"u8);
        var isGnu = block.Slice(TarFormat.MagicOffset, 8).SequenceEqual("ustar  \0"u8);
        var header = new TarHeader
        {
            TypeFlag = block[TarFormat.TypeOffset],
            Name = isPosix ? JoinName(block) : Text(block[..TarFormat.NameLength]).ToArray(),
            LinkName = Text(block.Slice(TarFormat.LinkNameOffset, TarFormat.LinkNameLength)).ToArray(),
            Mode = Number(block.Slice(100, 8), "mode", offset),
            Uid = Number(block.Slice(108, 8), "owner", offset),
            Gid = Number(block.Slice(116, 8), "group", offset),
            Size = Number(block.Slice(TarFormat.SizeOffset, 12), "size", offset),
            ModificationSeconds = Number(block.Slice(136, 12), "modification time", offset),
        };
        if (header.Size < 0)
        {
            throw LayerTarReader.Invalid(offset, "the size of an entry is negative");
        }

        if (header.TypeFlag == SparseFile)
        {
            header.SparseBlock = block.ToArray();
        }

        if ((isPosix || isGnu) && header.TypeFlag is (byte)'3' or (byte)'4')
        {
            header.DeviceMajor = Number(block.Slice(329, 8), "device number", offset);
            header.DeviceMinor = Number(block.Slice(337, 8), "device number", offset);
        }

        return header;
    }

    private static void VerifyChecksum(ReadOnlySpan<byte> block, long offset)
    {
        var expected = Number(block.Slice(TarFormat.ChecksumOffset, 8), "checksum", offset);
        if (expected == TarFormat.Checksum(block))
        {
            return;
        }

        // Some old writers summed signed characters.
        var signed = 0L;
        for (var i = 0; i < TarFormat.BlockSize; i++)
        {
            signed += i is >= TarFormat.ChecksumOffset and < TarFormat.ChecksumOffset + 8 ? ' ' : (sbyte)block[i];
        }

        if (expected != signed)
        {
            throw LayerTarReader.Invalid(offset, "a header's checksum is wrong, so this is not a tar stream or it is damaged");
        }
    }

    private static byte[] JoinName(ReadOnlySpan<byte> block)
    {
        var name = Text(block[..TarFormat.NameLength]);
        // The star format keeps two times behind a shorter prefix, and signs with "tar" at the end of the block.
        var isStar = block[508..].SequenceEqual("tar\0"u8);
        var prefix = Text(block.Slice(TarFormat.PrefixOffset, isStar ? 131 : TarFormat.PrefixLength));
        return prefix.IsEmpty ? name.ToArray() : [.. prefix, (byte)'/', .. name];
    }

    private static ReadOnlySpan<byte> Text(ReadOnlySpan<byte> field)
    {
        var end = field.IndexOf((byte)0);
        return end < 0 ? field : field[..end];
    }

    private static long Number(ReadOnlySpan<byte> field, string what, long offset)
        => TarFormat.TryParseNumber(field, out var value)
            ? value
            : throw LayerTarReader.Invalid(offset, $"the {what} in a header is not a number, so this is not a tar stream or it is damaged");
}
