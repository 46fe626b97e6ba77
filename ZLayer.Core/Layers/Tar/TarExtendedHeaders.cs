using System.Buffers.Text;
using System.Globalization;
using ZLayer.Core.Foundation.Text;

namespace ZLayer.Core.Layers;

/// <summary>What PAX and GNU headers say about the entry that follows them, and the making of that entry.</summary>
internal sealed class TarExtendedHeaders
{
    // One header has at most 1 MiB, but headers add up.
    private const int MaximumRecords = 4096;
    private const int MaximumBytes = 4 * 1024 * 1024;

    private readonly Dictionary<string, byte[]> _global = new(StringComparer.Ordinal);
    private readonly Dictionary<string, byte[]> _local = new(StringComparer.Ordinal);
    private readonly List<long> _sparseParts = [];

    // Of global records, for every entry that has none of its own; null when it must be made anew.
    private Dictionary<string, byte[]>? _globalAttributes;

    /// <summary>Whether an extended header was read whose entry did not follow yet.</summary>
    public bool IsPending { get; private set; }

    public void BeginEntry()
    {
        _local.Clear();
        _sparseParts.Clear();
        IsPending = false;
    }

    public void Add(byte typeFlag, ReadOnlySpan<byte> data, long offset)
    {
        switch (typeFlag)
        {
            case (byte)'L':
                _local["path"] = UpToNul(data);
                IsPending = true;
                break;
            case (byte)'K':
                _local["linkpath"] = UpToNul(data);
                IsPending = true;
                break;
            case (byte)'g':
                AddRecords(_global, [], data, offset);
                _globalAttributes = null;
                break;
            default:
                AddRecords(_local, _sparseParts, data, offset);
                IsPending = true;
                break;
        }
    }

    /// <summary>
    /// The entry that a header and the extended headers before it describe; its path is empty for the root, and without a name.
    /// </summary>
    public TarEntry Apply(in TarHeader header, long offset)
    {
        var name = Find(TarSparseHeaders.Prefix + "name", out var real) || Find("path", out real) ? real : header.Name;
        var type = EntryType(header.TypeFlag, name, offset);
        var size = Find("size", out var sizeText) ? ParseNumber(sizeText, "size", offset) : header.Size;
        if (size < 0)
        {
            throw LayerTarReader.Invalid(offset, "the size of an entry is negative");
        }

        return new TarEntry
        {
            Path = CleanPath(name, "the path", offset),
            Type = type,
            Mode = (int)(header.Mode & 0xFFF),
            Uid = Id("uid", header.Uid, offset),
            Gid = Id("gid", header.Gid, offset),
            // As in Go's archive/tar, a size means content in regular files only.
            Size = type == TarEntryType.File ? size : 0,
            ModificationTime = Find("mtime", out var time) ? ParseTime(time, offset) : FromUnix(header.ModificationSeconds, 0),
            LinkTarget = LinkTarget(type, Find("linkpath", out var link) ? link : header.LinkName, offset),
            DeviceMajor = Device(header.DeviceMajor, offset),
            DeviceMinor = Device(header.DeviceMinor, offset),
            ExtendedAttributes = Attributes(),
            PaxRecords = WindowsRecords(),
        };
    }

    /// <summary>The map of a sparse file of one of the PAX formats; null for every other file.</summary>
    /// <param name="stored">How many bytes the archive has of the file; less those of a map that stands before them.</param>
    /// <param name="input">The archive, where the content begins.</param>
    /// <param name="offset">Where the header is, for errors.</param>
    public SparseMap? ReadSparseMap(ref long stored, TarInput input, long offset)
    {
        if (_sparseParts.Count == 0 && !_local.Keys.Any(key => key.StartsWith(TarSparseHeaders.Prefix, StringComparison.Ordinal)))
        {
            return null;
        }

        if (TarSparseHeaders.NumberOf(_local, "realsize", offset) is { } size && TarSparseHeaders.NumberOf(_local, "major", offset) == 1)
        {
            return TarSparseHeaders.ReadAhead(size, ref stored, input, offset);
        }

        return TarSparseHeaders.NumberOf(_local, "size", offset) is { } real
            && TarSparseHeaders.NumberOf(_local, "major", offset) is null or 0
            ? SparseMap.Create(
                _local.TryGetValue(TarSparseHeaders.Prefix + "map", out var map)
                    ? TarSparseHeaders.Parse(map, offset)
                    : _sparseParts, real, stored, offset)
            : throw SparseMap.Invalid(offset, "it is of a format that is not known, or its size is missing");
    }

