using Microsoft.Win32.SafeHandles;
using ZLayer.Core.Foundation.Files;

namespace ZLayer.Core.Storage;

/// <summary>One held advisory lock. The kernel releases it when the process dies, however it dies.</summary>
internal sealed class LockHandle : IDisposable
{
    private const UnixFileMode OwnerReadWrite = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    private readonly SafeFileHandle? _handle;
    private readonly FileStream? _stream;

    private LockHandle(SafeFileHandle handle) => _handle = handle;

    private LockHandle(FileStream stream) => _stream = stream;

    /// <summary>
    /// Takes the lock without waiting; null when somebody else holds it. Each call locks for itself, also within one process.
    /// </summary>
    public static LockHandle? TryTake(string path, bool shared)
        => OperatingSystem.IsLinux() ? TryTakeFlock(path, shared) : TryTakeShare(path, shared);

    public void Dispose()
    {
        _handle?.Dispose();
        _stream?.Dispose();
    }

    private static LockHandle? TryTakeFlock(string path, bool shared)
    {
        while (true)
        {
            var handle = FileHandles.OpenFile(path, FileHandles.ReadWrite | FileHandles.Create, OwnerReadWrite);
            var isOurs = false;
            try
            {
                if (!FileHandles.TryLock(handle, shared, path))
                {
                    return null;
                }

                // Collection deletes lock files that nobody holds: whoever opened one just before must not believe in it.
                isOurs = FileHandles.IsNamed(handle, path);
                if (isOurs)
                {
                    return new LockHandle(handle);
                }
            }
            finally
            {
                if (!isOurs)
                {
                    handle.Dispose();
                }
            }
        }
    }

    // Elsewhere the class library's sharing modes do the same: share modes on Windows, flock on macOS.
    private static LockHandle? TryTakeShare(string path, bool shared)
    {
        try
        {
            return new LockHandle(new FileStream(
                path, FileMode.OpenOrCreate, shared ? FileAccess.Read : FileAccess.ReadWrite, shared ? FileShare.Read : FileShare.None));
        }
        catch (IOException e) when (e is not (FileNotFoundException or DirectoryNotFoundException or PathTooLongException))
        {
            return null; // A sharing violation: somebody else holds it.
        }
    }
}
