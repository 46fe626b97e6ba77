namespace ZLayer.Core.Builds.Files;

/// <summary>
/// A tree of files that steps read: the build context, a layer, the stacked layers of a stage. Paths are relative, <c>/</c>-separated and
/// clean; the empty path is the root. A tree never leaves its root and never follows a link by itself: <see cref="FileTreePaths"/> resolves
/// links within the root. Safe for concurrent use; disposing saves what was learnt and closes what is open.
/// </summary>
internal interface IFileTree : IDisposable
{
    /// <summary>What the tree is, for messages: <c>the build context</c>, <c>stage build</c>.</summary>
    string Description { get; }

    /// <summary>Finds one file without following links: a path that runs through a link or a file finds nothing.</summary>
    /// <param name="path">A clean path; empty for the root.</param>
    /// <returns>The file, or null when the tree has none of that name.</returns>
    FileNode? Find(string path);

    /// <summary>Lists a directory in ordinal order of the names.</summary>
    /// <param name="directory">A directory of this tree.</param>
    /// <returns>Its children; empty for anything but a directory.</returns>
    IReadOnlyList<FileNode> List(FileNode directory);

    /// <summary>
    /// Reads ahead what <see cref="List"/> of the directory and of everything below will ask, in parallel where that pays.
    /// </summary>
    /// <param name="directory">A directory of this tree.</param>
    /// <param name="cancellationToken">Ends the reading.</param>
    void Prefetch(FileNode directory, CancellationToken cancellationToken = default);

    /// <summary>Opens the content of a regular file.</summary>
    /// <param name="file">A regular file of this tree.</param>
    /// <returns>
    /// A stream from the start of the content; its length may differ from <see cref="FileNode.Size"/> when the file changed since.
    /// </returns>
    /// <exception cref="Errors.ZLayerException">StorageReadFailed or AccessDenied, naming the file.</exception>
    Stream OpenRead(FileNode file);

    /// <summary>The extended attributes that a layer keeps (<c>security.capability</c>).</summary>
    /// <param name="node">A file of this tree.</param>
    /// <returns>The attributes by full name; null when there are none.</returns>
    IReadOnlyDictionary<string, byte[]>? GetExtendedAttributes(FileNode node);

    /// <summary>The digest of a file's content where it is known without reading the file.</summary>
    /// <param name="file">A regular file of this tree.</param>
    /// <param name="known">What is known.</param>
    /// <returns>False when the file must be read.</returns>
    bool TryGetKnown(FileNode file, out KnownContent known);

    /// <summary>Remembers what was learnt by reading a file, as far as the tree can tell later that the file is still the same.</summary>
    /// <param name="file">The file as it was before it was read.</param>
    /// <param name="content">What was read.</param>
    void Remember(FileNode file, in KnownContent content);

    /// <summary>
    /// Says why a path is not in the tree where there is more to say than that: <c>It is excluded by .dockerignore:3 "dist".</c>
    /// </summary>
    /// <param name="path">A clean path that <see cref="Find"/> does not find.</param>
    /// <returns>A sentence, or null.</returns>
    string? ExplainAbsence(string path);
}

/// <summary>A tree that is one layer of a stack: it also says what it removes from the layers below.</summary>
internal interface ILayerTree : IFileTree
{
    /// <summary>Finds a file or the mark of its removal.</summary>
    FileNode? FindMarked(string path);

    /// <summary>Lists files and marks of removal, in ordinal order.</summary>
    FileNode[] ListMarked(FileNode directory);

    /// <summary>True when nothing of the directory's content below this layer is left.</summary>
    bool IsOpaque(FileNode directory);
}
