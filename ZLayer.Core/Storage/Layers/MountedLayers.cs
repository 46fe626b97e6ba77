using System.Text;
using Microsoft.Win32.SafeHandles;
using ZLayer.Core.Errors;
using ZLayer.Core.Foundation.Files;
using ZLayer.Core.Storage.Remembered;

namespace ZLayer.Core.Storage;

/// <summary>
/// Layer directories that are mounted: <c>locks/mounted-&lt;id&gt;</c> names them, one a line, and is locked by everybody for whom they
/// must stay: the process that has them mounted, and the processes in the mount, which may outlive it. Collection removes no directory that
/// such a file names, whatever leases and clocks say.
/// </summary>
internal sealed class MountedLayers : IDisposable
{
    private const string Prefix = "mounted-";
    private const UnixFileMode OwnerReadWrite = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    private readonly SafeFileHandle? _held;
    private readonly IReadOnlyList<string> _directories;

    private MountedLayers(string path, SafeFileHandle? held, IReadOnlyList<string> directories)
    {
        Path = path;
        _held = held;
        _directories = directories;
    }

    /// <summary>The file. A process that locks it, shared, keeps the directories as long as it lives.</summary>
    public string Path { get; }

    /// <summary>The first of the directories that is not there; null when all are.</summary>
    public string? Missing => _directories.FirstOrDefault(directory => !Directory.Exists(directory));

    /// <summary>
    /// Keeps directories where they are. The caller looks at <see cref="Missing"/>: what had gone before is not brought back.
    /// </summary>
    /// <exception cref="ZLayerException">StorageFull, StorageWriteFailed or AccessDenied.</exception>
    public static MountedLayers Hold(StoreLayout layout, IReadOnlyList<string> directories)
    {
        layout.EnsureCreated();
        var path = System.IO.Path.Combine(layout.Locks, $"{Prefix}{Guid.NewGuid():N}");
        try
        {
            // While this shares the lock no collection runs; the next one reads what is written here.
            using var collection = new StoreLocks(layout).Acquire(StoreLocks.Collection, shared: true);
            if (!OperatingSystem.IsLinux())
            {
                return new MountedLayers(path, null, directories);
            }

            var file = FileHandles.OpenFile(path, FileHandles.ReadWrite | FileHandles.Create | FileHandles.Exclusive, OwnerReadWrite);
            FileHandles.TryLock(file, shared: true, path);
            RandomAccess.Write(file, Encoding.UTF8.GetBytes(string.Join('\n', directories.Select(System.IO.Path.GetFileName))), 0);
            return new MountedLayers(path, file, directories);
        }
        catch (Exception e) when (StorageErrors.IsFileError(e))
        {
            throw StorageErrors.Writing("keep the layers of a step", path, e);
        }
    }

    /// <summary>
    /// The names of all directories that are mounted; files that nobody locks are removed. The caller holds the collection lock alone.
    /// </summary>
    public static IReadOnlySet<string> Read(StoreLayout layout)
    {
        var names = new HashSet<string>(StringComparer.Ordinal);
        foreach (var path in OperatingSystem.IsLinux()
            ? DirectoryNames.All<string>(() => Directory.EnumerateFiles(layout.Locks, Prefix + "*"))
            : [])
        {
            using var free = LockHandle.TryTake(path, shared: false);
            if (free is not null)
            {
                File.Delete(path);
            }
            else
            {
                names.UnionWith(ReadLines(path));
            }
        }

        return names;
    }

    /// <summary>Lets the directories go, unless a process of the mount still lives: then its end does.</summary>
    public void Dispose()
    {
        _held?.Dispose();
        if (_held is null)
        {
            return;
        }

        try
        {
            using var free = LockHandle.TryTake(Path, shared: false);
            if (free is not null)
            {
                File.Delete(Path);
            }
        }
        catch (Exception e) when (StorageErrors.IsFileError(e))
        {
            // Collection removes it.
        }
    }

    private static string[] ReadLines(string path)
    {
        using var stream = new FileStream(FileHandles.OpenFile(path, FileHandles.ReadOnly), FileAccess.Read, bufferSize: 0);
        using var reader = new StreamReader(stream, Encoding.UTF8);
        return reader.ReadToEnd().Split('\n');
    }
}
