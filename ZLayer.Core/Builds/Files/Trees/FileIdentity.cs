namespace ZLayer.Core.Builds.Files;

/// <summary>What the file system says to tell a file from others and from its earlier self.</summary>
/// <param name="Device">The file system.</param>
/// <param name="Inode">The file within it; 0 when the tree has no such number.</param>
/// <param name="ChangedNanoseconds">
/// The time of the last change of content or metadata (ctime), in nanoseconds since the Unix epoch.
/// </param>
/// <param name="Links">The number of names that the file has.</param>
internal readonly record struct FileIdentity(ulong Device, ulong Inode, long ChangedNanoseconds, uint Links)
{
    /// <summary>True when the file may have another name in the tree.</summary>
    public bool MayBeLinked => Links > 1 && Inode != 0;
}
