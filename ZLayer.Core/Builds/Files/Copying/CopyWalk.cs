using ZLayer.Core.Dockerfiles;

namespace ZLayer.Core.Builds.Files;

/// <summary>
/// Walks one match of a source, with what <c>--parents</c> includes and <c>--exclude</c> leaves out; both are relative to the match.
/// </summary>
internal sealed class CopyWalk(
    IFileTree tree, FileNode root, GlobPattern? include, IgnoreFile? excludes, CancellationToken cancellationToken)
{
    private readonly List<CopyItem> _items = [];

    /// <summary>Collects the match and what is below it.</summary>
    public CopyItem[] Collect()
    {
        // The match itself is never tested: patterns say what of a directory is copied (as BuildKit does).
        _items.Add(new CopyItem(root, -1, OnlyAsParent: false));
        if (root.IsDirectory)
        {
            Descend(root, 0);
        }

        return [.. _items];
    }

    private void Descend(FileNode directory, int index)
    {
        cancellationToken.ThrowIfCancellationRequested();
        var children = tree.List(directory);
        for (var i = 0; i < children.Count; i++)
        {
            var child = children[i];
            var mark = _items.Count;
            if (include is null && excludes is null)
            {
                _items.Add(new CopyItem(child, index, OnlyAsParent: false));
                if (child.IsDirectory)
                {
                    Descend(child, mark);
                }
            }
            else
            {
                AddTested(child, index);
            }
        }
    }

    private void AddTested(FileNode child, int index)
    {
        var path = root.Path.Length == 0 ? child.Path : child.Path[(root.Path.Length + 1)..];
        var excluded = excludes is not null && excludes.Match(path).Excluded;
        var wanted = !excluded && (include is null || include.IsMatchOrParent(path));
        if (!child.IsDirectory)
        {
            if (wanted)
            {
                _items.Add(new CopyItem(child, index, OnlyAsParent: false));
            }

            return;
        }

        var mark = _items.Count;
        _items.Add(new CopyItem(child, index, OnlyAsParent: !wanted));
        if (wanted || MayHoldWanted(path, excluded))
        {
            Descend(child, mark);
        }

        if (!wanted && _items.Count == mark + 1)
        {
            _items.RemoveAt(mark);
        }
    }

    private bool MayHoldWanted(string path, bool excluded)
        => (!excluded || excludes!.MayContainIncluded(path))
            && (include is null || include.IsMatchOrParent(path) || include.MayMatchBelow(path));
}
