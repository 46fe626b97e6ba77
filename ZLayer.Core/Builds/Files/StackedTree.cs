namespace ZLayer.Core.Builds.Files;

/// <summary>Layers stacked as overlayfs does: an upper one hides, replaces or adds to those below. Looks at a layer only as far as it is asked. Disposes the layers.</summary>
public sealed class StackedTree : IFileTree
{
    /// <summary>Stacks layers.</summary>
    /// <param name="layers">From the lowest to the highest: <see cref="LayerDirectoryTree"/> or <see cref="TarTree"/>.</param>
    /// <param name="description">What the stack is, for messages.</param>
    public StackedTree(IReadOnlyList<IFileTree> layers, string description) => throw new NotImplementedException();

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
