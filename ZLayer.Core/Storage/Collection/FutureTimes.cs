namespace ZLayer.Core.Storage;

/// <summary>
/// Times of last use that lie in the future, because the clock was wrong once or was set back since. They say nothing, and would keep what
/// has them from ever becoming old: it counts as used now.
/// </summary>
internal static class FutureTimes
{
    /// <summary>Corrects them for everything that may be removed by its age.</summary>
    public static void Correct(StoreLayout layout)
    {
        var now = layout.UtcNow;
        foreach (var file in Entries(layout).Where(entry => entry.LastWriteTimeUtc > now))
        {
            try
            {
                file.LastWriteTimeUtc = now;
            }
            catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
            {
                // Removed in this instant.
            }
        }
    }

    private static IEnumerable<FileSystemInfo> Entries(StoreLayout layout)
        => ((string[])[layout.References, layout.StepCache, layout.CacheMounts, layout.Layers])
            .Select(directory => new DirectoryInfo(directory)).Where(directory => directory.Exists)
            .SelectMany(directory => directory.EnumerateFileSystemInfos(
                "*",
                new EnumerationOptions { RecurseSubdirectories = true, MaxRecursionDepth = DepthOf(layout, directory), AttributesToSkip = FileAttributes.ReparsePoint }));

    // What is inside of layers and cache mounts belongs to images and steps.
    private static int DepthOf(StoreLayout layout, DirectoryInfo directory)
        => directory.FullName == layout.Layers ? 0 : directory.FullName == layout.CacheMounts ? 1 : 32;
}
