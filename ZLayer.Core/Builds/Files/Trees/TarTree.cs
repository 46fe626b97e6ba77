using ZLayer.Core.Errors;
using ZLayer.Core.Foundation.Streams;
using ZLayer.Core.Layers;

namespace ZLayer.Core.Builds.Files;

/// <summary>
/// A layer that is a plain tar file, read in place: headers once, content where it lies. <c>.wh.</c> names hide what is below
/// (OCI image specification, "Whiteouts").
/// </summary>
internal sealed class TarTree : ILayerTree
{
    private const string WhiteoutPrefix = ".wh.";
    private const string OpaqueName = ".wh..wh..opq";

    private readonly Stream _tar;
    private readonly PositionalReader _read;
    private readonly FileDigestCache? _digests;
    private readonly FileNode _root;
    private readonly Dictionary<string, IReadOnlyDictionary<string, byte[]>> _attributes = new(StringComparer.Ordinal);
    private readonly HashSet<string> _opaque = new(StringComparer.Ordinal);

    /// <summary>Opens the layer and reads its headers.</summary>
    /// <param name="tar">The uncompressed tar, a file or a blob; the tree takes it over.</param>
    /// <param name="description">What the tree is, for messages.</param>
    /// <param name="digests">The digests known from earlier; null to remember none.</param>
    /// <param name="cancellationToken">Ends the reading of the headers.</param>
    /// <exception cref="ZLayerException">InvalidArchive: the tar is damaged or hostile.</exception>
    public TarTree(Stream tar, string description, FileDigestCache? digests = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(tar);
        Description = description;
        _tar = tar;
        _read = tar switch
        {
            FileStream file => (position, buffer) => RandomAccess.Read(file.SafeFileHandle, buffer, position),
            PositionedStream pieces => pieces.ReadAt,
            _ => throw new ArgumentException("It cannot be read by position.", nameof(tar)),
        };
        _digests = digests;
        _root = Link(ReadEntries(cancellationToken));
    }

    /// <inheritdoc/>
    public string Description { get; }

    /// <inheritdoc/>
    public FileNode? Find(string path) => FindMarked(path) is { IsWhiteout: false } node ? node : null;

    /// <inheritdoc/>
    public IReadOnlyList<FileNode> List(FileNode directory) => [.. ListMarked(directory).Where(n => !n.IsWhiteout)];

    /// <inheritdoc/>
    public void Prefetch(FileNode directory, CancellationToken cancellationToken = default)
    {
    }

    /// <inheritdoc/>
    public Stream OpenRead(FileNode file)
    {
        ArgumentNullException.ThrowIfNull(file);
        var what = $"'{file.Path}' in {Description}";
        return file.Sparse is { } map
            ? new SparseStream(map, start => new TarFileStream(_read, file.ContentOffset + start, long.MaxValue, what))
            : new TarFileStream(_read, file.ContentOffset, file.Size, what);
    }

