using System.Globalization;
using System.Text;
using ZLayer.Core.Errors;
using ZLayer.Core.Oci;

namespace ZLayer.Core.Storage;

/// <summary>
/// The leases of a data root: <c>locks/leases/&lt;start&gt;-&lt;process&gt;-&lt;id&gt;</c>, each locked by its owner. A file that nobody locks belongs to a process that died.
/// </summary>
/// <param name="layout">The data root.</param>
public sealed class LeaseStore(StoreLayout layout)
{
    private const UnixFileMode OwnerReadWrite = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    private readonly StoreLocks _locks = new(layout);

    /// <summary>Opens a lease. Open it before the first look into the store: what is found afterwards and protected stays.</summary>
    /// <param name="purpose">What for, one line, for people who look into the directory: <c>build</c>.</param>
    /// <param name="cancellationToken">Ends the wait for a running collection.</param>
    /// <exception cref="ZLayerException">StorageFull, StorageWriteFailed or AccessDenied.</exception>
    public Lease Open(string purpose, CancellationToken cancellationToken = default)
    {
        layout.EnsureCreated();
        var path = Path.Combine(
            layout.Leases,
            string.Create(CultureInfo.InvariantCulture, $"{DateTime.UtcNow.Ticks}-{Environment.ProcessId}-{Guid.NewGuid():N}"));
        try
        {
            using var collection = _locks.Acquire(StoreLocks.Collection, shared: true, cancellationToken);
            var file = OpenLocked(path);
            try
            {
                file.Write(Encoding.UTF8.GetBytes($"# {purpose.ReplaceLineEndings(" ")}\n"));
                return new Lease(layout, path, file);
            }
            catch
            {
                File.Delete(path);
                file.Dispose();
                throw;
            }
        }
        catch (Exception e) when (StorageErrors.IsFileError(e))
        {
            throw StorageErrors.Writing("open a lease", path, e);
        }
    }

    /// <summary>
    /// The leases that live, with their start and what they protect; files of dead owners are removed. The caller holds the collection lock.
    /// </summary>
    internal IReadOnlyList<LiveLease> ReadLive()
    {
        var leases = new List<LiveLease>();
        foreach (var file in new DirectoryInfo(layout.Leases) is { Exists: true } directory ? directory.GetFiles() : [])
        {
            try
            {
                using var dead = TryLock(file.FullName);
                if (dead is null)
                {
                    leases.Add(Read(file));
                }
                else
                {
                    file.Delete();
                }
            }
            catch (FileNotFoundException)
            {
                // The lease has just ended.
            }
        }

        return leases;
    }

    private static IDisposable? TryLock(string path)
    {
        if (!OperatingSystem.IsLinux())
        {
            return LockHandle.TryTake(path, shared: false);
        }

        var handle = StorageNative.OpenFile(path, StorageNative.ReadWrite);
        if (StorageNative.TryLock(handle, shared: false, path))
        {
            return handle;
        }

        handle.Dispose();
        return null;
    }

    private static FileStream OpenLocked(string path)
    {
        if (!OperatingSystem.IsLinux())
        {
            return new FileStream(path, FileMode.CreateNew, FileAccess.Write, FileShare.Read | FileShare.Delete, bufferSize: 0);
        }

        var handle = StorageNative.OpenFile(
            path, StorageNative.ReadWrite | StorageNative.Create | StorageNative.Exclusive, OwnerReadWrite);
        StorageNative.TryLock(handle, shared: false, path);
        return new FileStream(handle, FileAccess.Write, bufferSize: 0);
    }

    private static LiveLease Read(FileInfo file)
    {
        var digests = new List<Digest>();
        foreach (var line in ReadLines(file.FullName))
        {
            if (Digest.TryParse(line, out var digest))
            {
                digests.Add(digest);
            }
        }

        // A name that does not hold the start is not ours; it is taken for the oldest possible lease.
        var start = file.Name.Split('-')[0];
        return new LiveLease(
            long.TryParse(start, NumberStyles.None, CultureInfo.InvariantCulture, out var ticks) && ticks <= DateTime.MaxValue.Ticks
                ? new DateTime(ticks, DateTimeKind.Utc)
                : DateTimeOffset.MinValue,
            digests);
    }

    private static string[] ReadLines(string path)
    {
        if (!OperatingSystem.IsLinux())
        {
            return File.ReadAllLines(path);
        }

        using var stream = new FileStream(StorageNative.OpenFile(path, StorageNative.ReadOnly), FileAccess.Read, bufferSize: 4096);
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd().Split('\n');
    }
}

/// <summary>A lease as collection sees it.</summary>
/// <param name="Started">When it was opened.</param>
/// <param name="Protected">Blobs and DiffIDs that it protects.</param>
internal sealed record LiveLease(DateTimeOffset Started, IReadOnlyList<Digest> Protected);
