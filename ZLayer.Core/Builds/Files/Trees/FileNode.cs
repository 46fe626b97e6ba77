using ZLayer.Core.Layers;

namespace ZLayer.Core.Builds.Files;

/// <summary>One file of an <see cref="IFileTree"/> as it was when the tree looked at it.</summary>
internal sealed class FileNode
{
    /// <summary>The tree that can read this file; for stacked layers the layer it comes from.</summary>
    public required IFileTree Tree { get; init; }

    /// <summary>The clean path within the tree; empty for the root.</summary>
    public required string Path { get; init; }

    /// <summary>The kind of file; a socket counts as an empty regular file, a further name of a file as a file.</summary>
    public required TarEntryType Type { get; init; }

    /// <summary>Permission bits with set-user-id, set-group-id and sticky: 0 to 07777 (octal).</summary>
    public int Mode { get; init; }

    /// <summary>The numeric owner.</summary>
    public long Uid { get; init; }

    /// <summary>The numeric group.</summary>
    public long Gid { get; init; }

    /// <summary>The length of the content in bytes; 0 for everything but regular files.</summary>
    public long Size { get; init; }

    /// <summary>The modification time in nanoseconds since the Unix epoch.</summary>
    public long ModifiedNanoseconds { get; init; }

    /// <summary>The text of a symbolic link; null for everything else.</summary>
    public string? LinkTarget { get; init; }

    /// <summary>The major number of a device.</summary>
    public int DeviceMajor { get; init; }

    /// <summary>The minor number of a device.</summary>
    public int DeviceMinor { get; init; }

    /// <summary>
    /// What tells this file from others and from its earlier self; two nodes of one tree with the same one are hard links.
    /// </summary>
    public FileIdentity Identity { get; init; }

    /// <summary>True for a socket of the machine: where the directory itself is mounted, whoever listens there can be reached.</summary>
    internal bool IsSocket { get; init; }

    /// <summary>Where the tree keeps the content: the offset in a tar stream.</summary>
    internal long ContentOffset { get; init; }

    /// <summary>Where the data lies of a file that the tar stream stores without its holes; null for every other.</summary>
    internal SparseMap? Sparse { get; init; }

    /// <summary>True for the mark of a layer that nothing of this name is left of what is below.</summary>
    internal bool IsWhiteout { get; init; }

    /// <summary>True for a directory that a layer does not describe itself: it holds something, and below says what it is.</summary>
    internal bool IsImplied { get; init; }

    /// <summary>What the tree keeps with the node: the children of a directory.</summary>
    internal object? State { get; set; }

    /// <summary>The last segment of the path.</summary>
    public string Name => Path[(Path.LastIndexOf('/') + 1)..];

    /// <summary>True for a directory.</summary>
    public bool IsDirectory => Type == TarEntryType.Directory;

    /// <summary>True for a regular file.</summary>
    public bool IsFile => Type == TarEntryType.File;

    /// <summary>The modification time; before year 1 and after 9999 it is cut.</summary>
    public DateTimeOffset ModificationTime
        => DateTimeOffset.UnixEpoch.AddTicks(ModifiedNanoseconds >= 0 ? ModifiedNanoseconds / 100 : (ModifiedNanoseconds - 99) / 100);

    /// <inheritdoc/>
    public override string ToString() => Path;
}
