using System.Buffers;
using System.Text;
using ZLayer.Core.Errors;
using ZLayer.Core.Foundation.Text;

namespace ZLayer.Core.Layers;

/// <summary>Turns entries into header blocks. It keeps its buffers, so that an ordinary entry allocates nothing.</summary>
internal sealed class TarHeaderEncoder
{
    // The largest numbers of 7 and 11 octal digits.
    private const long MaximumId = 0x1F_FFFF;
    private const long MaximumSize = 0x1_FFFF_FFFF;

    private readonly ArrayBufferWriter<byte> _records = new();
    private byte[] _extended = [];
    private byte[] _name = new byte[1024];
    private int _nameLength;
    private int _split;
    private bool _longName;
    private byte[] _link = new byte[1024];
    private int _linkLength;
    private bool _longLink;

    /// <summary>
    /// The PAX header and its records, in whole blocks; empty when ustar alone can describe the entry. Call it before
    /// <see cref="EncodeHeader"/>.
    /// </summary>
    public ReadOnlySpan<byte> EncodeExtendedHeader(TarEntry entry)
    {
        _nameLength = EncodeText(entry.Path, entry, ref _name);
        AppendDirectorySlash(entry);
        _linkLength = entry.LinkTarget is { } target ? EncodeText(target, entry, ref _link) : 0;
        _longName = !FindNameSplit();
        _longLink = _linkLength > TarFormat.LinkNameLength || !Ascii.IsValid(_link.AsSpan(0, _linkLength));
        var seconds = entry.ModificationTime.ToUnixTimeSeconds();

        var needed = _longName || _longLink || seconds is < 0 or > MaximumSize || entry.Size > MaximumSize
            || entry.Uid is < 0 or > MaximumId || entry.Gid is < 0 or > MaximumId || entry.ExtendedAttributes is { Count: > 0 }
            || entry.PaxRecords is { Count: > 0 };
        return needed ? EncodeRecords(entry, seconds) : default;
    }

    /// <summary>The header block of the entry that <see cref="EncodeExtendedHeader"/> was called with last.</summary>
    public void EncodeHeader(TarEntry entry, Span<byte> block)
    {
        block.Clear();
        WriteName(block);
        WriteShortened(_link.AsSpan(0, _linkLength), _longLink, block.Slice(TarFormat.LinkNameOffset, TarFormat.LinkNameLength));
        WriteOctal(block.Slice(100, 8), entry.Mode & 0xFFF);
        WriteOctal(block.Slice(108, 8), entry.Uid is < 0 or > MaximumId ? 0 : entry.Uid);
        WriteOctal(block.Slice(116, 8), entry.Gid is < 0 or > MaximumId ? 0 : entry.Gid);
        WriteOctal(block.Slice(TarFormat.SizeOffset, 12), entry.Size > MaximumSize ? 0 : entry.Size);
        var seconds = entry.ModificationTime.ToUnixTimeSeconds();
        WriteOctal(block.Slice(136, 12), seconds is < 0 or > MaximumSize ? 0 : seconds);
        block[TarFormat.TypeOffset] = TypeFlag(entry.Type);
        WriteOctal(block.Slice(329, 8), DeviceNumber(entry, entry.DeviceMajor));
        WriteOctal(block.Slice(337, 8), DeviceNumber(entry, entry.DeviceMinor));
        Seal(block);
    }

    private static int EncodeText(string text, TarEntry entry, ref byte[] buffer)
    {
        // One byte is kept for a directory's slash.
        if (buffer.Length <= text.Length * 3)
        {
            buffer = new byte[text.Length * 3 + 1];
        }

        var length = FileNameEncoding.Encode(text, buffer);
        return buffer.AsSpan(0, length).Contains((byte)0)
            ? throw new ZLayerException(
                ZLayerErrorKind.InvalidArgument, $"Writing '{entry.Path.Replace('\0', '?')}' to an archive: the name or link target contains NUL.")
            : length;
    }

