using ZLayer.Core.Errors;
using ZLayer.Core.Layers;

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

    /// <summary>
    /// Deletes a tree, including directories whose own mode forbids it to an ordinary owner. What cannot be deleted stays, alone.
    /// </summary>
    /// <exception cref="ZLayerException">
    /// StorageWriteFailed or AccessDenied: something is left, for example because it is mounted.
    /// </exception>
    public static void Empty(string directory)
    {
        if (OperatingSystem.IsLinux())
        {
            LinuxTree.Remove(directory);
            return;
        }

        try
        {
            Directory.Delete(directory, recursive: true);
        }
        catch (DirectoryNotFoundException)
        {
            // Somebody else emptied it.
        }
    }

    /// <summary>Deletes a tree as far as it can be; what is left of it goes with a later collection.</summary>
    public static void TryEmpty(string directory)
    {
        try
        {
            Empty(directory);
        }
        catch (Exception e) when (e is ZLayerException || StorageErrors.IsFileError(e))
        {
        }
    }

    /// <summary>Whether a name in <c>ingest/</c> is trash.</summary>
    public static bool IsTrash(string name) => name.EndsWith(Suffix, StringComparison.Ordinal);
}
