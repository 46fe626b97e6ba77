namespace ZLayer.Core.Tests;

/// <summary>The repository that the tests were built in: rules are read off its source, programs are run out of it.</summary>
internal static class Repository
{
    /// <summary>Its directory.</summary>
    public static string Root { get; } = Find();

    /// <summary>The source of a project or a part of it, each file with its path in the repository. Nothing that a build wrote.</summary>
    /// <param name="directory">The directory, in the repository.</param>
    public static IEnumerable<(string Path, string Text)> SourceOf(string directory)
        => Directory.EnumerateFiles(Path.Combine(Root, directory), "*.cs", SearchOption.AllDirectories)
            .Select(file => Path.GetRelativePath(Root, file))
            .Where(file => !file.Split(Path.DirectorySeparatorChar).Any(part => part is "obj" or "bin"))
            .Select(file => (file, File.ReadAllText(Path.Combine(Root, file))));

    private static string Find()
    {
        var directory = AppContext.BaseDirectory;
        while (!File.Exists(Path.Combine(directory, "ZLayer.sln")))
        {
            directory = Path.GetDirectoryName(directory)!;
        }

        return directory;
    }
}
