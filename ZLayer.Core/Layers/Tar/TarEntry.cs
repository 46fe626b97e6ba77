namespace ZLayer.Core.Layers;

/// <summary>One entry of a tar stream: the metadata of a file in a layer.</summary>
internal sealed record TarEntry
{
    /// <summary>The path: relative, '/'-separated, without a leading or trailing slash; empty is the root itself.</summary>
    public required string Path { get; init; }

    /// <summary>The kind of file.</summary>
    public required TarEntryType Type { get; init; }

    /// <summary>Permission bits with set-user-id, set-group-id and sticky: 0 to 07777 (octal).</summary>
    public int Mode { get; init; }

    /// <summary>The numeric owner.</summary>
    public long Uid { get; init; }

    /// <summary>The numeric group.</summary>
    public long Gid { get; init; }

    /// <summary>The length of the content in bytes; 0 for everything but regular files.</summary>
    public long Size { get; init; }

    /// <summary>The modification time, nanosecond ticks kept as far as <see cref="DateTimeOffset"/> does (100 ns).</summary>
    public DateTimeOffset ModificationTime { get; init; }

    /// <summary>The target of a symbolic link (any text) or hard link (a path as in <see cref="Path"/>).</summary>
    public string? LinkTarget { get; init; }

    /// <summary>The major number of a device.</summary>
    public int DeviceMajor { get; init; }

    /// <summary>The minor number of a device.</summary>
    public int DeviceMinor { get; init; }

    /// <summary>Extended attributes by full name (<c>security.capability</c>), in PAX records as <c>SCHILY.xattr.</c>.</summary>
    public IReadOnlyDictionary<string, byte[]>? ExtendedAttributes { get; init; }

    /// <summary>
    /// What Windows keeps with a file, by the keys of <see cref="WindowsLayer"/>, in PAX records of these names; null for everything else.
    /// </summary>
    public IReadOnlyDictionary<string, string>? PaxRecords { get; init; }

    /// <summary>Where the data of a file lies that the archive stores without its holes; null for every other.</summary>
    internal SparseMap? Sparse { get; init; }
}
