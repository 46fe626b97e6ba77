using Microsoft.Win32.SafeHandles;
using ZLayer.Core.Foundation.Files;

namespace ZLayer.Core.Storage;

/// <summary>
/// A directory for work in progress on the data root's file system, <c>ingest/work-&lt;purpose&gt;-&lt;id&gt;</c>. Disposing it removes it
/// with everything in it; if its process dies first, collection does.
/// </summary>
internal sealed class WorkDirectory : IDisposable
{
    private readonly IDisposable _held;

    private WorkDirectory(string path, IDisposable held)
    {
        Path = path;
        _held = held;
    }

    /// <summary>The directory: empty, mode 0700.</summary>
    public string Path { get; }

    /// <summary>Removes the directory. What was moved out of it stays.</summary>
    public void Dispose()
    {
        Trash.TryEmpty(Path);
        _held.Dispose();
    }

    internal static WorkDirectory Create(StoreLayout layout, string purpose)
    {
        layout.EnsureCreated();
        var path = System.IO.Path.Combine(layout.Ingest, $"work-{purpose}-{Guid.NewGuid():N}");
        try
        {
            using var gate = IngestGate.Enter(layout);
            if (!OperatingSystem.IsWindows())
            {
                Directory.CreateDirectory(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
            }
            else
            {
                Directory.CreateDirectory(path);
            }

            return new WorkDirectory(path, Hold(path));
        }
        catch (Exception e) when (StorageErrors.IsFileError(e))
        {
            throw StorageErrors.Writing("make a working directory", path, e);
        }
    }

    // The lock on the directory itself says that its owner lives.
    private static IDisposable Hold(string path)
    {
        if (!OperatingSystem.IsLinux())
        {
            return LockHandle.TryTake(path + ".lock", shared: false)
                ?? throw new IOException($"'{path}' is locked although its name is unique.");
        }

        SafeFileHandle handle = FileHandles.OpenFile(path, FileHandles.ReadOnly);
        FileHandles.TryLock(handle, shared: false, path);
        return handle;
    }
}
