namespace ZLayer.Core;

/// <summary>Looks for the OCI runtimes of the machine without starting them.</summary>
internal static class NativeRuntimes
{
    private static readonly string[] Names = ["crun", "runc", "youki"];
    private static readonly string[] SystemDirectories = ["/usr/local/sbin", "/usr/local/bin", "/usr/sbin", "/usr/bin", "/sbin", "/bin"];

    /// <summary>The names of those that are installed, separated by '/'; null when there is none.</summary>
    public static string? Find(ZLayerEngineOptions options)
    {
        var wanted = options.OciRuntime is { } one ? [one] : Names;
        var directories = (options.Environment.GetValueOrDefault("PATH") ?? "").Split(':', StringSplitOptions.RemoveEmptyEntries)
            .Concat(SystemDirectories);
        var found = wanted.Where(n => directories.Any(d => File.Exists(Path.Combine(d, n)))).ToList();
        return found.Count == 0 ? null : string.Join('/', found);
    }
}
