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

    /// <summary>The sum of the lengths of the regular files below a directory, symbolic links not followed; 0 when it does not exist.</summary>
    public static long Of(string directory)
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
