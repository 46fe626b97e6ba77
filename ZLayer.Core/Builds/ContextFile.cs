using Microsoft.Win32.SafeHandles;
using ZLayer.Core.Dockerfiles;
using ZLayer.Core.Errors;
using ZLayer.Core.Foundation.Files;
using ZLayer.Core.Foundation.Linux;

namespace ZLayer.Core.Builds;

/// <summary>
/// Reads the files that say how to build. In a context, which strangers may have written, one is a regular file of the context, or a link
/// to one: a link to somewhere else would show what it leads to in errors, and a pipe or device would never end. What the caller names
/// outside of the context is the caller's.
/// </summary>
internal static class ContextFile
{
    /// <summary>Reads a file.</summary>
    /// <param name="context">The context directory; null when there is none.</param>
    /// <param name="path">The absolute path of the file.</param>
    /// <param name="cancellationToken">Ends the wait for whoever writes to it, where the caller named a pipe.</param>
    /// <exception cref="ZLayerException">InvalidArgument: the file leads out of the context, is no regular file, or is too big.</exception>
    /// <exception cref="IOException">It cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">It may not be read.</exception>
    public static byte[] Read(string? context, string path, CancellationToken cancellationToken = default)
    {
        try
        {
            if (context is null || !IsBelow(context, path, out var relative) || !OperatingSystem.IsLinux())
            {
                return BoundedFile.Read(path, DockerfileLimits.FileSize, cancellationToken);
            }

            using var file = new FileStream(Open(context, relative, path), FileAccess.Read, bufferSize: 0);
            return BoundedFile.Read(file, path, DockerfileLimits.FileSize);
        }
        catch (FileTooLongException)
        {
            throw Refuse(path, $"it is larger than {DockerfileLimits.FileSize} bytes", "Check that it is the right file.");
        }
    }

    private static bool IsBelow(string context, string path, out string relative)
    {
        relative = Path.GetRelativePath(context, path);
        return !Path.IsPathRooted(relative) && relative != ".." && !relative.StartsWith("../", StringComparison.Ordinal);
    }

    private static unsafe SafeFileHandle Open(string context, string relative, string path)
    {
        var root = LinuxFiles.OpenDirectory(context);
        if (root < 0)
        {
            throw new DirectoryNotFoundException($"Could not find the directory '{context}'.");
        }

        int descriptor;
        try
        {
            fixed (byte* name = LinuxFiles.ToName(relative))
            {
                descriptor = LinuxFiles.OpenBeneath(root, name, LinuxFiles.OpenReadOnly | LinuxFiles.OpenNonBlocking, followsLinks: true);
            }
        }
        finally
        {
            LinuxFiles.Close(root);
        }

        if (descriptor < 0)
        {
            throw SystemCalls.LastError switch
            {
                SystemErrors.OtherDevice or SystemErrors.TooManyLinks
                    => Refuse(
                        path, "it is a symbolic link that leads out of the build context", $"Name the file that it leads to with {DoorWords.Of("--file", "-File")}, or copy it into the context."),
                SystemErrors.AccessDenied or SystemErrors.NotPermitted => new UnauthorizedAccessException(
                    $"Access to the path '{path}' is denied."),
                SystemErrors.NotFound or SystemErrors.NotDirectory => new FileNotFoundException($"Could not find file '{path}'.", path),
                var error => new IOException($"{SystemErrors.Describe(error)}: '{path}'", error),
            };
        }

        var file = new SafeFileHandle(descriptor, ownsHandle: true);
        if (LinuxFiles.Status(descriptor) is { Type: LinuxFileStatus.RegularFile })
        {
            return file;
        }

        file.Dispose();
        throw Refuse(
            path, "it is not a regular file", $"Name a file with {DoorWords.Of("--file", "-File")}, or give the text: {DoorWords.Of("on standard input", "-Definition")}.");
    }

    private static ZLayerException Refuse(string path, string reason, string advice)
        => new(ZLayerErrorKind.InvalidArgument, $"Cannot read '{path}': {reason}.") { Subject = path, Advice = advice };
}