    private bool Find(string key, out byte[] value)
        // An empty value takes a record back (POSIX.1-2017, pax, "pax Extended Header").
        => (_local.TryGetValue(key, out value!) || _global.TryGetValue(key, out value!)) && value.Length > 0;

    private static byte[] UpToNul(ReadOnlySpan<byte> data)
    {
        var end = data.IndexOf((byte)0);
        return (end < 0 ? data : data[..end]).ToArray();
    }

    /// <summary>Reads <c>length key=value\n</c> records, where the length counts the whole record.</summary>
    private static void AddRecords(Dictionary<string, byte[]> records, List<long> parts, ReadOnlySpan<byte> data, long offset)
    {
        while (!data.IsEmpty)
        {
            if (!Utf8Parser.TryParse(data, out int length, out var digits) || length <= digits + 2 || length > data.Length
                || data[digits] != ' ' || data[length - 1] != '\n')
            {
                throw LayerTarReader.Invalid(offset, "a PAX record is damaged");
            }

            var record = data[(digits + 1)..(length - 1)];
            var equals = record.IndexOf((byte)'=');
            if (equals <= 0)
            {
                throw LayerTarReader.Invalid(offset, "a PAX record has no key");
            }

            var key = FileNameEncoding.Decode(record[..equals]);
            if (!TarSparseHeaders.TryAdd(parts, key, record[(equals + 1)..], offset))
            {
                records[key] = record[(equals + 1)..].ToArray();
            }

            data = data[length..];
        }

        if (records.Count > MaximumRecords || records.Sum(record => (long)record.Key.Length + record.Value.Length) > MaximumBytes)
        {
            throw LayerTarReader.Invalid(
                offset, $"there are more than {MaximumRecords} PAX records, or more than {MaximumBytes} bytes of them");
        }
    }

    private static TarEntryType EntryType(byte flag, byte[] name, long offset) => flag switch
    {
        // Formats before POSIX had no type for directories: their names end with a slash.
        0 or (byte)'0' when name.Length > 0 && name[^1] == '/' => TarEntryType.Directory,
        0 or (byte)'0' or (byte)'7' => TarEntryType.File,
        (byte)'1' => TarEntryType.HardLink,
        (byte)'2' => TarEntryType.SymbolicLink,
        (byte)'3' => TarEntryType.CharacterDevice,
        (byte)'4' => TarEntryType.BlockDevice,
        (byte)'5' => TarEntryType.Directory,
        (byte)'6' => TarEntryType.Fifo,
        TarHeader.SparseFile => TarEntryType.File,
        _ => throw LayerTarReader.Invalid(
            offset, $"'{FileNameEncoding.Decode(name)}' is of the unknown type '{(flag is > 0x20 and < 0x7F ? ((char)flag).ToString() : $"\\x{flag:x2}")}'"),
    };

    /// <summary>Cleans a path of '.', '..', doubled and outer slashes; one that climbs above its root is refused.</summary>
    private static string CleanPath(ReadOnlySpan<byte> bytes, string what, long offset)
    {
        if (bytes.Contains((byte)0))
        {
            throw LayerTarReader.Invalid(offset, $"{what} of an entry contains NUL");
        }

        if (bytes.Length >= TarFormat.MaximumPath)
        {
            throw LayerTarReader.Invalid(
                offset, $"{what} of an entry has {bytes.Length} bytes; paths have at most {TarFormat.MaximumPath - 1}");
        }

        var text = FileNameEncoding.Decode(bytes);
        var path = text.AsSpan().TrimEnd('/');
        if (IsClean(path))
        {
            return path.Length == text.Length ? text : path.ToString();
        }

        var components = new List<string>();
        foreach (var component in text.Split('/'))
        {
            if (component is "" or ".")
            {
                continue;
            }

            if (component != "..")
            {
                components.Add(component);
            }
            else if (components.Count > 0)
            {
                components.RemoveAt(components.Count - 1);
            }
            else
            {
                throw LayerTarReader.Invalid(offset, $"{what} '{text}' leads out of the archive");
            }
        }

        return string.Join('/', components);
    }