    /// <inheritdoc/>
    public IReadOnlyDictionary<string, byte[]>? GetExtendedAttributes(FileNode node) => _attributes.GetValueOrDefault(node.Path);

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
        _tar.Dispose();
    }

    FileNode? ILayerTree.FindMarked(string path) => FindMarked(path);

    FileNode[] ILayerTree.ListMarked(FileNode directory) => ListMarked(directory);

    bool ILayerTree.IsOpaque(FileNode directory) => _opaque.Contains(directory.Path);

    private FileNode? FindMarked(string path) => NodeLists.Walk(_root, path, ListMarked);

    private static FileNode[] ListMarked(FileNode directory) => directory.State as FileNode[] ?? [];

    private Dictionary<string, FileNode> ReadEntries(CancellationToken cancellationToken)
    {
        var nodes = new TarPathTable<FileNode>(node => node.LinkTarget);
        var removed = new HashSet<string>(StringComparer.Ordinal);
        using var reader = new LayerTarReader(_tar, leaveOpen: true);
        while (reader.MoveNext() is { } written)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var entry = nodes.Place(written);
            var name = entry.Path[(entry.Path.LastIndexOf('/') + 1)..];
            if (name == OpaqueName)
            {
                _opaque.Add(FileTreePaths.Parent(entry.Path));
            }
            else if (name.StartsWith(WhiteoutPrefix, StringComparison.Ordinal))
            {
                removed.Add(FileTreePaths.Join(FileTreePaths.Parent(entry.Path), name[WhiteoutPrefix.Length..]));
            }
            else
            {
                nodes.Put(entry.Path, entry.Type == TarEntryType.Directory, MakeNode(entry, reader.ContentOffset, nodes));
            }
        }

        var result = new Dictionary<string, FileNode>(nodes.Entries, StringComparer.Ordinal);
        AddWhiteouts(removed, result);
        return result;
    }

    // Whiteouts hide what is below the layer, never what the layer itself has, wherever they stand in it.
    private void AddWhiteouts(HashSet<string> removed, Dictionary<string, FileNode> nodes)
    {
        var parents = new HashSet<string>(StringComparer.Ordinal);
        foreach (var path in removed.Count == 0 ? [] : nodes.Keys.ToList())
        {
            for (var parent = FileTreePaths.Parent(path); parent.Length > 0 && parents.Add(parent);)
            {
                parent = FileTreePaths.Parent(parent);
            }
        }

        foreach (var path in removed)
        {
            if (parents.Contains(path) || (nodes.TryGetValue(path, out var own) && own.IsDirectory))
            {
                _opaque.Add(path);
            }
            else
            {
                nodes.TryAdd(path, new FileNode { Tree = this, Path = path, Type = TarEntryType.CharacterDevice, IsWhiteout = true });
            }
        }
    }

    private void Keep(string path, IReadOnlyDictionary<string, byte[]>? attributes)
    {
        _attributes.Remove(path);
        if (attributes is not null)
        {
            _attributes[path] = attributes;
        }
    }

    private FileNode MakeNode(TarEntry entry, long offset, TarPathTable<FileNode> nodes)
    {
        if (entry.Type != TarEntryType.HardLink)
        {
            Keep(entry.Path, KeptAttributes.Select(entry.ExtendedAttributes));
            return Make(entry.Path, entry, offset, links: 1);
        }

        if (entry.LinkTarget is null || !nodes.TryGet(entry.LinkTarget, out var first) || first.IsWhiteout)
        {
            throw new ZLayerException(
                ZLayerErrorKind.InvalidArchive, $"'{entry.Path}' in {Description} is a hard link to '{entry.LinkTarget}', which is not in the layer.")
            { Subject = entry.Path };
        }

        nodes.Update(first.Path, Copy(first, first.Path));
        Keep(entry.Path, _attributes.GetValueOrDefault(first.Path));
        return Copy(first, entry.Path);
    }

    private FileNode Make(string path, TarEntry entry, long offset, uint links) => new()
    {
        Tree = this,
        Path = path,
        Type = entry.Type,
        Mode = entry.Mode,
        Uid = entry.Uid,
        Gid = entry.Gid,
        Size = entry.Size,
        ModifiedNanoseconds = (entry.ModificationTime - DateTimeOffset.UnixEpoch).Ticks * 100,
        LinkTarget = entry.Type == TarEntryType.SymbolicLink ? entry.LinkTarget : null,
        DeviceMajor = entry.DeviceMajor,
        DeviceMinor = entry.DeviceMinor,
        Identity = new FileIdentity(0, (ulong)offset + 1, 0, links),
        ContentOffset = offset,
        Sparse = entry.Sparse,
    };

    private FileNode Copy(FileNode node, string path) => new()
    {
        Tree = this,
        Path = path,
        Type = node.Type,
        Mode = node.Mode,
        Uid = node.Uid,
        Gid = node.Gid,
        Size = node.Size,
        ModifiedNanoseconds = node.ModifiedNanoseconds,
        LinkTarget = node.LinkTarget,
        DeviceMajor = node.DeviceMajor,
        DeviceMinor = node.DeviceMinor,
        Identity = node.Identity with { Links = 2 },
        ContentOffset = node.ContentOffset,
        Sparse = node.Sparse,
    };

    // Gives every directory its children; directories that the tar does not name are implied by what is in them.
    private FileNode Link(Dictionary<string, FileNode> nodes)
    {
        var children = new Dictionary<string, List<FileNode>>(StringComparer.Ordinal);
        var root = nodes.TryGetValue("", out var named) && named.IsDirectory ? named : Imply("");
        nodes.Remove("");
        foreach (var directory in _opaque.Where(d => d.Length > 0 && !nodes.ContainsKey(d)).ToList())
        {
            nodes[directory] = Imply(directory);
        }

        foreach (var path in nodes.Keys.ToList())
        {
            for (var parent = FileTreePaths.Parent(path); parent.Length > 0
                && !nodes.ContainsKey(parent); parent = FileTreePaths.Parent(parent))
            {
                nodes[parent] = Imply(parent);
            }
        }

        foreach (var (path, node) in nodes)
        {
            var parent = FileTreePaths.Parent(path);
            if (!children.TryGetValue(parent, out var siblings))
            {
                children[parent] = siblings = [];
            }

            siblings.Add(node);
        }

        foreach (var (path, siblings) in children)
        {
            (path.Length == 0 ? root : nodes[path]).State = NodeLists.Sort(siblings, path);
        }

        return root;
    }

    private FileNode Imply(string path)
        => new() { Tree = this, Path = path, Type = TarEntryType.Directory, Mode = 0b111_101_101, IsImplied = true };
}
