namespace ZLayer.PowerShell.Commands;

/// <summary>Where the Dockerfile of a context is when nobody says.</summary>
internal static class DockerfileLocation
{
    private static readonly string[] Names = ["Dockerfile", "Containerfile", "ZImagefile"];

    /// <summary>The path of the first that exists; null when there is none.</summary>
    public static string? Find(string context) => Names.Select(name => Path.Combine(context, name)).FirstOrDefault(File.Exists);
}
