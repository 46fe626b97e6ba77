using System.IO.Enumeration;
using ZLayer.Core.Errors;

namespace ZLayer.Core.Storage.Remembered;

/// <summary>
/// Lists directories of very many entries without an object for each. What may not be read is an error, never an empty directory.
/// </summary>
internal static class DirectoryNames
{
    private static readonly EnumerationOptions Everything = new() { AttributesToSkip = 0, IgnoreInaccessible = false };
    private static readonly EnumerationOptions Recursive
        = new() { AttributesToSkip = 0, IgnoreInaccessible = false, RecurseSubdirectories = true };

    /// <summary>
    /// What <paramref name="make"/> makes of the entries that <paramref name="includes"/> lets through; nothing where there is no such
    /// directory.
    /// </summary>
    public static List<T> List<T>(
        string directory, FileSystemEnumerable<T>.FindTransform make, FileSystemEnumerable<T>.FindPredicate includes)
        => All<T>(
            () => Directory.Exists(directory)
                ? new FileSystemEnumerable<T>(directory, make, Everything) { ShouldIncludePredicate = includes }
                : []);

    /// <summary>The paths of all files below a directory, relative to it, with '/'.</summary>
    public static List<string> FilesBelow(string directory)
        => All<string>(() => Directory.Exists(directory)
            ? new FileSystemEnumerable<string>(directory, RelativePath, Recursive) { ShouldIncludePredicate = IsFile }
            : []);

    /// <summary>
    /// All that <paramref name="list"/> lists, again from the start where a signal interrupts it: file systems in user space let it, and
    /// the class library calls that an error.
    /// </summary>
    public static List<T> All<T>(Func<IEnumerable<T>> list)
    {
        while (true)
        {
            try
            {
                return [.. list()];
            }
            catch (Exception e) when (StorageErrors.IsFileError(e) && SystemErrors.NumberOf(e) == SystemErrors.Interrupted)
            {
            }
        }
    }

    private static bool IsFile(ref FileSystemEntry entry) => !entry.IsDirectory;

    private static string RelativePath(ref FileSystemEntry entry)
        => entry.Directory.Length == entry.RootDirectory.Length
            ? entry.FileName.ToString()
            : string.Concat(entry.Directory[(entry.RootDirectory.Length + 1)..], "/", entry.FileName)
                .Replace(Path.DirectorySeparatorChar, '/');
}
