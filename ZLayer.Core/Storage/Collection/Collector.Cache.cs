using ZLayer.Core.Storage.Remembered;

namespace ZLayer.Core.Storage;

// The part of the collector that deals with the build cache.
internal sealed partial class Collector
{
    private sealed record CacheItem(string Id, DateTimeOffset LastUsed, long Size, Action Choose);

    // Chooses what goes of the cache, the least recently used first; what the options let stay is not touched.
    private void ChooseCache(PrunePlan plan)
    {
        var items = new List<CacheItem>();
        if (plan.Options.BuildCache)
        {
            items.AddRange(plan.AllSteps.Select(step => new CacheItem(step.Key, step.LastUsed, step.Size, () => plan.Steps.Add(step))));
            items.AddRange(_mounts.Enumerate().Where(mount => !_mounts.IsInUse(mount))
                .Select(mount => new CacheItem(IdOf(mount), mount.LastUsed, DiskUsage.Of(mount.Directory), () => plan.Mounts.Add(mount))));
        }

        // Nothing says which of these a running build uses, so while any operation runs they all stay.
        if (plan.Options.BuildCache && plan.Leases.Count == 0)
        {
            items.AddRange(
                Sources().Select(
                    source => new CacheItem(IdOf(source), source.LastWriteTimeUtc, SizeOf(source), () => plan.Sources.Add(source))));
        }

        long kept = 0;
        var wanted = plan.Options.CacheEntries?.ToHashSet(StringComparer.Ordinal);
        foreach (var item in items.Where(item => wanted?.Contains(item.Id) ?? true).OrderByDescending(item => item.LastUsed))
        {
            var fits = plan.Options.KeepBytes is { } limit && kept + item.Size <= limit;
            if (fits || item.LastUsed >= plan.AgeLimit)
            {
                kept += item.Size;
            }
            else
            {
                item.Choose();
            }
        }
    }

    private void RemoveCache(PrunePlan plan, Sweep sweep)
    {
        foreach (var step in plan.Steps)
        {
            sweep.Remove(StorageKind.BuildCache, step.Key, 0, () => _steps.Delete(step.Key));
        }

        if (plan.Steps.Count > 0 && !plan.Options.DryRun)
        {
            _steps.ForgetFamilies();
        }

        foreach (var mount in plan.Mounts)
        {
            sweep.RemoveMount(mount, () => _mounts.TryTake(mount));
        }

        foreach (var source in plan.Sources)
        {
            sweep.RemoveSource(source, SizeOf(source));
        }
    }

    // What builds keep of their sources beside steps and mounts: downloads, git checkouts, digests of files of contexts. What earlier
    // versions kept there and nobody reads any more is among them, and goes with them.
    private IEnumerable<FileSystemInfo> Sources()
    {
        string[] others = [_layout.StepCache, _layout.CacheMounts, FileMemory.DirectoryOf(_layout), Path.Combine(_layout.Cache, "origins")];
        return DirectoryNames.All(() => Directory.EnumerateDirectories(_layout.Cache).Except(others)
            .SelectMany(directory => new DirectoryInfo(directory).EnumerateFileSystemInfos()));
    }

    private static long SizeOf(FileSystemInfo entry) => entry is FileInfo file ? file.Length : DiskUsage.Of(entry.FullName);
}