    private static bool IsClean(ReadOnlySpan<char> path)
    {
        foreach (var range in path.Split('/'))
        {
            if (path[range] is "" or "." or "..")
            {
                return false;
            }
        }

        return true;
    }

    private static string? LinkTarget(TarEntryType type, byte[] target, long offset)
    {
        if (type is not (TarEntryType.SymbolicLink or TarEntryType.HardLink))
        {
            return null;
        }

        if (target.Length == 0)
        {
            throw LayerTarReader.Invalid(offset, "a link has no target");
        }

        if (type == TarEntryType.HardLink)
        {
            return CleanPath(target, "the hard link target", offset);
        }

        return target.AsSpan().Contains((byte)0)
            ? throw LayerTarReader.Invalid(offset, "the target of a symbolic link contains NUL")
            : FileNameEncoding.Decode(target);
    }

    private long Id(string key, long headerValue, long offset)
    {
        var id = Find(key, out var text) ? ParseNumber(text, key, offset) : headerValue;
        // The last value means "leave it" to chown, so it cannot own a file.
        return id is >= 0 and < uint.MaxValue ? id : throw LayerTarReader.Invalid(offset, $"{key} {id} is out of range");
    }

    private static int Device(long number, long offset)
        => number is >= 0 and <= int.MaxValue ? (int)number : throw LayerTarReader.Invalid(offset, "a device number is out of range");

    private static long ParseNumber(byte[] text, string key, long offset)
        => long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var value)
            ? value
            : throw LayerTarReader.Invalid(offset, $"the PAX record '{key}' is not a number");

    /// <summary>Reads decimal seconds with a fraction: <c>1350244992.023960108</c>, <c>-1.5</c>.</summary>
    private static DateTimeOffset ParseTime(ReadOnlySpan<byte> text, long offset)
    {
        var dot = text.IndexOf((byte)'.');
        var whole = dot < 0 ? text : text[..dot];
        var fraction = dot < 0 ? default : text[(dot + 1)..];
        if (!long.TryParse(whole, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var seconds)
            || fraction.ContainsAnyExceptInRange((byte)'0', (byte)'9'))
        {
            throw LayerTarReader.Invalid(offset, "the PAX record 'mtime' is not a time");
        }

        var ticks = 0;
        for (var i = 0; i < 7; i++)
        {
            ticks = ticks * 10 + (i < fraction.Length ? fraction[i] - '0' : 0);
        }

        return FromUnix(seconds, whole.StartsWith((byte)'-') ? -ticks : ticks);
    }

    private static DateTimeOffset FromUnix(long seconds, int ticks)
    {
        // Times outside of the years 1 to 9999 are nonsense, but no reason to refuse a layer.
        seconds = Math.Clamp(seconds, DateTimeOffset.MinValue.ToUnixTimeSeconds() + 1, DateTimeOffset.MaxValue.ToUnixTimeSeconds() - 1);
        return DateTimeOffset.FromUnixTimeSeconds(seconds).AddTicks(ticks);
    }

    // The attributes of each file by itself: what a global header says has no place among them.
    private SortedDictionary<string, string>? WindowsRecords()
    {
        SortedDictionary<string, string>? records = null;
        foreach (var (key, value) in _local)
        {
            if (WindowsLayer.IsKey(key))
            {
                records ??= new SortedDictionary<string, string>(StringComparer.Ordinal);
                records[key] = FileNameEncoding.Decode(value);
            }
        }

        return records;
    }

    private Dictionary<string, byte[]>? Attributes()
    {
        if (_global.Count + _local.Count == 0)
        {
            return null;
        }

        _globalAttributes ??= AttributesAmong(_global, new(StringComparer.Ordinal));
        var attributes = _local.Count == 0 ? _globalAttributes : AttributesAmong(_local, new(_globalAttributes, StringComparer.Ordinal));
        return attributes.Count > 0 ? attributes : null;
    }

    private static Dictionary<string, byte[]> AttributesAmong(Dictionary<string, byte[]> records, Dictionary<string, byte[]> attributes)
    {
        foreach (var (key, value) in records)
        {
            if (key.StartsWith(TarFormat.ExtendedAttributePrefix, StringComparison.Ordinal)
                && key.Length > TarFormat.ExtendedAttributePrefix.Length)
            {
                attributes[key[TarFormat.ExtendedAttributePrefix.Length..]] = value;
            }
        }

        return attributes;
    }
}
