namespace ZLayer.Core.Runtimes.Files;

/// <summary>
/// Paths as docker cp reads them: a separator at the end says "a directory", <c>/.</c> at the end says "what is in it", and both survive
/// the cleaning of the rest.
/// </summary>
/// <param name="Parent">The directory that holds it: absolute and clean.</param>
/// <param name="Name">Its last name; empty for the root.</param>
/// <param name="IsContents">Whether it ends with <c>/.</c> or is the root: what is in the directory is meant.</param>
/// <param name="IsDirectory">Whether it ends with a separator or <c>/.</c>: nothing but a directory can be meant.</param>
internal readonly record struct CopyPath(string Parent, string Name, bool IsContents, bool IsDirectory)
{
    /// <summary>The path without what its end says.</summary>
    public string Full => Name.Length == 0 ? Parent : Join(Parent, Name);

    /// <summary>A path in a container: relative ones start at its root.</summary>
    public static CopyPath InContainer(string path) => Split("/", path.Split('/'));

    /// <summary>An absolute path of this machine, with its own separators.</summary>
    public static CopyPath OnHost(string path)
    {
        var root = Path.GetPathRoot(path)!;
        return Split(root, path[root.Length..].Split(Path.DirectorySeparatorChar, Path.AltDirectorySeparatorChar));
    }

    /// <summary>A path below a directory, in the directory's own notation.</summary>
    public static string Join(string directory, string name)
        => directory.EndsWith('/') || directory.EndsWith(Path.DirectorySeparatorChar) ? directory + name
            : directory + (directory.StartsWith('/') ? '/' : Path.DirectorySeparatorChar) + name;

    private static CopyPath Split(string root, string[] components)
    {
        var names = new List<string>();
        foreach (var component in components)
        {
            if (component == "..")
            {
                names.RemoveRange(Math.Max(0, names.Count - 1), Math.Min(1, names.Count));
            }
            else if (component is not ("" or "."))
            {
                names.Add(component);
            }
        }

        var isContents = components[^1] == "." || names.Count == 0;
        var isDirectory = isContents || components[^1].Length == 0 || components[^1] == "..";
        var parent = names.SkipLast(1).Aggregate(root, Join);
        return new CopyPath(parent, names.Count == 0 ? "" : names[^1], isContents, isDirectory);
    }
}
