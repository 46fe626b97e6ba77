using ZLayer.Core.Layers;
using ZLayer.Core.Runtimes.Observation;

namespace ZLayer.Testing;

/// <summary>A small file system in memory. Paths are absolute, without a slash at the end; the root is <c>/</c>.</summary>
internal sealed class FakeFileSystem
{
    private const int MaximumLinks = 40;

    private readonly SortedDictionary<string, FakeFile> _files;

    public FakeFileSystem(DateTimeOffset time)
        => _files = new SortedDictionary<string, FakeFile>(StringComparer.Ordinal) { ["/"] = FakeFile.Directory(time) };

    private FakeFileSystem(SortedDictionary<string, FakeFile> files) => _files = files;

    /// <summary>All paths with their files, parents before children.</summary>
    public IEnumerable<KeyValuePair<string, FakeFile>> All => _files;

    public FakeFileSystem Copy() => new(new SortedDictionary<string, FakeFile>(_files, StringComparer.Ordinal));

    /// <summary>The path without <c>.</c>, <c>..</c> and double slashes; it never climbs above the root.</summary>
    public static string Normalize(string path, string directory = "/")
    {
        var parts = new List<string>();
        foreach (var part in (path.StartsWith('/') ? path : directory + "/" + path).Split('/'))
        {
            if (part == "..")
            {
                parts.RemoveRange(Math.Max(0, parts.Count - 1), Math.Min(1, parts.Count));
            }
            else if (part is not ("" or "."))
            {
                parts.Add(part);
            }
        }

        return "/" + string.Join('/', parts);
    }

    public static string ParentOf(string path) => path.LastIndexOf('/') is > 0 and var slash ? path[..slash] : "/";

    public static string NameOf(string path) => path == "/" ? "/" : path[(path.LastIndexOf('/') + 1)..];

    /// <summary>The path with the links in its directories followed, and its last part too if asked; null for a loop.</summary>
    public string? Resolve(string path, bool followLast = true)
    {
        var pending = new Stack<string>(Normalize(path).Split('/', StringSplitOptions.RemoveEmptyEntries).Reverse());
        var resolved = "/";
        for (var links = 0; pending.TryPop(out var part);)
        {
            var next = Normalize(part, resolved);
            if (_files.GetValueOrDefault(next) is { Type: TarEntryType.SymbolicLink, LinkTarget: { } target }
                && (followLast || pending.Count > 0))
            {
                if (++links > MaximumLinks)
                {
                    return null;
                }

                foreach (var step in Normalize(target, resolved).Split('/', StringSplitOptions.RemoveEmptyEntries).Reverse())
                {
                    pending.Push(step);
                }

                resolved = "/";
            }
            else
            {
                resolved = next;
            }
        }

        return resolved;
    }

    public FakeFile? Find(string path, bool followLast = true)
        => Resolve(path, followLast) is { } resolved ? _files.GetValueOrDefault(resolved) : null;

    /// <summary>The names in a directory, in order.</summary>
    public IEnumerable<string> List(string directory)
        => _files.Keys.Where(p => p != "/" && ParentOf(p) == directory).Select(NameOf);

    /// <summary>The path itself and everything below it.</summary>
    public IEnumerable<KeyValuePair<string, FakeFile>> Tree(string path)
        => _files.Where(f => f.Key == path || f.Key.StartsWith(path == "/" ? "/" : path + "/", StringComparison.Ordinal));

    /// <summary>Puts a file in place of whatever is there, with the directories above it.</summary>
    public void Put(string path, FakeFile file)
    {
        for (var parent = ParentOf(path); !_files.ContainsKey(parent) && path != "/"; parent = ParentOf(parent))
        {
            _files[parent] = FakeFile.Directory(file.ModificationTime);
        }

        if (!file.IsDirectory)
        {
            Remove(path);
        }

        _files[path] = file;
    }

    public bool Remove(string path)
    {
        var gone = Tree(path).Select(f => f.Key).ToList();
        gone.ForEach(p => _files.Remove(p));
        return gone.Count > 0;
    }

    /// <summary>What differs from an earlier state, as Docker tells it: a directory in which something changed is modified.</summary>
    public IReadOnlyList<FileChange> ChangesSince(FakeFileSystem earlier, string containerName)
    {
        var kinds = new SortedDictionary<string, FileChangeKind>(StringComparer.Ordinal);
        foreach (var (path, file) in _files)
        {
            if (!earlier._files.TryGetValue(path, out var before))
            {
                kinds[path] = FileChangeKind.Added;
            }
            else if (!ReferenceEquals(before, file) && before != file)
            {
                kinds[path] = FileChangeKind.Modified;
            }
        }

        foreach (var path in earlier._files.Keys.Where(p => !_files.ContainsKey(p) && _files.ContainsKey(ParentOf(p))))
        {
            kinds[path] = FileChangeKind.Deleted;
        }

        foreach (var path in kinds.Keys.ToList())
        {
            for (var parent = ParentOf(path); parent != "/"; parent = ParentOf(parent))
            {
                kinds.TryAdd(parent, FileChangeKind.Modified);
            }
        }

        kinds.Remove("/");
        return [.. kinds.Select(k => new FileChange(k.Value, k.Key, containerName))];
    }
}
