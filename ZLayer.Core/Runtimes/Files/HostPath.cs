using ZLayer.Core.Errors;
using ZLayer.Core.Foundation.Files;
using ZLayer.Core.Foundation.Linux;

namespace ZLayer.Core.Runtimes.Files;

/// <summary>What a path of this machine leads to.</summary>
internal static unsafe class HostPath
{
    /// <summary>As many as the kernel follows in one path.</summary>
    private const int MaximumLinks = 40;

    /// <summary>
    /// Follows the links at the end of a path: to what is there, or to the place where nothing is yet. Another user's link in a directory like /tmp is refused.
    /// </summary>
    public static string Resolve(string path)
    {
        var resolved = path;
        for (var links = 0; UserFile.IsLink(resolved) && LinkTarget(resolved) is { } target; links++)
        {
            if (links == MaximumLinks)
            {
                throw new ZLayerException(ZLayerErrorKind.InvalidArgument, $"Following the symbolic link '{path}': it leads in a circle.") { Subject = path };
            }

            resolved = Path.IsPathRooted(target) ? target : CopyPath.OnHost(CopyPath.Join(CopyPath.OnHost(resolved).Parent, target)).Full;
        }

        return resolved;
    }

    /// <summary>Whether there is a directory; a link at the end is followed.</summary>
    public static bool IsDirectory(string path)
    {
        if (!OperatingSystem.IsLinux())
        {
            return Directory.Exists(path);
        }

        var directory = LinuxFiles.OpenDirectory(path);
        if (directory < 0)
        {
            // One that may not be read is a directory all the same.
            return SystemCalls.LastError == SystemErrors.AccessDenied && Directory.Exists(path);
        }

        LinuxFiles.Close(directory);
        return true;
    }

    /// <summary>Whether there is anything; a link counts by itself.</summary>
    public static bool Exists(string path)
    {
        if (!OperatingSystem.IsLinux())
        {
            return Path.Exists(path) || new FileInfo(path).LinkTarget is not null;
        }

        fixed (byte* name = LinuxFiles.ToName(path))
        {
            return LinuxFiles.Status(LinuxFiles.CurrentDirectory, name) is not null
                || SystemCalls.LastError is not (SystemErrors.NotFound or SystemErrors.NotDirectory);
        }
    }

    /// <summary>Whether it is a link itself.</summary>
    public static bool IsLink(string path) => LinkTarget(path) is not null;

    private static string? LinkTarget(string path) => OperatingSystem.IsLinux() ? LinuxFiles.ReadLink(path) : new FileInfo(path).LinkTarget;
}
