using Microsoft.Win32.SafeHandles;
using ZLayer.Core.Errors;
using ZLayer.Core.Foundation.Linux;

namespace ZLayer.Core.Foundation.Files;

/// <summary>
/// Open files as the class library holds them, but opened without its own advisory lock, locked by flock(2), and written to the disk
/// without their metadata. Linux, but for <see cref="Flush"/>.
/// </summary>
internal static class FileHandles
{
    public const int ReadOnly = LinuxFiles.OpenReadOnly;
    public const int ReadWrite = LinuxFiles.OpenReadWrite;
    public const int Create = LinuxFiles.OpenCreate;
    public const int Exclusive = LinuxFiles.OpenExclusive;
    public const int Append = LinuxFiles.OpenAppend;

    private const int LockShared = 1;
    private const int LockExclusive = 2;
    private const int LockNonBlocking = 4;

    /// <summary>Opens a file or directory, close-on-exec. The caller sees the errno as an <see cref="IOException"/>.</summary>
    public static SafeFileHandle OpenFile(string path, int flags, UnixFileMode mode = UnixFileMode.None)
    {
        var descriptor = SystemCalls.Open(path, flags | LinuxFiles.OpenCloseOnExec, (uint)mode);
        return descriptor >= 0 ? new SafeFileHandle(descriptor, ownsHandle: true) : throw Failure(path);
    }

    /// <summary>Takes an flock(2) lock without waiting; false when somebody else holds it.</summary>
    public static bool TryLock(SafeFileHandle file, bool shared, string path)
    {
        var result = SystemCalls.Lock(file, (shared ? LockShared : LockExclusive) | LockNonBlocking);
        return result == 0 || (SystemCalls.LastError == SystemErrors.TryAgain ? false : throw Failure(path));
    }

    /// <summary>Whether a path still names the open file: a lock on a deleted, renamed or replaced file protects nothing.</summary>
    public static bool IsNamed(SafeFileHandle file, string path)
    {
        using var held = new HeldDescriptor(file);
        var open = LinuxFiles.Status(held.Number) ?? throw Failure(path);

        // Only a name that is gone is no name: who asks tries again until there is one, for ever if the disk cannot be read.
        return LinuxFiles.Status(path, follow: true) is { } named
            ? open.Inode == named.Inode && open.FileSystem == named.FileSystem
            : SystemCalls.LastError is SystemErrors.NotFound or SystemErrors.NotDirectory ? false : throw Failure(path);
    }

    /// <summary>Writes a file to the disk. The class library does so, too, but says nothing when the disk refuses.</summary>
    public static void Flush(FileStream stream)
    {
        if (OperatingSystem.IsLinux())
        {
            stream.Flush();
            FlushData(stream.SafeFileHandle, stream.Name);
        }
        else
        {
            stream.Flush(flushToDisk: true);
        }
    }

    /// <summary>Writes an open file's data to the disk.</summary>
    public static void FlushData(SafeFileHandle file, string path) => Require(SystemCalls.FlushData(file), path);

    /// <summary>Writes everything of the file system that holds the open file to the disk.</summary>
    public static void FlushFileSystem(SafeFileHandle file, string path) => Require(SystemCalls.FlushFileSystem(file), path);

    private static void Require(int result, string path)
    {
        if (result != 0)
        {
            throw Failure(path);
        }
    }

    private static IOException Failure(string path)
    {
        var errno = SystemCalls.LastError;
        var message = $"{SystemErrors.Describe(errno)}: '{path}'";
        return errno == SystemErrors.NotFound ? new FileNotFoundException(message, path) : new IOException(message, errno);
    }
}
