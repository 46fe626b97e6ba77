using System.Diagnostics.CodeAnalysis;
using ZLayer.Core.Errors;

namespace ZLayer.Core.Layers;

/// <summary>
/// What a tar stream leaves behind when its entries are extracted one after the other: of several entries of a path the last one, without
/// what an entry that replaced a directory, or the parent that a later entry implies, took away. What lies below a symbolic link is where
/// the link leads.
/// </summary>
/// <param name="linkTargetOf">Where a value leads when it is a symbolic link; else null.</param>
internal sealed class TarPathTable<T>(Func<T, string?> linkTargetOf)
{
    /// <summary>As many as the kernel follows in one path.</summary>
    private const int MaximumLinks = 40;

    // A tree, so that a directory goes with all that is below it at once, however often a stream replaces one.
    private readonly Node _root = new();

    /// <summary>The paths with what is there, in no order.</summary>
    public IEnumerable<KeyValuePair<string, T>> Entries
    {
        get
        {
            var open = new Stack<Node>([_root]);
            while (open.TryPop(out var node))
            {
                if (node.Path is not null)
                {
                    yield return KeyValuePair.Create(node.Path, node.Value!);
                }

                foreach (var child in node.Children?.Values ?? Enumerable.Empty<Node>())
                {
                    open.Push(child);
                }
            }
        }
    }

    /// <summary>
    /// The entry as it is to be put: links among the parents of its path, and of what a hard link leads to, are followed as far as it has
    /// come.
    /// </summary>
    /// <exception cref="ZLayerException">InvalidArchive: the links lead in a circle, or to a path that is too long.</exception>
    public TarEntry Place(TarEntry entry)
    {
        var path = Follow(entry.Path);
        var target = entry is { Type: TarEntryType.HardLink, LinkTarget: { } written } ? Follow(written) : entry.LinkTarget;
        return ReferenceEquals(path, entry.Path) && ReferenceEquals(target, entry.LinkTarget)
            ? entry
            : entry with { Path = path, LinkTarget = target };
    }

    /// <summary>Puts what an entry says in the place of what is there.</summary>
    /// <param name="path">A path as <see cref="Place"/> gives it.</param>
    /// <param name="isDirectory">Whether it keeps what is below the path.</param>
    /// <param name="value">What is there now.</param>
    public void Put(string path, bool isDirectory, T value)
    {
        var node = _root;
        foreach (var name in path.AsSpan().Split('/'))
        {
            if (!node.IsDirectory)
            {
                node.Path = null;
                node.Value = default;
            }

            node = node.GetOrAdd(path.AsSpan()[name]);
        }

        node.Path = path;
        node.Value = value;
        node.IsDirectory = isDirectory;
        if (!isDirectory)
        {
            node.Children = null;
        }
    }

    /// <summary>Finds what is at a path now.</summary>
    public bool TryGet(string path, [MaybeNullWhen(false)] out T value)
    {
        var node = Find(path);
        value = node is null ? default : node.Value;
        return node?.Path is not null;
    }

    /// <summary>Changes what is said of a path without another entry.</summary>
    public void Update(string path, T value) => Find(path)!.Value = value;

    private Node? Find(string path)
    {
        var node = _root;
        foreach (var name in path.AsSpan().Split('/'))
        {
            if (node.Get(path.AsSpan()[name]) is not { } next)
            {
                return null;
            }

            node = next;
        }

        return node;
    }

    private string Follow(string path)
    {
        var node = _root;
        for (int start = 0, end; (end = path.IndexOf('/', start)) >= 0; start = end + 1)
        {
            if (node.Get(path.AsSpan(start, end - start)) is not { } next)
            {
                break;
            }

            if (LinkTargetOf(next) is not null)
            {
                return FollowLinks(path);
            }

            node = next;
        }

        return path;
    }

    private string FollowLinks(string path)
    {
        var rest = new Stack<string>();
        List<(string Name, Node? Node)> reached = [("", _root)];
        var slash = path.LastIndexOf('/');
        Push(rest, path[..slash]);
        for (var links = 0; rest.TryPop(out var name);)
        {
            if (name == "..")
            {
                // Only links have it; above the root is the root, as in a chroot.
                reached.RemoveAt(reached.Count - 1);
                reached = reached.Count > 0 ? reached : [("", _root)];
                continue;
            }

            var next = reached[^1].Node?.Get(name);
            if (next is null || LinkTargetOf(next) is not { } target)
            {
                reached.Add((name, next));
                continue;
            }

            if (++links > MaximumLinks)
            {
                throw Invalid(path, "the symbolic links on its way lead in a circle");
            }

            if (target.StartsWith('/'))
            {
                reached = [("", _root)];
            }

            Push(rest, target);
        }

        var followed = string.Join('/', reached.Skip(1).Select(level => level.Name).Append(path[(slash + 1)..]));
        return followed.Length < TarFormat.MaximumPath
            ? followed
            : throw Invalid(path, "its path is too long where the symbolic links on its way lead");
    }

    private static void Push(Stack<string> rest, string path)
    {
        var names = path.Split('/');
        for (var i = names.Length - 1; i >= 0; i--)
        {
            if (names[i] is not ("" or "."))
            {
                rest.Push(names[i]);
            }
        }
    }

    private string? LinkTargetOf(Node node) => node.Path is null ? null : linkTargetOf(node.Value!);

    private static ZLayerException Invalid(string path, string why)
        => new(ZLayerErrorKind.InvalidArchive, $"Reading '{path}' of a layer: {why}.") { Subject = path };

    private sealed class Node
    {
        /// <summary>The whole path; null for a directory that only later entries imply.</summary>
        public string? Path { get; set; }

        public T? Value { get; set; }

        public bool IsDirectory { get; set; }

        public Dictionary<string, Node>? Children { get; set; }

        public Node? Get(ReadOnlySpan<char> name)
            => Children is not null && Children.GetAlternateLookup<ReadOnlySpan<char>>().TryGetValue(name, out var child) ? child : null;

        public Node GetOrAdd(ReadOnlySpan<char> name)
        {
            if (Get(name) is not { } child)
            {
                child = new Node();
                (Children ??= new(StringComparer.Ordinal)).Add(name.ToString(), child);
            }

            return child;
        }
    }
}
