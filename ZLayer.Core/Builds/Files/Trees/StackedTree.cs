using System.Collections.Concurrent;
using ZLayer.Core.Layers;

namespace ZLayer.Core.Builds.Files;

/// <summary>
/// Layers stacked as overlayfs does: an upper one hides, replaces or adds to those below. Looks at a layer only as far as it is asked.
/// Its files belong to the layers they come from. Disposes the layers.
/// </summary>
internal sealed class StackedTree : IFileTree
{
    private readonly ILayerTree[] _fromTop;
    private readonly ConcurrentDictionary<string, Entry?> _entries = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, FileNode[]> _lists = new(StringComparer.Ordinal);

    /// <summary>Stacks layers.</summary>
    /// <param name="layers">From the lowest to the highest: <see cref="LayerDirectoryTree"/> or <see cref="TarTree"/>.</param>
    /// <param name="description">What the stack is, for messages.</param>
    /// <exception cref="ArgumentException">A tree is neither.</exception>
    public StackedTree(IReadOnlyList<IFileTree> layers, string description)
    {
        ArgumentNullException.ThrowIfNull(layers);
        Description = description;
        _fromTop = [.. layers.Reverse()
            .Select(l => l as ILayerTree ?? throw new ArgumentException($"{l.GetType().Name} is not a layer.", nameof(layers)))];
    }

    /// <inheritdoc/>
    public string Description { get; }

    /// <inheritdoc/>
    public FileNode? Find(string path) => FindEntry(path)?.Node;

    /// <inheritdoc/>
    public IReadOnlyList<FileNode> List(FileNode directory)
    {
        ArgumentNullException.ThrowIfNull(directory);
        return directory.IsDirectory && FindEntry(directory.Path) is { } entry
            ? _lists.GetOrAdd(directory.Path, static (path, state) => state.Self.Merge(path, state.Parts), (Self: this, entry.Parts))
            : [];
    }

    /// <inheritdoc/>
    public void Prefetch(FileNode directory, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(directory);
        foreach (var part in FindEntry(directory.Path)?.Parts ?? [])
        {
            if (part.Tree is ILayerTree layer)
            {
                layer.Prefetch(part, cancellationToken);
            }
        }
    }

    /// <inheritdoc/>
    public Stream OpenRead(FileNode file) => file.Tree.OpenRead(file);

    /// <inheritdoc/>
    public IReadOnlyDictionary<string, byte[]>? GetExtendedAttributes(FileNode node) => node.Tree.GetExtendedAttributes(node);

    /// <inheritdoc/>
    public bool TryGetKnown(FileNode file, out KnownContent known) => file.Tree.TryGetKnown(file, out known);

    /// <inheritdoc/>
    public void Remember(FileNode file, in KnownContent content) => file.Tree.Remember(file, content);

    /// <inheritdoc/>
    public string? ExplainAbsence(string path) => null;

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var layer in _fromTop)
        {
            layer.Dispose();
        }
    }

    private Entry? FindEntry(string path) => _entries.TryGetValue(path, out var known) ? known : _entries.GetOrAdd(path, MakeEntry(path));

    private Entry? MakeEntry(string path)
    {
        if (path.Length == 0)
        {
            return Combine(_fromTop.Select(l => l.FindMarked("")))
                ?? new Entry([new FileNode { Tree = this, Path = "", Type = TarEntryType.Directory, Mode = 0b111_101_101 }]);
        }

        return FindEntry(FileTreePaths.Parent(path)) is { } parent
            ? Combine(parent.Parts.Select(p => NodeLists.Find(ListMarked(p), path)))
            : null;
    }

    // The root of no layers at all belongs to the stack itself, and is empty.
    private static FileNode[] ListMarked(FileNode part) => part.Tree is ILayerTree layer ? layer.ListMarked(part) : [];

    // From the top: the first that is there says what it is; directories go on below until something hides the rest.
    private static Entry? Combine(IEnumerable<FileNode?> fromTop)
    {
        var parts = new List<FileNode>();
        foreach (var node in fromTop)
        {
            if (node is null)
            {
                continue;
            }

            if (!node.IsDirectory)
            {
                return parts.Count > 0 ? new Entry(parts) : node.IsWhiteout ? null : new Entry([node]);
            }

            parts.Add(node);
            if (((ILayerTree)node.Tree).IsOpaque(node))
            {
                break;
            }
        }

        return parts.Count == 0 ? null : new Entry(parts);
    }

    private FileNode[] Merge(string directory, IReadOnlyList<FileNode> parts)
    {
        var prefix = directory.Length == 0 ? 0 : directory.Length + 1;
        var seen = new Dictionary<string, FileNode>(StringComparer.Ordinal);
        foreach (var part in parts)
        {
            foreach (var child in ListMarked(part))
            {
                seen.TryAdd(child.Path, child);
            }
        }

        var merged = new List<FileNode>(seen.Count);
        foreach (var child in seen.Values)
        {
            if (!child.IsWhiteout)
            {
                merged.Add(child.IsImplied ? FindEntry(child.Path)!.Node : child);
            }
        }

        merged.Sort((a, b) => a.Path.AsSpan(prefix).SequenceCompareTo(b.Path.AsSpan(prefix)));
        return [.. merged];
    }

    /// <summary>What a path is: the layers' views of it from the top.</summary>
    private sealed class Entry(List<FileNode> parts)
    {
        public IReadOnlyList<FileNode> Parts => parts;

        public FileNode Node { get; } = parts.Find(p => !p.IsImplied) ?? parts[0];
    }
}
