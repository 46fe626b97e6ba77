using ZLayer.Core.Errors;
using ZLayer.Core.Foundation.Files;
using ZLayer.Core.Foundation.Linux;

namespace ZLayer.Core.Runtimes.Files;

/// <summary>What a path of this machine leads to.</summary>
internal static unsafe class HostPath
{
    /// <summary>
    /// Follows the links at the end of a path: to what is there, or to the place where nothing is yet. Another user's link in a directory
    /// like /tmp is refused.
    /// </summary>
    public static string Resolve(string path)
        => UserFile.Follow(path)
            ?? throw new ZLayerException(ZLayerErrorKind.InvalidArgument, $"Following the symbolic link '{path}': it leads in a circle.")
            {
                Subject = path,
            };

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
    public static bool IsLink(string path) => UserFile.LinkTarget(path) is not null;
}
