using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;
using ZLayer.Core.Errors;

namespace ZLayer.Core.Storage;

/// <summary>
/// The system calls of Linux that the store needs and the class library does not offer: opening without the library's own advisory lock,
/// flock(2), and flushing without metadata.
/// </summary>
internal static unsafe partial class StorageNative
{
    public const int ReadOnly = 0;
    public const int ReadWrite = 2;
    public const int Create = 0x40;
    public const int Exclusive = 0x80;
    public const int Append = 0x400;

    private const int CloseOnExec = 0x80000;
    private const int LockShared = 1;
    private const int LockExclusive = 2;
    private const int LockNonBlocking = 4;
    private const int LockRelease = 8;
    private const int AtEmptyPath = 0x1000;
    private const int AtCurrentDirectory = -100;
    private const uint StatxInode = 0x100;

    /// <summary>Opens a file or directory, close-on-exec. The caller sees the errno as an <see cref="IOException"/>.</summary>
    public static SafeFileHandle OpenFile(string path, int flags, UnixFileMode mode = UnixFileMode.None)
    {
        int descriptor;
        while (SystemErrors.WasInterrupted(descriptor = Open(path, flags | CloseOnExec, (uint)mode)))
        {
        }

        return descriptor >= 0 ? new SafeFileHandle(descriptor, ownsHandle: true) : throw Failure(path);
    }

    /// <summary>Takes an flock(2) lock without waiting; false when somebody else holds it.</summary>
    public static bool TryLock(SafeFileHandle file, bool shared, string path)
    {
        int result;
        while (SystemErrors.WasInterrupted(result = Flock(file, (shared ? LockShared : LockExclusive) | LockNonBlocking)))
        {
        }

        return result == 0 || (Marshal.GetLastPInvokeError() == SystemErrors.TryAgain ? false : throw Failure(path));
    }

    /// <summary>Gives up an flock(2) lock.</summary>
    public static void Unlock(SafeFileHandle file) => _ = Flock(file, LockRelease);

    /// <summary>Whether a path still names the open file: a lock on a deleted, renamed or replaced file protects nothing.</summary>
    public static bool IsNamed(SafeFileHandle file, string path)
    {
        // struct statx (linux/stat.h) has the same layout on every architecture: 256 bytes, stx_ino at 32, the device at 136 and 140.
        var open = stackalloc byte[256];
        var named = stackalloc byte[256];
        int result;
        while (SystemErrors.WasInterrupted(result = Statx(file, "", AtEmptyPath, StatxInode, open)))
        {
        }

        if (result != 0)
        {
            throw Failure(path);
        }

        while (SystemErrors.WasInterrupted(result = StatxPath(AtCurrentDirectory, path, 0, StatxInode, named)))
        {
        }

        // Only a name that is gone is no name: who asks tries again until there is one, for ever if the disk cannot be read.
        if (result != 0)
        {
            return Marshal.GetLastPInvokeError() is SystemErrors.NotFound or SystemErrors.NotDirectory ? false : throw Failure(path);
        }

        return *(ulong*)(open + 32) == *(ulong*)(named + 32)
            && *(ulong*)(open + 136) == *(ulong*)(named + 136);
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
    public static void FlushData(SafeFileHandle file, string path)
    {
        int result;
        while (SystemErrors.WasInterrupted(result = FDataSync(file)))
        {
        }

        if (result != 0)
        {
            throw Failure(path);
        }
    }

    /// <summary>Writes everything of the file system that holds the open file to the disk.</summary>
    public static void FlushFileSystem(SafeFileHandle file, string path)
    {
        int result;
        while (SystemErrors.WasInterrupted(result = SyncFs(file)))
        {
        }

        if (result != 0)
        {
            throw Failure(path);
        }
    }

    private static IOException Failure(string path)
    {
        var errno = Marshal.GetLastPInvokeError();
        var message = $"{Marshal.GetPInvokeErrorMessage(errno)}: '{path}'";
        return errno == SystemErrors.NotFound ? new FileNotFoundException(message, path) : new IOException(message, errno);
    }

    [LibraryImport("libc", EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Open(string path, int flags, uint mode);

    [LibraryImport("libc", EntryPoint = "flock", SetLastError = true)]
    private static partial int Flock(SafeFileHandle file, int operation);

    [LibraryImport("libc", EntryPoint = "statx", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Statx(SafeFileHandle directory, string path, int flags, uint mask, byte* buffer);

    [LibraryImport("libc", EntryPoint = "statx", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int StatxPath(int directory, string path, int flags, uint mask, byte* buffer);

    [LibraryImport("libc", EntryPoint = "fdatasync", SetLastError = true)]
    private static partial int FDataSync(SafeFileHandle file);

    [LibraryImport("libc", EntryPoint = "syncfs", SetLastError = true)]
    private static partial int SyncFs(SafeFileHandle file);
}
