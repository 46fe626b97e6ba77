using System.Globalization;
using System.Text;
using ZLayer.Core.Errors;
using ZLayer.Core.Foundation.Files;
using ZLayer.Core.Oci;
using ZLayer.Core.Storage.Remembered;

namespace ZLayer.Core.Storage;

/// <summary>
/// The leases of a data root: <c>locks/leases/&lt;start&gt;-&lt;process&gt;-&lt;id&gt;</c>, each locked by its owner. A file that nobody
/// locks belongs to a process that died. The start is a place in the <see cref="WriteJournal"/>, not a time: clocks may be set while a
/// lease lives.
/// </summary>
/// <param name="layout">The data root.</param>
internal sealed class LeaseStore(StoreLayout layout)
{
    private const UnixFileMode OwnerReadWrite = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    // Where nobody ever collects, the journal is forgotten once it has this many bytes.
    private const long LongestJournal = 1 << 20;

    private readonly StoreLocks _locks = new(layout);
    private readonly WriteJournal _journal = new(layout);

    /// <summary>Opens a lease. Open it before the first look into the store: what is found afterwards and protected stays.</summary>
    /// <param name="purpose">What for, one line, for people who look into the directory: <c>build</c>.</param>
    /// <param name="cancellationToken">Ends the wait for a running collection.</param>
    /// <exception cref="ZLayerException">StorageFull, StorageWriteFailed or AccessDenied.</exception>
    public Lease Open(string purpose, CancellationToken cancellationToken = default)
    {
        layout.EnsureCreated();
        try
        {
            TrimJournal();
            using var collection = _locks.Acquire(StoreLocks.Collection, shared: true, cancellationToken);
            var path = Path.Combine(
                layout.Leases,
                string.Create(CultureInfo.InvariantCulture, $"{_journal.End}-{Environment.ProcessId}-{Guid.NewGuid():N}"));
            var file = OpenLocked(path);
            try
            {
                file.Write(Encoding.UTF8.GetBytes($"# {purpose.ReplaceLineEndings(" ")}\n"));
                return new Lease(layout, path, file);
            }
            catch
            {
                AtomicFile.TryDelete(path);
                file.Dispose();
                throw;
            }
        }
        catch (Exception e) when (StorageErrors.IsFileError(e))
        {
            throw StorageErrors.Writing("open a lease", layout.Leases, e);
        }
    }

    /// <summary>
    /// The leases that live, with what they protect; what was written while any of them lived is protected by all of them, and comes as one
    /// more. Empty exactly when no lease lives.
    /// </summary>
    internal IReadOnlyList<LiveLease> ReadLive()
    {
        var leases = ReadFiles(file => { });
        return leases.Count == 0 ? leases : [.. leases, new LiveLease(0, _journal.ReadFrom(leases.Min(lease => lease.Start)))];
    }

    /// <summary>
    /// The leases that live as <see cref="ReadLive"/> reads them; files of dead owners and what they needed of the journal are removed. The
    /// caller holds the collection lock alone.
    /// </summary>
    internal IReadOnlyList<LiveLease> ReadLiveAndForgetDead()
    {
        var leases = ReadFiles(file => file.Delete());
        _journal.Forget(leases.Count == 0 ? null : leases.Min(lease => lease.Start));
        return leases.Count == 0 ? leases : [.. leases, new LiveLease(0, _journal.ReadFrom(leases.Min(lease => lease.Start)))];
    }

    private void TrimJournal()
    {
        if (_journal.Length > LongestJournal && _locks.TryAcquire(StoreLocks.Collection, shared: false, out var alone))
        {
            using (alone)
            {
                ReadLiveAndForgetDead();
            }
        }
    }

    private List<LiveLease> ReadFiles(Action<FileInfo> meetDead)
    {
        var leases = new List<LiveLease>();
        foreach (var file in DirectoryNames.All<FileInfo>(
            () => new DirectoryInfo(layout.Leases) is { Exists: true } directory ? directory.EnumerateFiles() : []))
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
                    meetDead(file);
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

        var handle = FileHandles.OpenFile(path, FileHandles.ReadWrite);
        var isDead = false;
        try
        {
            isDead = FileHandles.TryLock(handle, shared: false, path);
            return isDead ? handle : null;
        }
        finally
        {
            if (!isDead)
            {
                handle.Dispose();
            }
        }
    }

    private static FileStream OpenLocked(string path)
    {
        if (!OperatingSystem.IsLinux())
        {
            return new FileStream(path, FileMode.CreateNew, FileAccess.Write, FileShare.Read | FileShare.Delete, bufferSize: 0);
        }

        var handle = FileHandles.OpenFile(
            path, FileHandles.ReadWrite | FileHandles.Create | FileHandles.Exclusive, OwnerReadWrite);
        try
        {
            while (!FileHandles.TryLock(handle, shared: false, path))
            {
                Thread.Sleep(1); // Somebody looks whether its owner lives, and sees in this instant that the file is new.
            }
        }
        catch
        {
            handle.Dispose();
            throw;
        }

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
        return new LiveLease(
            long.TryParse(file.Name.Split('-')[0], NumberStyles.None, CultureInfo.InvariantCulture, out var start) ? start : 0, digests);
    }

    private static string[] ReadLines(string path)
    {
        if (!OperatingSystem.IsLinux())
        {
            return File.ReadAllLines(path);
        }

        using var stream = new FileStream(FileHandles.OpenFile(path, FileHandles.ReadOnly), FileAccess.Read, bufferSize: 4096);
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd().Split('\n');
    }
}

/// <summary>A lease as collection sees it.</summary>
/// <param name="Start">The end of the journal when it was opened.</param>
/// <param name="Protected">Blobs and DiffIDs that it protects.</param>
internal sealed record LiveLease(long Start, IReadOnlyList<Digest> Protected);
