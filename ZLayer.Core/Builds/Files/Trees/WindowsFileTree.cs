using System.Collections.Concurrent;
using ZLayer.Core.Layers;

namespace ZLayer.Core.Builds.Files;

/// <summary>
/// The files of a Windows image: what its layers hold below <c>Files/</c>, found whatever the case of the letters. Disposing leaves the
/// layers open.
/// </summary>
/// <param name="layers">The layers as they are.</param>
/// <param name="absence">Said of what is not found; null when the layers are all there is.</param>
internal sealed class WindowsFileTree(IFileTree layers, string? absence = null) : IFileTree
{
    private readonly ConcurrentDictionary<IFileTree, ulong> _numbers = new();
    private readonly ConcurrentDictionary<string, Directory> _directories = new(StringComparer.OrdinalIgnoreCase);

    /// <inheritdoc/>
    public string Description => layers.Description;

    /// <inheritdoc/>
    public FileNode? Find(string path)
    {
        ArgumentNullException.ThrowIfNull(path);
        if (path.Length == 0)
        {
            return Root();
        }

        var parent = Find(FileTreePaths.Parent(path));
        return parent is { IsDirectory: true } && ListingOf(parent).ByName.TryGetValue(path[(path.LastIndexOf('/') + 1)..], out var node)
            ? node
            : null;
    }

    /// <inheritdoc/>
    public IReadOnlyList<FileNode> List(FileNode directory)
    {
        ArgumentNullException.ThrowIfNull(directory);
        return directory.IsDirectory ? ListingOf(directory).Nodes : [];
    }

    /// <inheritdoc/>
    public void Prefetch(FileNode directory, CancellationToken cancellationToken = default)
    {
        if (Inner(directory) is { } inner)
        {
            layers.Prefetch(inner, cancellationToken);
        }
    }

    /// <inheritdoc/>
    public Stream OpenRead(FileNode file) => layers.OpenRead(Inner(file)!);

    /// <inheritdoc/>
    public IReadOnlyDictionary<string, byte[]>? GetExtendedAttributes(FileNode node) => null;

    /// <inheritdoc/>
    public bool TryGetKnown(FileNode file, out KnownContent known) => layers.TryGetKnown(Inner(file)!, out known);

    /// <inheritdoc/>
    public void Remember(FileNode file, in KnownContent content) => layers.Remember(Inner(file)!, content);

    /// <inheritdoc/>
    public string? ExplainAbsence(string path) => absence;

    /// <inheritdoc/>
    public void Dispose()
    {
    }

    /// <summary>Where a link leads, as trees write paths: with <c>/</c> and without drive letter.</summary>
    internal static string WithoutDrive(string target)
    {
        var text = target.Replace('\\', '/');
        return text.Length > 2 && text[1] == ':' && char.IsAsciiLetter(text[0]) ? text[2..] : text;
    }

    private static FileNode? Inner(FileNode node) => node.State as FileNode;

    private FileNode Root()
    {
        var top = layers.Find("") is { } root
            ? layers.List(root)
                .FirstOrDefault(n => n.IsDirectory && n.Name.Equals(WindowsLayer.FilesDirectory, StringComparison.OrdinalIgnoreCase))
            : null;
        return top is null
            ? new FileNode { Tree = this, Path = "", Type = TarEntryType.Directory, Mode = 0b111_101_101 }
            : Show(top, "");
    }

    private Directory ListingOf(FileNode directory)
        => _directories.GetOrAdd(
            directory.Path,
            static (path, state) =>
            {
                var inner = Inner(state.Directory);
                var nodes = inner is null ? [] : state.Tree.ListInner(inner, path);
                var byName = new Dictionary<string, FileNode>(StringComparer.OrdinalIgnoreCase);
                foreach (var node in nodes)
                {
                    byName.TryAdd(node.Name, node);
                }

                return new Directory(nodes, byName);
            },
            (Tree: this, Directory: directory));

    private FileNode[] ListInner(FileNode inner, string path)
        => [.. layers.List(inner).Select(n => Show(n, FileTreePaths.Join(path, n.Name)))];

    private FileNode Show(FileNode inner, string path) => new()
    {
        Tree = this,
        Path = path,
        Type = inner.Type,
        Mode = inner.Mode == 0 ? inner.IsDirectory ? 0b111_101_101 : 0b110_100_100 : inner.Mode,
        Size = inner.Size,
        ModifiedNanoseconds = inner.ModifiedNanoseconds,
        LinkTarget = inner.LinkTarget is { } target ? WithoutDrive(target) : null,
        // Inodes tell the files of one layer apart; here the files of all layers are of one tree.
        Identity = inner.Identity with { Device = _numbers.GetOrAdd(inner.Tree, _ => (ulong)_numbers.Count + 1) },
        State = inner,
    };

    private sealed record Directory(FileNode[] Nodes, Dictionary<string, FileNode> ByName);
}
