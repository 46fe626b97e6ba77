using ZLayer.Core.Layers;

namespace ZLayer.Core.Builds.Files;

/// <summary>
/// An extracted layer (a directory of the layer store): device 0/0 hides what is below, <c>trusted.overlay.opaque</c> or
/// <c>user.overlay.opaque</c> hides all of a directory's content below (Linux kernel, overlayfs, "whiteouts and opaque directories").
/// </summary>
internal sealed class LayerDirectoryTree : ILayerTree
{
    private readonly HostScanner _scanner;
    private readonly FileDigestCache? _digests;
    private readonly FileNode _root;

    /// <summary>Opens the layer.</summary>
    /// <param name="directory">The absolute path.</param>
    /// <param name="description">What the tree is, for messages.</param>
    /// <param name="digests">The digests known from earlier; null to remember none.</param>
    /// <exception cref="Errors.ZLayerException">PathNotFound or AccessDenied.</exception>
    public LayerDirectoryTree(string directory, string description, FileDigestCache? digests = null)
    {
        Description = description;
        _digests = digests;
        _scanner = new HostScanner(directory, description);
        _root = _scanner.ReadRoot(this);
    }

    /// <inheritdoc/>
    public string Description { get; }

    /// <inheritdoc/>
    public FileNode? Find(string path) => FindMarked(path) is { IsWhiteout: false } node ? node : null;

    /// <inheritdoc/>
    public IReadOnlyList<FileNode> List(FileNode directory) => [.. ListMarked(directory).Where(n => !n.IsWhiteout)];

    /// <inheritdoc/>
    public void Prefetch(FileNode directory, CancellationToken cancellationToken = default)
        => NodeLists.Prefetch(directory, ListMarked, cancellationToken);

    /// <inheritdoc/>
    public Stream OpenRead(FileNode file) => _scanner.OpenRead(file);

    /// <inheritdoc/>
    public IReadOnlyDictionary<string, byte[]>? GetExtendedAttributes(FileNode node) => KeptAttributes.Read(_scanner, node);

    /// <inheritdoc/>
    public bool TryGetKnown(FileNode file, out KnownContent known)
    {
        known = default;
        return _digests is not null && _digests.TryGet(file, out known);
    }

    /// <inheritdoc/>
    public void Remember(FileNode file, in KnownContent content) => _digests?.Add(file, content);

    /// <inheritdoc/>
    public string? ExplainAbsence(string path) => null;

    /// <inheritdoc/>
    public void Dispose()
    {
        _digests?.Save();
        _scanner.Dispose();
    }

    FileNode? ILayerTree.FindMarked(string path) => FindMarked(path);

    FileNode[] ILayerTree.ListMarked(FileNode directory) => ListMarked(directory);

    bool ILayerTree.IsOpaque(FileNode directory)
        => IsYes(_scanner.GetAttribute(directory, "trusted.overlay.opaque"))
            || IsYes(_scanner.GetAttribute(directory, "user.overlay.opaque"));

    private static bool IsYes(byte[]? value) => value is [(byte)'y'];

    private FileNode? FindMarked(string path) => NodeLists.Walk(_root, path, ListMarked);

    private FileNode[] ListMarked(FileNode directory)
    {
        if (!directory.IsDirectory)
        {
            return [];
        }

        if (directory.State is FileNode[] known)
        {
            return known;
        }

        var nodes = _scanner.Read(this, directory, accept: null);
        for (var i = 0; i < nodes.Count; i++)
        {
            if (nodes[i] is { Type: TarEntryType.CharacterDevice, DeviceMajor: 0, DeviceMinor: 0 } mark)
            {
                nodes[i] = new FileNode { Tree = this, Path = mark.Path, Type = mark.Type, IsWhiteout = true };
            }
        }

        var sorted = NodeLists.Sort(nodes, directory.Path);
        directory.State = sorted;
        return sorted;
    }
}
