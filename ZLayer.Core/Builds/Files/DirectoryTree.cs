namespace ZLayer.Core.Builds.Files;

/// <summary>A directory of the host: the build context, a named context, a git checkout. An ignore file hides what it excludes.</summary>
public sealed class DirectoryTree : IFileTree
{
    /// <summary>Opens a directory.</summary>
    /// <param name="root">The absolute path; links in it are followed, those below never.</param>
    /// <param name="options">What else is to say of it.</param>
    /// <exception cref="Errors.ZLayerException">PathNotFound or AccessDenied: it is not there, is no directory, or may not be read.</exception>
    public DirectoryTree(string root, DirectoryTreeOptions? options = null) => throw new NotImplementedException();

    /// <inheritdoc/>
    public string Description => throw new NotImplementedException();

    /// <inheritdoc/>
    public FileNode? Find(string path) => throw new NotImplementedException();

    /// <inheritdoc/>
    public IReadOnlyList<FileNode> List(FileNode directory) => throw new NotImplementedException();

    /// <inheritdoc/>
    public void Prefetch(FileNode directory, CancellationToken cancellationToken = default) => throw new NotImplementedException();

    /// <inheritdoc/>
    public Stream OpenRead(FileNode file) => throw new NotImplementedException();

    /// <inheritdoc/>
    public IReadOnlyDictionary<string, byte[]>? GetExtendedAttributes(FileNode node) => throw new NotImplementedException();

    /// <inheritdoc/>
    public bool TryGetKnown(FileNode file, out KnownContent known) => throw new NotImplementedException();

    /// <inheritdoc/>
    public void Remember(FileNode file, in KnownContent content) => throw new NotImplementedException();

    /// <inheritdoc/>
    public string? ExplainAbsence(string path) => throw new NotImplementedException();

    /// <inheritdoc/>
    public void Dispose() => throw new NotImplementedException();
}
