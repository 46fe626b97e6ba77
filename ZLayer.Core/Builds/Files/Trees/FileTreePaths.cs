using ZLayer.Core.Errors;

namespace ZLayer.Core.Builds.Files;

/// <summary>Paths within a tree: cleaning them, and resolving links without leaving the root.</summary>
internal static class FileTreePaths
{
    private const int MaximumLinks = 255;

    /// <summary>
    /// Makes a path clean: without empty segments, <c>.</c> and leading or trailing <c>/</c>; <c>..</c> stops at the root.
    /// </summary>
    /// <param name="path">Any path with <c>/</c>.</param>
    public static string Clean(string path)
    {
        ArgumentNullException.ThrowIfNull(path);
        if (IsClean(path))
        {
            return path;
        }

        var segments = new List<string>();
        foreach (var segment in path.Split('/'))
        {
            if (segment == "..")
            {
                if (segments.Count > 0)
                {
                    segments.RemoveAt(segments.Count - 1);
                }
            }
            else if (segment is not ("" or "."))
            {
                segments.Add(segment);
            }
        }

        return string.Join('/', segments);
    }

    /// <summary>Joins clean paths.</summary>
    /// <param name="directory">A clean path; empty for the root.</param>
    /// <param name="name">A clean path below it; empty for the directory itself.</param>
    public static string Join(string directory, string name)
        => directory.Length == 0 ? name : name.Length == 0 ? directory : $"{directory}/{name}";

    /// <summary>The directory that a clean path lies in; empty for what lies in the root and for the root itself.</summary>
    /// <param name="path">A clean path.</param>
    public static string Parent(string path) => path[..Math.Max(0, path.LastIndexOf('/'))];

    /// <summary>
    /// Resolves the links of a path as a process would whose root directory is the tree's root. Segments that do not exist stay as they
    /// are.
    /// </summary>
    /// <param name="tree">The tree; null for an empty one.</param>
    /// <param name="path">A path; <c>..</c> counts after links are resolved.</param>
    /// <param name="followLast">False to leave the last segment as it is when it is a link.</param>
    /// <returns>The clean path without links.</returns>
    /// <exception cref="ZLayerException">BuildStepInvalid: more than 255 links, as in a loop.</exception>
    public static string Resolve(IFileTree? tree, string path, bool followLast = true)
        => Resolve(p => tree?.Find(p)?.LinkTarget, path, followLast);

    internal static string Resolve(Func<string, string?> readLink, string path, bool followLast)
    {
        var pending = new Stack<string>();
        Push(pending, path);
        var resolved = "";
        var links = 0;
        while (pending.TryPop(out var segment))
        {
            if (segment == "..")
            {
                resolved = Parent(resolved);
                continue;
            }

            var next = Join(resolved, segment);
            if ((pending.Count == 0 && !followLast) || readLink(next) is not { } target)
            {
                resolved = next;
                continue;
            }

            if (++links > MaximumLinks)
            {
                throw new ZLayerException(
                    ZLayerErrorKind.BuildStepInvalid, $"Resolving '{path}': too many links; '{next}' is part of a loop.")
                {
                    Subject = path,
                };
            }

            if (target.StartsWith('/'))
            {
                resolved = "";
            }

            Push(pending, target);
        }

        return resolved;
    }

    private static void Push(Stack<string> pending, string path)
    {
        var segments = path.Split('/');
        for (var i = segments.Length - 1; i >= 0; i--)
        {
            if (segments[i] is not ("" or "."))
            {
                pending.Push(segments[i]);
            }
        }
    }

    private static bool IsClean(string path)
    {
        for (var start = 0; start <= path.Length;)
        {
            var slash = path.IndexOf('/', start);
            var end = slash < 0 ? path.Length : slash;
            var segment = path.AsSpan(start, end - start);
            if (segment is "." or ".." || (segment.IsEmpty && path.Length > 0))
            {
                return false;
            }

            start = end + 1;
        }

        return true;
    }
}
