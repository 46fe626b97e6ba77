namespace ZLayer.Core.Builds.Files;

/// <summary>An extracted layer (a directory of the layer store): device 0/0 hides what is below, <c>trusted.overlay.opaque</c> hides a directory's content below.</summary>
public sealed class LayerDirectoryTree : IFileTree
{
    /// <summary>Opens the layer.</summary>
    public LayerDirectoryTree(string directory, string description, FileDigestCache? digests = null) => throw new NotImplementedException();

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
