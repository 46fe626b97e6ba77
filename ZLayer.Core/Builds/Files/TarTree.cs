namespace ZLayer.Core.Builds.Files;

/// <summary>A layer that is a plain tar file, read in place: headers once, content where it lies. Takes over the stream.</summary>
public sealed class TarTree : IFileTree
{
    /// <summary>Opens the layer.</summary>
    public TarTree(FileStream tar, string description, FileDigestCache? digests = null) => throw new NotImplementedException();

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
