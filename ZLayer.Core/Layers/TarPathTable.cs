using System.Diagnostics.CodeAnalysis;

namespace ZLayer.Core.Layers;

/// <summary>
/// What a tar stream leaves behind when its entries are extracted one after the other: of several entries of a path the last one, without what an
/// entry that replaced a directory, or the parent that a later entry implies, took away.
/// </summary>
internal sealed class TarPathTable<T>
{
    private readonly Dictionary<string, (T Value, bool IsDirectory)> _entries = new(StringComparer.Ordinal);
    private readonly HashSet<string> _parents = new(StringComparer.Ordinal);

    /// <summary>The paths with what is there.</summary>
    public IEnumerable<KeyValuePair<string, T>> Entries => _entries.Select(entry => KeyValuePair.Create(entry.Key, entry.Value.Value));

    /// <summary>Puts what an entry says in the place of what is there.</summary>
    public void Put(string path, bool isDirectory, T value)
    {
        for (var parent = ParentOf(path); parent is not null; parent = ParentOf(parent))
        {
            if (_entries.TryGetValue(parent, out var above) && !above.IsDirectory)
            {
                _entries.Remove(parent);
            }

            if (!_parents.Add(parent))
            {
                break; // What is above was looked at when this parent came, and Put keeps it so.
            }
        }

        if (!isDirectory && _parents.Contains(path))
        {
            RemoveBelow(path);
        }

        _entries[path] = (value, isDirectory);
    }

    /// <summary>Finds what is at a path now.</summary>
    public bool TryGet(string path, [MaybeNullWhen(false)] out T value)
    {
        var found = _entries.TryGetValue(path, out var entry);
        value = entry.Value;
        return found;
    }

    /// <summary>Changes what is said of a path without another entry.</summary>
    public void Update(string path, T value) => _entries[path] = (value, _entries[path].IsDirectory);

    private void RemoveBelow(string path)
    {
        var prefix = path + "/";
        foreach (var below in _entries.Keys.Where(key => key.StartsWith(prefix, StringComparison.Ordinal)).ToList())
        {
            _entries.Remove(below);
        }

        _parents.RemoveWhere(parent => parent == path || parent.StartsWith(prefix, StringComparison.Ordinal));
    }

    private static string? ParentOf(string path)
    {
        var slash = path.LastIndexOf('/');
        return slash < 0 ? null : path[..slash];
    }
}