    private void AppendDirectorySlash(TarEntry entry)
    {
        if (_nameLength == 0)
        {
            if (entry.Type != TarEntryType.Directory)
            {
                throw new ZLayerException(ZLayerErrorKind.InvalidArgument, $"Writing a {entry.Type} to an archive: its path is empty.");
            }

            _name[_nameLength++] = (byte)'.';
        }

        if (entry.Type == TarEntryType.Directory)
        {
            _name[_nameLength++] = (byte)'/';
        }
    }

    /// <summary>Whether the name fits the ustar fields; <see cref="_split"/> is the length of the prefix, 0 when there is none.</summary>
    private bool FindNameSplit()
    {
        var name = _name.AsSpan(0, _nameLength);
        _split = 0;
        if (!Ascii.IsValid(name))
        {
            return false;
        }

        if (name.Length <= TarFormat.NameLength)
        {
            return true;
        }

        // The prefix ends before a slash, which is not the one at the end of a directory's name.
        var longest = Math.Min(name.Length - 1, TarFormat.PrefixLength + 1);
        var slash = name[..longest].LastIndexOf((byte)'/');
        if (slash <= 0 || name.Length - slash - 1 > TarFormat.NameLength)
        {
            return false;
        }

        _split = slash;
        return true;
    }

    private void WriteName(Span<byte> block)
    {
        var name = _name.AsSpan(0, _nameLength);
        if (_longName)
        {
            WriteShortened(name, shorten: true, block[..TarFormat.NameLength]);
        }
        else if (_split == 0)
        {
            name.CopyTo(block);
        }
        else
        {
            name[.._split].CopyTo(block[TarFormat.PrefixOffset..]);
            name[(_split + 1)..].CopyTo(block);
        }
    }

    /// <summary>For readers that do not know PAX: the first ASCII characters of a name that a PAX record holds in full.</summary>
    private static void WriteShortened(ReadOnlySpan<byte> text, bool shorten, Span<byte> field)
    {
        if (!shorten)
        {
            text.CopyTo(field);
            return;
        }

        var length = 0;
        foreach (var value in text)
        {
            if (value < 0x80 && length < field.Length)
            {
                field[length++] = value;
            }
        }

        // A shortened name that ends at a slash would be taken for a directory.
        while (length > 0 && field[length - 1] == '/')
        {
            field[--length] = 0;
        }
    }

    private ReadOnlySpan<byte> EncodeRecords(TarEntry entry, long seconds)
    {
        _records.ResetWrittenCount();
        // In the order of their keys, as Go's archive/tar has them.
        foreach (var (key, value) in entry.PaxRecords?.OrderBy(r => r.Key, StringComparer.Ordinal).ToArray() ?? [])
        {
            AddRecord(FileNameEncoding.Encode(key), FileNameEncoding.Encode(value), entry);
        }

        if (entry.ExtendedAttributes is { Count: > 0 } attributes)
        {
            foreach (var name in attributes.Keys.Order(StringComparer.Ordinal))
            {
                AddRecord(FileNameEncoding.Encode(TarFormat.ExtendedAttributePrefix + name), attributes[name], entry);
            }
        }

        AddNumber("gid"u8, entry.Gid, entry.Gid is < 0 or > MaximumId, entry);
        if (_longLink)
        {
            AddRecord("linkpath"u8, _link.AsSpan(0, _linkLength), entry);
        }

        AddNumber("mtime"u8, seconds, seconds is < 0 or > MaximumSize, entry);
        if (_longName)
        {
            AddRecord("path"u8, _name.AsSpan(0, _nameLength), entry);
        }

        AddNumber("size"u8, entry.Size, entry.Size > MaximumSize, entry);
        AddNumber("uid"u8, entry.Uid, entry.Uid is < 0 or > MaximumId, entry);
        return WrapRecords(entry);
    }

    private void AddNumber(ReadOnlySpan<byte> key, long value, bool needed, TarEntry entry)
    {
        if (needed)
        {
            Span<byte> text = stackalloc byte[20];
            value.TryFormat(text, out var length, provider: System.Globalization.CultureInfo.InvariantCulture);
            AddRecord(key, text[..length], entry);
        }
    }

