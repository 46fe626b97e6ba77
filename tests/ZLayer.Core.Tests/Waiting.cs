namespace ZLayer.Core.Tests;

/// <summary>Operations that are to wait for something that does not come.</summary>
internal static class Waiting
{
    // Long enough to get there; an operation that does not wait has ended by then.
    private static readonly TimeSpan Delay = TimeSpan.FromMilliseconds(200);

    /// <summary>Lets an operation get to where it waits, and makes sure that it does: to cancel one that has not begun shows nothing.</summary>
    public static async Task RequireAsync(Task operation)
    {
        await Task.Delay(Delay);
        Assert.False(operation.IsCompleted, $"It does not wait: {operation.Status} {operation.Exception?.InnerException}");
    }

    /// <summary>Waits for what comes soon.</summary>
    public static async Task UntilAsync(Func<bool> condition)
    {
        for (var waited = 0; !condition(); waited += 20)
        {
            Assert.True(waited < 20_000, "It does not come.");
            await Task.Delay(20);
        }
    }

    /// <summary>The length of all files below a directory in which another process writes, renames and removes.</summary>
    public static long LengthBelow(string directory)
        => !Directory.Exists(directory) ? 0
            : new DirectoryInfo(directory).EnumerateFiles("*", new EnumerationOptions { RecurseSubdirectories = true }).Sum(Length);

    /// <summary>The length of the longest file of a directory in which another process writes, renames and removes.</summary>
    public static long LongestFile(string directory, string pattern = "*")
        => !Directory.Exists(directory) ? 0 : new DirectoryInfo(directory).EnumerateFiles(pattern).Select(Length).DefaultIfEmpty().Max();

    private static long Length(FileInfo file)
    {
        try
        {
            return file.Length;
        }
        catch (FileNotFoundException)
        {
            return 0; // It has got its final name since it was listed.
        }
    }
}
