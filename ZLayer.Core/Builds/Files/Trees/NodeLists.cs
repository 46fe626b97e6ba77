namespace ZLayer.Core.Builds.Files;

/// <summary>Lists of siblings in ordinal order of their names.</summary>
internal static class NodeLists
{
    /// <summary>Sorts siblings below a directory.</summary>
    public static FileNode[] Sort(List<FileNode> nodes, string directory)
    {
        var sorted = nodes.ToArray();
        var skip = directory.Length == 0 ? 0 : directory.Length + 1;
        Array.Sort(sorted, (a, b) => a.Path.AsSpan(skip).SequenceCompareTo(b.Path.AsSpan(skip)));
        return sorted;
    }

    /// <summary>Finds a sibling by its whole path.</summary>
    public static FileNode? Find(ReadOnlySpan<FileNode> siblings, ReadOnlySpan<char> path)
    {
        int low = 0, high = siblings.Length - 1;
        while (low <= high)
        {
            var middle = (low + high) / 2;
            var order = siblings[middle].Path.AsSpan().SequenceCompareTo(path);
            if (order == 0)
            {
                return siblings[middle];
            }

            (low, high) = order < 0 ? (middle + 1, high) : (low, middle - 1);
        }

        return null;
    }

    /// <summary>Walks from a root to a path through lists of children; links and files on the way end the walk.</summary>
    public static FileNode? Walk(FileNode root, string path, Func<FileNode, FileNode[]> list)
    {
        var node = root;
        for (var start = 0; start < path.Length;)
        {
            if (!node.IsDirectory)
            {
                return null;
            }

            var slash = path.IndexOf('/', start);
            var end = slash < 0 ? path.Length : slash;
            if (Find(list(node), path.AsSpan(0, end)) is not { } child)
            {
                return null;
            }

            node = child;
            start = end + 1;
        }

        return node;
    }

    /// <summary>Reads a directory and everything below, a level at a time and the directories of a level in parallel.</summary>
    public static void Prefetch(FileNode directory, Func<FileNode, FileNode[]> list, CancellationToken cancellationToken)
    {
        const int WorthSharing = 8;
        var level = new List<FileNode> { directory };
        var options = new ParallelOptions { CancellationToken = cancellationToken, MaxDegreeOfParallelism = Environment.ProcessorCount };
        while (level.Count > 0)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var lists = new FileNode[level.Count][];
            if (level.Count < WorthSharing || options.MaxDegreeOfParallelism == 1)
            {
                for (var i = 0; i < lists.Length; i++)
                {
                    lists[i] = list(level[i]);
                }
            }
            else
            {
                RunParallel(level, lists, list, options);
            }

            level = [.. lists.SelectMany(l => l).Where(n => n.IsDirectory)];
        }
    }

    private static void RunParallel(List<FileNode> level, FileNode[][] lists, Func<FileNode, FileNode[]> list, ParallelOptions options)
    {
        try
        {
            Parallel.For(0, lists.Length, options, i => lists[i] = list(level[i]));
        }
        catch (AggregateException e) when (e.InnerExceptions[0] is Errors.ZLayerException or OperationCanceledException)
        {
            System.Runtime.ExceptionServices.ExceptionDispatchInfo.Throw(e.InnerExceptions[0]);
        }
    }
}
