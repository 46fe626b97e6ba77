using ZLayer.Core.Foundation.Linux;
using ZLayer.Core.Layers;

namespace ZLayer.Core.Storage;

/// <summary>Measures directories.</summary>
internal static class DiskUsage
{
    private static readonly EnumerationOptions Everything = new()
    {
        RecurseSubdirectories = true,
        AttributesToSkip = 0,
        IgnoreInaccessible = true,
    };

    /// <summary>
    /// The sum of the lengths of the regular files below a directory, symbolic links not followed; 0 when it does not exist.
    /// </summary>
    public static long Of(string directory) => OperatingSystem.IsLinux() ? Measure(directory) : Enumerate(directory);

    private static long Measure(string path)
    {
        var directory = LinuxFiles.OpenDirectory(path);
        if (directory < 0)
        {
            return 0;
        }

        try
        {
            return LinuxTree.Measure(directory, path);
        }
        finally
        {
            LinuxFiles.Close(directory);
        }
    }

    private static long Enumerate(string directory)
    {
        try
        {
            return new DirectoryInfo(directory).EnumerateFiles("*", Everything).Where(file => file.LinkTarget is null).Sum(LengthOf);
        }
        catch (DirectoryNotFoundException)
        {
            return 0;
        }
    }

    private static long LengthOf(FileInfo file)
    {
        try
        {
            return file.Length;
        }
        catch (FileNotFoundException)
        {
            return 0;
        }
    }
}
