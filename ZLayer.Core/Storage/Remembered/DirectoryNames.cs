using System.IO.Enumeration;

namespace ZLayer.Core.Storage.Remembered;

/// <summary>Lists directories of very many entries without an object for each. What may not be read is an error, never an empty directory.</summary>
internal static class DirectoryNames
{
    private static readonly EnumerationOptions Everything = new() { AttributesToSkip = 0, IgnoreInaccessible = false };
    private static readonly EnumerationOptions Recursive = new() { AttributesToSkip = 0, IgnoreInaccessible = false, RecurseSubdirectories = true };

    /// <summary>What <paramref name="make"/> makes of the entries that <paramref name="includes"/> lets through; nothing where there is no such directory.</summary>
    public static IEnumerable<T> List<T>(
        string directory, FileSystemEnumerable<T>.FindTransform make, FileSystemEnumerable<T>.FindPredicate includes)
        => Directory.Exists(directory) ? new FileSystemEnumerable<T>(directory, make, Everything) { ShouldIncludePredicate = includes } : [];

    /// <summary>The paths of all files below a directory, relative to it, with '/'.</summary>
    public static IEnumerable<string> FilesBelow(string directory)
        => Directory.Exists(directory)
            ? new FileSystemEnumerable<string>(directory, RelativePath, Recursive) { ShouldIncludePredicate = IsFile }
            : [];

    private static bool IsFile(ref FileSystemEntry entry) => !entry.IsDirectory;

    private static string RelativePath(ref FileSystemEntry entry)
        => entry.Directory.Length == entry.RootDirectory.Length
            ? entry.FileName.ToString()
            : string.Concat(entry.Directory[(entry.RootDirectory.Length + 1)..], "/", entry.FileName).Replace(Path.DirectorySeparatorChar, '/');
}
