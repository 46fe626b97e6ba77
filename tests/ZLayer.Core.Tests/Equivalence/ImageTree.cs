using System.Formats.Tar;
using System.Security.Cryptography;

namespace ZLayer.Core.Tests.Equivalence;

/// <summary>
/// The file system that a stack of layers makes, read with the platform's own tar reader so that it judges ZLayer's
/// tar code from outside. Times are left out.
/// </summary>
public sealed class ImageTree
{
    private const int DefaultDirectoryMode = 0b111_101_101;

    private readonly Node _root = new() { Kind = 'd', Mode = DefaultDirectoryMode };
    private readonly Dictionary<string, string> _contentNames = [];

    /// <summary>Contents that differ from machine to machine are written under a name instead of their digest.</summary>
    public void NameContent(string sha256, string name) => _contentNames[sha256] = name;

    /// <summary>Puts one layer, as a plain tar, on top.</summary>
    public void Apply(Stream layer)
    {
        var entries = new List<(string Path, TarEntry Entry, string? Sha256)>();
        using (var reader = new TarReader(layer, leaveOpen: true))
        {
            while (reader.GetNextEntry() is { } entry)
            {
                if (entry.EntryType is TarEntryType.GlobalExtendedAttributes)
                {
                    continue;
                }

                var sha256 = entry.EntryType is TarEntryType.RegularFile or TarEntryType.V7RegularFile or TarEntryType.ContiguousFile
                    ? Convert.ToHexStringLower(entry.DataStream is null ? SHA256.HashData([]) : SHA256.HashData(entry.DataStream))
                    : null;
                entries.Add((Normalize(entry.Name), entry, sha256));
            }
        }

        foreach (var (path, _, _) in entries)
        {
            ApplyWhiteout(path);
        }

        foreach (var (path, entry, sha256) in entries.Where(e => !Name(e.Path).StartsWith(".wh.", StringComparison.Ordinal)))
        {
            ApplyEntry(path, entry, sha256);
        }
    }

    /// <summary>One line a file, sorted: type, mode, owner, path, and what belongs to the type.</summary>
    public IReadOnlyList<string> Describe()
    {
        var lines = new List<string>();
        var names = new Dictionary<Content, string>();
        var links = new Dictionary<Content, int>();
        Walk(_root, "", (_, node) =>
        {
            if (node.Content is { } content)
            {
                links[content] = links.GetValueOrDefault(content) + 1;
            }
        });
        Walk(_root, "", (path, node) =>
        {
            var line = $"{node.Kind} {Convert.ToString(node.Mode, 8).PadLeft(4, '0')} {node.Uid}:{node.Gid} {Quote(path)}";
            if (node.Kind == 'l')
            {
                line = $"l {node.Uid}:{node.Gid} {Quote(path)} -> {Quote(node.LinkTarget!)}";
            }
            else if (node.Kind is 'c' or 'b')
            {
                line += $" {node.Major},{node.Minor}";
            }
            else if (node.Kind == 'f')
            {
                line += node.Content!.Describe(_contentNames);
            }

            if (node.Content is { } shared && links[shared] > 1 && !names.TryAdd(shared, path))
            {
                line += $" same-as {Quote(names[shared])}";
            }

            foreach (var (key, value) in node.Xattrs)
            {
                line += $" {key}={value}";
            }

            lines.Add(line);
        });
        return lines;
    }

    private static void Walk(Node node, string path, Action<string, Node> visit)
    {
        foreach (var (name, child) in node.Children)
        {
            visit($"{path}/{name}", child);
            Walk(child, $"{path}/{name}", visit);
        }
    }

    private static string Quote(string text) => text.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\n", "\\n", StringComparison.Ordinal);

    private static string Normalize(string path)
        => string.Join('/', path.Split('/').Where(part => part is not ("" or ".")));

    private static string Name(string path) => path[(path.LastIndexOf('/') + 1)..];

    private static string Parent(string path) => path.LastIndexOf('/') is >= 0 and var slash ? path[..slash] : "";

