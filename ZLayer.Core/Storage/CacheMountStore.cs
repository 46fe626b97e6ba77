using System.Globalization;
using System.Text;
using System.Text.Json;
using ZLayer.Core.Errors;
using ZLayer.Core.Oci;

namespace ZLayer.Core.Storage;

/// <summary>
/// The directories of RUN cache mounts: <c>cache/mounts/&lt;hash of the id&gt;/</c> with <c>mount.json</c> beside the content in <c>data/</c>.
/// A mount in use is locked, shared or exclusively as its sharing mode says, and is never pruned.
/// </summary>
/// <param name="layout">The data root.</param>
public sealed class CacheMountStore(StoreLayout layout)
{
    private readonly StoreLocks _locks = new(layout);

    /// <summary>Opens the cache mount of an id, creating it where it is missing, and waits for others where the sharing mode says so.</summary>
    /// <param name="id">The id: any text. Whoever wants caches of users or projects apart puts that into the id.</param>
    /// <param name="sharing">How it is shared while it is open.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="ZLayerException">StorageFull, StorageWriteFailed or AccessDenied.</exception>
    public async Task<CacheMount> OpenAsync(string id, CacheMountSharing sharing, CancellationToken cancellationToken = default)
    {
        layout.EnsureCreated();
        var name = Digest.Of(Encoding.UTF8.GetBytes(id)).Hex;
        if (sharing == CacheMountSharing.Private)
        {
            return OpenFirstFree(id, name);
        }

        var held = await _locks.AcquireAsync(LockName(name), sharing == CacheMountSharing.Shared, cancellationToken).ConfigureAwait(false);
        return Prepare(id, name, held);
    }

    /// <summary>All cache mounts: their directories' names, ids and when they were last opened.</summary>
    internal IEnumerable<CacheMountEntry> Enumerate()
    {
        foreach (var directory in Directory.Exists(layout.CacheMounts) ? Directory.EnumerateDirectories(layout.CacheMounts) : [])
        {
            var record = new FileInfo(Path.Combine(directory, "mount.json"));
            yield return new CacheMountEntry(
                Path.GetFileName(directory), directory, record.Exists ? record.LastWriteTimeUtc : DateTimeOffset.MinValue);
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

    private CacheMount OpenFirstFree(string id, string name)
    {
        for (var copy = 0; ; copy++)
        {
            var candidate = copy == 0 ? name : string.Create(CultureInfo.InvariantCulture, $"{name}-{copy}");
            if (_locks.TryAcquire(LockName(candidate), shared: false, out var held))
            {
                return Prepare(id, candidate, held);
            }
        }
    }

    private CacheMount Prepare(string id, string name, IDisposable held)
    {
        var directory = Path.Combine(layout.CacheMounts, name);
        var data = Path.Combine(directory, "data");
        try
        {
            // Two shared users may both come first; one of them makes the directory, and only that one finds it new.
            using var alone = _locks.Acquire($"mount-{name}-create", shared: false);
            var isNew = !Directory.Exists(data);
            Directory.CreateDirectory(data);
            var record = Path.Combine(directory, "mount.json");
            if (isNew || !File.Exists(record))
            {
                StagedFile.Write(layout, record, JsonSerializer.SerializeToUtf8Bytes(
                    new CacheMountRecord { Id = id, Created = DateTimeOffset.UtcNow }, StorageJson.Records.CacheMountRecord), flush: false);
            }

            File.SetLastWriteTimeUtc(record, DateTime.UtcNow);
            return new CacheMount(id, data, isNew, held);
        }
        catch (Exception e) when (StorageErrors.IsFileError(e))
        {
            held.Dispose();
            throw StorageErrors.Writing($"open the cache mount {id}", directory, e);
        }
    }
}

/// <summary>A cache mount as collection sees it.</summary>
internal sealed record CacheMountEntry(string Name, string Directory, DateTimeOffset LastUsed);
