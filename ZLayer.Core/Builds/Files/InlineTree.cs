namespace ZLayer.Core.Builds.Files;

/// <summary>One file that is in memory: a heredoc of COPY or ADD.</summary>
public sealed class InlineTree : IFileTree
{
    /// <summary>Makes the tree of one file with mode 0644 and owner 0:0.</summary>
    public InlineTree(string name, ReadOnlyMemory<byte> content, DateTimeOffset time) => throw new NotImplementedException();

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
