namespace ZLayer.Core.Tests.Faults;

/// <summary>A file system in memory that is soon full.</summary>
internal sealed class SmallDisk : IDisposable
{
    private SmallDisk(string path) => Path = path;

    public static bool CanMount => OperatingSystem.IsLinux() && Environment.UserName == "root" && Tests.Layers.Program.Exists("mount");

    public static string WhyNot => "needs root to mount a file system in memory";

    public string Path { get; }

    public static SmallDisk Mount(string path, int megabytes)
    {
        Skip.IfNot(CanMount, WhyNot);
        Directory.CreateDirectory(path);
        Skip.IfNot(
            Tests.Layers.Program.TryRun("mount", ["-t", "tmpfs", "-o", $"size={megabytes}m,mode=0755", "zlayer-test", path], out var output),
            "a file system in memory cannot be mounted: " + output);
        return new SmallDisk(path);
    }

    /// <summary>Takes all space but some bytes.</summary>
    public void FillUpTo(long freeBytes)
    {
        using var file = new FileStream(System.IO.Path.Combine(Path, "ballast"), FileMode.Create);
        var block = new byte[64 * 1024];
        while (new DriveInfo(Path).AvailableFreeSpace - freeBytes is > 0 and var rest)
        {
            file.Write(block, 0, (int)Math.Min(rest, block.Length));
            file.Flush();
        }
    }

    public void Free() => File.Delete(System.IO.Path.Combine(Path, "ballast"));

    public void Dispose() => Tests.Layers.Program.TryRun("umount", ["-l", Path], out _);
}