    private void ApplyWhiteout(string path)
    {
        var name = Name(path);
        if (name == ".wh..wh..opq")
        {
            if (Find(Parent(path)) is { } directory)
            {
                directory.Children.Clear();
            }
        }
        else if (name.StartsWith(".wh.", StringComparison.Ordinal) && Find(Parent(path)) is { } parent)
        {
            parent.Children.Remove(name[4..]);
        }
    }

    private void ApplyEntry(string path, TarEntry entry, string? sha256)
    {
        if (path.Length == 0)
        {
            return;
        }

        var parent = Ensure(Parent(path));
        if (entry.EntryType == TarEntryType.HardLink)
        {
            var target = Find(Normalize(entry.LinkName)) ?? throw new InvalidDataException($"hard link {path} to nothing: {entry.LinkName}");
            parent.Children[Name(path)] = target;
            return;
        }

        var kept = entry.EntryType == TarEntryType.Directory && parent.Children.TryGetValue(Name(path), out var old) && old.Kind == 'd' ? old.Children : null;
        parent.Children[Name(path)] = new Node
        {
            Kind = Kind(entry.EntryType),
            Mode = (int)entry.Mode & 0xFFF,
            Uid = (uint)entry.Uid,
            Gid = (uint)entry.Gid,
            LinkTarget = entry.EntryType == TarEntryType.SymbolicLink ? entry.LinkName : null,
            Major = entry is PosixTarEntry posix ? posix.DeviceMajor : 0,
            Minor = entry is PosixTarEntry posix2 ? posix2.DeviceMinor : 0,
            Content = sha256 is null ? null : new Content(sha256, entry.Length),
            Xattrs = Xattrs(entry),
            Children = kept ?? new(StringComparer.Ordinal),
        };
    }

    private static char Kind(TarEntryType type) => type switch
    {
        TarEntryType.Directory => 'd',
        TarEntryType.SymbolicLink => 'l',
        TarEntryType.CharacterDevice => 'c',
        TarEntryType.BlockDevice => 'b',
        TarEntryType.Fifo => 'p',
        TarEntryType.RegularFile or TarEntryType.V7RegularFile or TarEntryType.ContiguousFile => 'f',
        _ => throw new InvalidDataException($"unexpected tar entry type {type}"),
    };

    private static SortedDictionary<string, string> Xattrs(TarEntry entry)
    {
        const string Prefix = "SCHILY.xattr.";
        var result = new SortedDictionary<string, string>(StringComparer.Ordinal);
        if (entry is PaxTarEntry pax)
        {
            foreach (var (key, value) in pax.ExtendedAttributes.Where(a => a.Key.StartsWith(Prefix, StringComparison.Ordinal)))
            {
                result[key[Prefix.Length..]] = value;
            }
        }

        return result;
    }

    private Node? Find(string path)
    {
        var node = _root;
        foreach (var part in path.Split('/', StringSplitOptions.RemoveEmptyEntries))
        {
            if (!node.Children.TryGetValue(part, out node!))
            {
                return null;
            }
        }

        return node;
    }

    private Node Ensure(string path)
    {
        var node = _root;
        foreach (var part in path.Split('/', StringSplitOptions.RemoveEmptyEntries))
        {
            if (!node.Children.TryGetValue(part, out var child) || child.Kind != 'd')
            {
                child = new Node { Kind = 'd', Mode = DefaultDirectoryMode };
                node.Children[part] = child;
            }

            node = child;
        }

        return node;
    }

    private sealed class Node
    {
        public char Kind { get; init; }
        public int Mode { get; init; }
        public uint Uid { get; init; }
        public uint Gid { get; init; }
        public string? LinkTarget { get; init; }
        public int Major { get; init; }
        public int Minor { get; init; }
        public Content? Content { get; init; }
        public SortedDictionary<string, string> Xattrs { get; init; } = new(StringComparer.Ordinal);
        public SortedDictionary<string, Node> Children { get; init; } = new(StringComparer.Ordinal);
    }

    /// <summary>The bytes of a file; hard links share one instance.</summary>
    private sealed class Content(string sha256, long size)
    {
        public string Describe(Dictionary<string, string> names)
            => names.TryGetValue(sha256, out var name) ? $" <{name}>" : $" {size} sha256:{sha256}";
    }
}
