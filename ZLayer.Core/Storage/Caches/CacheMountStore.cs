using System.Globalization;
using System.Text;
using System.Text.Json;
using ZLayer.Core.Errors;
using ZLayer.Core.Foundation.Files;
using ZLayer.Core.Foundation.Text;
using ZLayer.Core.Oci;
using ZLayer.Core.Storage.Remembered;

namespace ZLayer.Core.Storage;

/// <summary>
/// The directories of RUN cache mounts: <c>cache/mounts/&lt;hash of the id&gt;/</c> with <c>mount.json</c> beside the content in
/// <c>data/</c>. A mount in use is locked, shared or exclusively as its sharing mode says, and is never pruned.
/// </summary>
/// <param name="layout">The data root.</param>
internal sealed class CacheMountStore(StoreLayout layout)
{
    private const string DataName = "data";
    private const string RecordName = "mount.json";

    private readonly StoreLocks _locks = new(layout);

    /// <summary>
    /// Opens the cache mount of an id, and waits for others where the sharing mode says so. Where it is missing it is made beside and
    /// renamed into place: it is there whole, with all that <paramref name="fill"/> put into it, or not at all; whoever comes meanwhile
    /// waits for it.
    /// </summary>
    /// <param name="id">The id: any text. Whoever wants caches of users or projects apart puts that into the id.</param>
    /// <param name="sharing">How it is shared while it is open.</param>
    /// <param name="fill">Gives the empty directory of a new mount its content, mode and owner; null leaves it empty.</param>
    /// <param name="cancellationToken">Ends the wait and the filling.</param>
    /// <exception cref="ZLayerException">StorageFull, StorageWriteFailed or AccessDenied.</exception>
    public async Task<CacheMount> OpenAsync(
        string id, CacheMountSharing sharing, Func<string, CancellationToken, Task>? fill = null, CancellationToken cancellationToken = default)
    {
        layout.EnsureCreated();
        var name = Digest.Of(Encoding.UTF8.GetBytes(id)).Hex;
        if (sharing == CacheMountSharing.Private)
        {
            (name, var free) = TakeFirstFree(name);
            return await PrepareAsync(id, name, free, fill, cancellationToken).ConfigureAwait(false);
        }

        var held = await _locks.AcquireInTurnAsync(
            LockName(name), sharing == CacheMountSharing.Shared, cancellationToken).ConfigureAwait(false);
        return await PrepareAsync(id, name, held, fill, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>All cache mounts: their directories' names, ids and when they were last opened.</summary>
    internal IEnumerable<CacheMountEntry> Enumerate()
    {
        foreach (var directory in DirectoryNames.All<string>(
            () => Directory.Exists(layout.CacheMounts) ? Directory.EnumerateDirectories(layout.CacheMounts) : []))
        {
            var record = new FileInfo(Path.Combine(directory, RecordName));
            yield return new CacheMountEntry(
                Path.GetFileName(directory), directory, record.Exists ? record.LastWriteTimeUtc : DateTimeOffset.MinValue);
        }
    }

    /// <summary>What a mount says of itself; null when that cannot be read.</summary>
    internal static CacheMountRecord? TryRead(CacheMountEntry mount)
    {
        try
        {
            var bytes = File.ReadAllBytes(Path.Combine(mount.Directory, RecordName));
            return CheckedJson.TryRead(bytes, StorageJson.Records.CacheMountRecord, out var record) ? record : null;
        }
        catch (Exception e) when (StorageErrors.IsFileError(e))
        {
            return null;
        }
    }

    /// <summary>Takes a mount away from everybody if nobody uses it; the result is to be emptied with <see cref="Trash.Empty"/>.</summary>
    internal string? TryTake(CacheMountEntry mount)
    {
        if (!_locks.TryAcquire(LockName(mount.Name), shared: false, out var held))
        {
            return null;
        }

        using (held)
        {
            return Trash.Take(layout, mount.Directory);
        }
    }

    /// <summary>Whether somebody uses a mount now.</summary>
    internal bool IsInUse(CacheMountEntry mount)
    {
        var free = _locks.TryAcquire(LockName(mount.Name), shared: false, out var held);
        held?.Dispose();
        return !free;
    }

    private static string LockName(string name) => "mount-" + name;

    private (string Name, IDisposable Held) TakeFirstFree(string name)
    {
        for (var copy = 0; ; copy++)
        {
            var candidate = copy == 0 ? name : string.Create(CultureInfo.InvariantCulture, $"{name}-{copy}");
            if (_locks.TryAcquireInTurn(LockName(candidate), shared: false, out var held))
            {
                return (candidate, held);
            }
        }
    }

    private async Task<CacheMount> PrepareAsync(
        string id, string name, IDisposable held, Func<string, CancellationToken, Task>? fill, CancellationToken cancellationToken)
    {
        var directory = Path.Combine(layout.CacheMounts, name);
        try
        {
            // Several shared users may come first; one of them makes the mount, and the others wait here until it is whole.
            using var alone = await _locks.AcquireAsync($"mount-{name}-create", shared: false, cancellationToken).ConfigureAwait(false);
            var data = Path.Combine(directory, DataName);
            var isNew = !Directory.Exists(data);
            if (isNew)
            {
                await MakeAsync(id, directory, fill, cancellationToken).ConfigureAwait(false);
            }

            File.SetLastWriteTimeUtc(Path.Combine(directory, RecordName), layout.UtcNow);
            return new CacheMount(id, data, isNew, held);
        }
        catch (Exception e)
        {
            held.Dispose();
            if (StorageErrors.IsFileError(e))
            {
                throw StorageErrors.Writing($"open the cache mount {id}", directory, e);
            }

            throw;
        }
    }

    // The whole directory is renamed, not the content in it: that may belong to another user of a user namespace, whose directory cannot be
    // moved.
    private async Task MakeAsync(
        string id, string directory, Func<string, CancellationToken, Task>? fill, CancellationToken cancellationToken)
    {
        using var work = WorkDirectory.Create(layout, "cache");
        var made = Path.Combine(work.Path, "mount");
        var data = Directory.CreateDirectory(Path.Combine(made, DataName)).FullName;
        if (fill is not null)
        {
            await fill(data, cancellationToken).ConfigureAwait(false);
        }

        var record = new CacheMountRecord { Id = id, Created = layout.Clock.GetUtcNow() };
        File.WriteAllBytes(
            Path.Combine(made, RecordName), JsonSerializer.SerializeToUtf8Bytes(record, StorageJson.Records.CacheMountRecord));
        if (OperatingSystem.IsLinux() && Directory.EnumerateFileSystemEntries(data).Any())
        {
            // A name that is on the disk before the content would be half a cache after a power failure.
            using var handle = FileHandles.OpenFile(made, FileHandles.ReadOnly);
            FileHandles.FlushFileSystem(handle, made);
        }

        Trash.Discard(layout, directory); // What has no content in it is not a mount.
        Directory.Move(made, directory);
    }
}

/// <summary>A cache mount as collection sees it.</summary>
internal sealed record CacheMountEntry(string Name, string Directory, DateTimeOffset LastUsed);