    /// <summary>Adds <c>length key=value\n</c>, where the length counts itself.</summary>
    private void AddRecord(ReadOnlySpan<byte> key, ReadOnlySpan<byte> value, TarEntry entry)
    {
        if (key.ContainsAny((byte)'=', (byte)0))
        {
            throw new ZLayerException(
                ZLayerErrorKind.InvalidArgument, $"Writing '{entry.Path}' to an archive: the name of an extended attribute contains '=' or NUL.")
            { Subject = entry.Path };
        }

        var rest = key.Length + value.Length + 3;
        var length = rest + 1;
        while (length != rest + DigitCount(length))
        {
            length = rest + DigitCount(length);
        }

        var record = _records.GetSpan(length);
        length.TryFormat(record, out var written, provider: System.Globalization.CultureInfo.InvariantCulture);
        record[written++] = (byte)' ';
        key.CopyTo(record[written..]);
        written += key.Length;
        record[written++] = (byte)'=';
        value.CopyTo(record[written..]);
        record[written + value.Length] = (byte)'\n';
        _records.Advance(length);
    }

    private ReadOnlySpan<byte> WrapRecords(TarEntry entry)
    {
        var records = _records.WrittenSpan;
        if (records.Length > TarFormat.MaximumExtendedHeader)
        {
            throw new ZLayerException(
                ZLayerErrorKind.InvalidArgument, $"Writing '{entry.Path}' to an archive: its name and extended attributes take {records.Length} bytes; at most {TarFormat.MaximumExtendedHeader} are allowed.")
            { Subject = entry.Path };
        }

        var total = TarFormat.BlockSize + records.Length + TarFormat.Padding(records.Length);
        if (_extended.Length < total)
        {
            _extended = new byte[total];
        }

        var result = _extended.AsSpan(0, total);
        result.Clear();
        "././@PaxHeader"u8.CopyTo(result);
        WriteOctal(result.Slice(100, 8), 0x1A4);
        WriteOctal(result.Slice(108, 8), 0);
        WriteOctal(result.Slice(116, 8), 0);
        WriteOctal(result.Slice(TarFormat.SizeOffset, 12), records.Length);
        WriteOctal(result.Slice(136, 12), 0);
        result[TarFormat.TypeOffset] = (byte)'x';
        WriteOctal(result.Slice(329, 8), 0);
        WriteOctal(result.Slice(337, 8), 0);
        Seal(result[..TarFormat.BlockSize]);
        records.CopyTo(result[TarFormat.BlockSize..]);
        return result;
    }

    private static void Seal(Span<byte> block)
    {
        "ustar\000"u8.CopyTo(block[TarFormat.MagicOffset..]);
        var checksum = TarFormat.Checksum(block);
        WriteOctal(block.Slice(TarFormat.ChecksumOffset, 7), checksum);
        block[TarFormat.ChecksumOffset + 7] = (byte)' ';
    }

    /// <summary>Fills a field with octal digits, zeros first, and a NUL at its end.</summary>
    private static void WriteOctal(Span<byte> field, long value)
    {
        field[^1] = 0;
        for (var i = field.Length - 2; i >= 0; i--)
        {
            field[i] = (byte)('0' + (value & 7));
            value >>= 3;
        }
    }

    private static int DigitCount(int value)
    {
        var count = 1;
        while ((value /= 10) > 0)
        {
            count++;
        }

        return count;
    }

    private static long DeviceNumber(TarEntry entry, int number)
        => entry.Type is not (TarEntryType.CharacterDevice or TarEntryType.BlockDevice) ? 0
            : number is >= 0 and <= (int)MaximumId ? number
            : throw new ZLayerException(
                ZLayerErrorKind.InvalidArgument, $"Writing '{entry.Path}' to an archive: {number} is not a device number.")
            {
                Subject = entry.Path,
            };

    private static byte TypeFlag(TarEntryType type) => type switch
    {
        TarEntryType.File => (byte)'0',
        TarEntryType.HardLink => (byte)'1',
        TarEntryType.SymbolicLink => (byte)'2',
        TarEntryType.CharacterDevice => (byte)'3',
        TarEntryType.BlockDevice => (byte)'4',
        TarEntryType.Directory => (byte)'5',
        TarEntryType.Fifo => (byte)'6',
        _ => throw new ArgumentOutOfRangeException(nameof(type)),
    };
}
