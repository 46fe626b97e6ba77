using System.Globalization;

namespace ZLayer.Core.Layers;

/// <summary>
/// How files stand in the tar stream of a Windows layer: below <c>Files/</c>, beside the <c>Hives</c> of the registry, with the attributes
/// and the security descriptor that Windows keeps for each in PAX records. The records are those of hcsshim's backuptar package, which
/// Windows hosts read.
/// </summary>
internal static class WindowsLayer
{
    /// <summary>The directory of the stream that holds the files of the image.</summary>
    public const string FilesDirectory = "Files";

    /// <summary>The directory of the stream that holds changes of the registry; Windows wants it even when it is empty.</summary>
    public const string HivesDirectory = "Hives";

    /// <summary>FILE_ATTRIBUTE_… of an entry, decimal.</summary>
    public const string AttributesKey = "MSWINDOWS.fileattr";

    /// <summary>The security descriptor of an entry, self-relative, base64.</summary>
    public const string SecurityKey = "MSWINDOWS.rawsd";

    /// <summary>When the file was made: seconds since the Unix epoch.</summary>
    public const string CreationTimeKey = "LIBARCHIVE.creationtime";

    private const int DirectoryAttribute = 0x10;
    private const int ArchiveAttribute = 0x20;
    private const int ReparsePointAttribute = 0x400;

    private static readonly string DirectorySecurity = Convert.ToBase64String(SecurityDescriptor.OfDirectory());
    private static readonly string FileSecurity = Convert.ToBase64String(SecurityDescriptor.OfFile());

    /// <summary>Whether a PAX record says what Windows keeps with a file.</summary>
    /// <param name="key">The key of the record.</param>
    public static bool IsKey(string key)
    {
        ArgumentNullException.ThrowIfNull(key);
        return key == CreationTimeKey || key.StartsWith("MSWINDOWS.", StringComparison.Ordinal);
    }

    /// <summary>The two directories that every layer begins with.</summary>
    /// <param name="time">Their time.</param>
    public static IReadOnlyList<TarEntry> Roots(DateTimeOffset time) => [Root(HivesDirectory, time), Root(FilesDirectory, time)];

    /// <summary>The entry of a file of the image as the stream has it.</summary>
    /// <param name="entry">The file, by its path in the image.</param>
    /// <param name="leadsToDirectory">
    /// For a symbolic link: whether it leads to a directory, which Windows keeps apart from links to files.
    /// </param>
    public static TarEntry Entry(TarEntry entry, bool leadsToDirectory = false)
    {
        ArgumentNullException.ThrowIfNull(entry);
        var path = entry.Path.Length == 0 ? FilesDirectory : $"{FilesDirectory}/{entry.Path}";
        if (entry.Type == TarEntryType.HardLink)
        {
            return entry with { Path = path, LinkTarget = $"{FilesDirectory}/{entry.LinkTarget}", PaxRecords = null };
        }

        var attributes = entry.Type switch
        {
            TarEntryType.Directory => DirectoryAttribute,
            TarEntryType.SymbolicLink => ReparsePointAttribute | (leadsToDirectory ? DirectoryAttribute : 0),
            _ => ArchiveAttribute,
        };
        var isDirectory = (attributes & DirectoryAttribute) != 0;
        return entry with
        {
            Path = path,
            Uid = 0,
            Gid = 0,
            ExtendedAttributes = null,
            PaxRecords = Records(attributes, entry.ModificationTime, isDirectory ? DirectorySecurity : FileSecurity),
        };
    }

    /// <summary>
    /// The entry of a file as the image has it, from the entry that stands for it in the stream: the opposite of <see cref="Entry"/>.
    /// </summary>
    /// <param name="entry">An entry below <see cref="FilesDirectory"/>.</param>
    public static TarEntry Unwrap(TarEntry entry)
    {
        ArgumentNullException.ThrowIfNull(entry);
        return entry with
        {
            Path = Unwrap(entry.Path),
            LinkTarget = entry.Type == TarEntryType.HardLink ? Unwrap(entry.LinkTarget!) : entry.LinkTarget,
            PaxRecords = null,
        };
    }

    private static string Unwrap(string path)
        => path.StartsWith(FilesDirectory + "/", StringComparison.Ordinal) ? path[(FilesDirectory.Length + 1)..] : path;

    private static TarEntry Root(string name, DateTimeOffset time)
        => new()
        {
            Path = name,
            Type = TarEntryType.Directory,
            Mode = 0b111_101_101,
            ModificationTime = time,
            PaxRecords = Records(DirectoryAttribute, time, null),
        };

    private static SortedDictionary<string, string> Records(int attributes, DateTimeOffset time, string? security)
    {
        var records = new SortedDictionary<string, string>(StringComparer.Ordinal)
        {
            [CreationTimeKey] = time.ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture),
            [AttributesKey] = attributes.ToString(CultureInfo.InvariantCulture),
        };
        if (security is not null)
        {
            records[SecurityKey] = security;
        }

        return records;
    }
}
