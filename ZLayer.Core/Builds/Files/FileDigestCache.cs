using ZLayer.Core.Storage;

namespace ZLayer.Core.Builds.Files;

/// <summary>
/// Remembers the digests of files of one root by what the file system says of them, as git's index does: an unchanged file is not read again.
/// A file that changed within two seconds before it was read is not remembered, because a later change could leave the same times behind.
/// One compact file for each root; a damaged one counts as empty. Safe for concurrent use and for several processes: the last one to save wins.
/// </summary>
public sealed class FileDigestCache
{
    /// <summary>Opens the cache of a root.</summary>
    /// <param name="layout">The data root that keeps the cache.</param>
    /// <param name="key">What the root is: an absolute directory, or the DiffID of a layer.</param>
    public static FileDigestCache Open(StoreLayout layout, string key) => throw new NotImplementedException();

    /// <summary>Finds what is known of a file.</summary>
    public bool TryGet(FileNode file, out KnownContent known) => throw new NotImplementedException();

    /// <summary>Remembers a file as it was before it was read.</summary>
    public void Add(FileNode file, in KnownContent content) => throw new NotImplementedException();

    /// <summary>Writes the cache where something new was learnt; failing to is no error.</summary>
    public void Save() => throw new NotImplementedException();
}
