using ZLayer.Core.Dockerfiles;

namespace ZLayer.Core.Builds.Files;

/// <summary>Source patterns of COPY: where wildcards begin, and what they match. <c>*</c> and <c>?</c> stay within a segment.</summary>
internal static class CopyPatterns
{
    /// <summary>Says whether a text has a wildcard that no backslash escapes.</summary>
    public static bool HasWildcards(ReadOnlySpan<char> text)
    {
        for (var i = 0; i < text.Length; i++)
        {
            switch (text[i])
            {
                case '\\':
                    i++;
                    break;
                case '*' or '?' or '[':
                    return true;
            }
        }

        return false;
    }

    /// <summary>Splits a clean path before its first segment that has a wildcard.</summary>
    public static (string Directory, string Pattern) Split(string pattern)
    {
        for (var start = 0; start < pattern.Length;)
        {
            var slash = pattern.IndexOf('/', start);
            var end = slash < 0 ? pattern.Length : slash;
            if (HasWildcards(pattern.AsSpan(start, end - start)))
            {
                return (pattern[..Math.Max(0, start - 1)], pattern[start..]);
            }

            start = end + 1;
        }

        return (pattern, "");
    }

    /// <summary>Finds what matches below a directory, without following links, in ordinal order.</summary>
    /// <returns>Paths from the root of the tree.</returns>
    public static List<string> Match(IFileTree tree, FileNode directory, string pattern)
    {
        var found = new List<string>();
        var segments = pattern.Split('/').Select(s => GlobPattern.Parse(s)).ToArray();
        MatchSegment(tree, directory, segments, 0, found);
        return found;
    }

    private static void MatchSegment(IFileTree tree, FileNode directory, GlobPattern[] segments, int index, List<string> found)
    {
        foreach (var child in tree.List(directory))
        {
            if (!segments[index].IsMatch(child.Name))
            {
                continue;
            }

            if (index == segments.Length - 1)
            {
                found.Add(child.Path);
            }
            else if (child.IsDirectory)
            {
                MatchSegment(tree, child, segments, index + 1, found);
            }
        }
    }
}
