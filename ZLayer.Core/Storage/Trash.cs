namespace ZLayer.Core.Storage;

/// <summary>Removes directories in two steps: a rename takes the name away at once, deleting the tree takes its time.</summary>
internal static class Trash
{
    private const string Suffix = ".trash";

    /// <summary>Takes a directory's name away; null when it does not exist. The result is deleted with <see cref="Empty"/>.</summary>
    public static string? Take(StoreLayout layout, string directory)
    {
        var destination = Path.Combine(layout.Ingest, $"{Guid.NewGuid():N}{Suffix}");
        try
        {
            Directory.Move(directory, destination);
            return destination;
        }
        catch (DirectoryNotFoundException)
        {
            return null;
        }
    }

    /// <summary>Takes a directory's name away and deletes it.</summary>
    public static void Discard(StoreLayout layout, string directory)
    {
        if (Take(layout, directory) is { } taken)
        {
            Empty(taken);
        }
    }

    /// <summary>Deletes a tree, including directories whose own mode forbids it to an ordinary owner.</summary>
    public static void Empty(string directory)
    {
        try
        {
            Directory.Delete(directory, recursive: true);
        }
        catch (UnauthorizedAccessException) when (!OperatingSystem.IsWindows())
        {
            MakeWritable(directory);
            Directory.Delete(directory, recursive: true);
        }
        catch (DirectoryNotFoundException)
        {
            // Somebody else emptied it.
        }
    }

    /// <summary>Whether a name in <c>ingest/</c> is trash.</summary>
    public static bool IsTrash(string name) => name.EndsWith(Suffix, StringComparison.Ordinal);

    [System.Runtime.Versioning.UnsupportedOSPlatform("windows")]
    private static void MakeWritable(string directory)
    {
        File.SetUnixFileMode(directory, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        foreach (var child in new DirectoryInfo(directory).EnumerateDirectories())
        {
            if (child.LinkTarget is null)
            {
                MakeWritable(child.FullName);
            }
        }
    }
}
