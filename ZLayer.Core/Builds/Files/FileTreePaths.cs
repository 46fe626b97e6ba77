namespace ZLayer.Core.Builds.Files;

/// <summary>Paths within a tree: cleaning them, and resolving links without leaving the root.</summary>
public static class FileTreePaths
{
    /// <summary>Makes a path clean: without empty segments, <c>.</c> and leading or trailing <c>/</c>; <c>..</c> stops at the root.</summary>
    public static string Clean(string path) => throw new NotImplementedException();

    /// <summary>
    /// Resolves the links of a path as a process would whose root directory is the tree's root. Segments that do not exist stay as they are.
    /// </summary>
    /// <param name="tree">The tree; null for an empty one.</param>
    /// <param name="path">A path; <c>..</c> counts after links are resolved.</param>
    /// <param name="followLast">False to leave the last segment as it is when it is a link.</param>
    /// <returns>The clean path without links.</returns>
    /// <exception cref="Errors.ZLayerException">BuildStepInvalid: more than 255 links, as in a loop.</exception>
    public static string Resolve(IFileTree? tree, string path, bool followLast = true) => throw new NotImplementedException();
}
