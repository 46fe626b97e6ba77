using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Microsoft.Win32.SafeHandles;
using ZLayer.Core.Dockerfiles;
using ZLayer.Core.Errors;
using ZLayer.Core.Runtimes.Oci;

namespace ZLayer.Core.Builds.Run;

/// <summary>
/// Cache directories <c>&lt;root&gt;/&lt;hash of the id&gt;/&lt;number&gt;/data</c>, each with a lock file beside it that is held with flock(2): the
/// kernel lets go of it when its holder ends, however that happens. Number 0 is what everybody uses first; private users that come while it is
/// held take 1, 2, ….
/// </summary>
/// <param name="root">The directory of all caches, <see cref="Storage.StoreLayout.CacheMounts"/>.</param>
public sealed class CacheMounts(string root) : ICacheMounts
{
    private const string DataName = "data";
    private const string LockName = "lock";
    private const string IdName = "id";
    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(2);
    private static readonly TimeSpan LongestPause = TimeSpan.FromMilliseconds(100);

    /// <inheritdoc/>
    /// <exception cref="ZLayerException"><see cref="ZLayerErrorKind.StorageWriteFailed"/>: the directory cannot be made.</exception>
    public async Task<ICacheMountLease> AcquireAsync(string id, CacheSharing sharing, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(id);
        try
        {
            return sharing switch
            {
                CacheSharing.Private => AcquireFree(id),
                CacheSharing.Locked => await AcquireFirstAsync(id, shared: false, cancellationToken).ConfigureAwait(false),
                _ => await AcquireFirstAsync(id, shared: true, cancellationToken).ConfigureAwait(false),
            };
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new ZLayerException(ZLayerErrorKind.StorageWriteFailed, $"Cannot open the cache mount '{id}' in {root}: {e.Message}", e)
            {
                Subject = id,
                Advice = "Check that the data root is writable and its disk is not full.",
            };
        }
    }

    /// <summary>The caches that exist, in no particular order. Sizes are those of the files in them, in bytes.</summary>
    public IEnumerable<CacheMountEntry> Enumerate()
    {
        if (!Directory.Exists(root))
        {
            yield break;
        }

        foreach (var cache in Directory.EnumerateDirectories(root))
        {
            var id = Path.Combine(cache, IdName);
            foreach (var slot in Directory.EnumerateDirectories(cache))
            {
                var data = Path.Combine(slot, DataName);
                if (Directory.Exists(data))
                {
                    yield return new CacheMountEntry(File.Exists(id) ? File.ReadAllText(id) : "", slot, SizeOf(data), File.GetLastWriteTimeUtc(Path.Combine(slot, LockName)));
                }
            }
        }
    }

    /// <summary>Removes a cache that nobody uses; false when it is in use.</summary>
    public bool TryRemove(CacheMountEntry entry)
    {
        ArgumentNullException.ThrowIfNull(entry);
        if (!entry.Path.StartsWith(root, StringComparison.Ordinal) || !Directory.Exists(entry.Path))
        {
            return true;
        }

        // The lock file stays: whoever waits for it must wait for the same file.
        using var held = TryLock(entry.Path, shared: false);
        if (held is null)
        {
            return false;
        }

        var data = Path.Combine(entry.Path, DataName);
        if (Directory.Exists(data))
        {
            Directory.Delete(data, recursive: true);
        }

        return true;
    }

    private CacheMountLease AcquireFree(string id)
    {
        for (var number = 0; ; number++)
        {
            var slot = SlotOf(id, number);
            if (TryLock(slot, shared: false) is { } held)
            {
                return Open(slot, held);
            }
        }
    }

    private async Task<ICacheMountLease> AcquireFirstAsync(string id, bool shared, CancellationToken cancellationToken)
    {
        var slot = SlotOf(id, 0);
        var pause = FirstPause;
        while (true)
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (TryLock(slot, shared) is { } held)
            {
                return Open(slot, held);
            }

            await Task.Delay(pause, cancellationToken).ConfigureAwait(false);
            pause = pause < LongestPause ? pause * 2 : LongestPause;
        }
    }

    private string SlotOf(string id, int number)
    {
        var hash = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(id)));
        var cache = Path.Combine(root, hash);
        var slot = Path.Combine(cache, number.ToString(CultureInfo.InvariantCulture));
        if (!Directory.Exists(slot))
        {
            Directory.CreateDirectory(slot);
            File.WriteAllText(Path.Combine(cache, IdName), id);
        }

        return slot;
    }

    private static SafeFileHandle? TryLock(string slot, bool shared)
    {
        var file = LinuxNative.OpenLockFile(Path.Combine(slot, LockName));
        var operation = (shared ? LinuxNative.LockShared : LinuxNative.LockExclusive) | LinuxNative.LockNonBlocking;
        if (LinuxNative.Lock(file, operation) == 0)
        {
            return file;
        }

        file.Dispose();
        return null;
    }

    // Of several who share a new cache, one makes the directory, and that one is told.
    private static CacheMountLease Open(string slot, SafeFileHandle held)
    {
        var data = Path.Combine(slot, DataName);
        var isNew = false;
        if (!Directory.Exists(data))
        {
            var staged = $"{data}.{Guid.NewGuid():N}";
            Directory.CreateDirectory(staged);
            try
            {
                Directory.Move(staged, data);
                isNew = true;
            }
            catch (IOException) when (Directory.Exists(data))
            {
                Directory.Delete(staged);
            }
        }

        File.SetLastWriteTimeUtc(held, DateTime.UtcNow);
        return new CacheMountLease(data, isNew, held);
    }

    private static long SizeOf(string directory)
    {
        var options = new EnumerationOptions { RecurseSubdirectories = true, AttributesToSkip = 0, IgnoreInaccessible = true };
        return new DirectoryInfo(directory).EnumerateFiles("*", options).Where(file => file.LinkTarget is null).Sum(file => file.Length);
    }

    private sealed record CacheMountLease(string Directory, bool IsNew, SafeFileHandle Held) : ICacheMountLease
    {
        public void Dispose() => Held.Dispose();
    }
}
