using System.Globalization;
using System.Runtime.ExceptionServices;
using ZLayer.Core.Errors;
using ZLayer.Core.Foundation.Files;
using ZLayer.Core.Storage.Remembered;

namespace ZLayer.Core.Storage;

/// <summary>
/// Removes things one by one and adds them up, or only adds them up. Trees lose their name at once and are deleted at the end.
/// </summary>
internal sealed class Sweep(StoreLayout layout, PruneOptions options, PruneTally tally, CancellationToken cancellationToken)
{
    // A download that was broken off is worth continuing for a day.
    private static readonly TimeSpan PartialAge = TimeSpan.FromDays(1);

    private readonly List<string> _trash = [];
    private IReadOnlySet<string>? _mounted;

    /// <summary>What was removed.</summary>
    public PruneTally Tally => tally;

    /// <summary>Removes one thing.</summary>
    public void Remove(StorageKind kind, string name, long bytes, Action remove)
    {
        cancellationToken.ThrowIfCancellationRequested();
        if (!options.Wants(kind))
        {
            return;
        }

        if (!options.DryRun)
        {
            remove();
        }

        tally.Add(kind, name, bytes);
    }

    /// <summary>
    /// Removes a layer's directories, and what is known of the layer unless that is still good. A directory that is mounted stays, and the
    /// record with it.
    /// </summary>
    /// <param name="layer">The layer.</param>
    /// <param name="owner">The kind of what it belonged to alone.</param>
    /// <param name="keepRecord">Whether what is known of it is still good.</param>
    public void RemoveLayer(LayerEntry layer, StorageKind owner, bool keepRecord)
    {
        cancellationToken.ThrowIfCancellationRequested();
        // One that belonged to what goes with it is of that kind: who agrees to the one has agreed to the other.
        var kind = !keepRecord && options.Wants(owner) ? owner : StorageKind.Layer;
        if (!options.Wants(kind))
        {
            return;
        }

        _mounted ??= MountedLayers.Read(layout);
        var mounted = layer.Directories.Where(directory => _mounted.Contains(directory.Name)).ToList();
        foreach (var directory in layer.Directories.Except(mounted))
        {
            var size = DiskUsage.Of(directory.FullName);
            if (!options.DryRun && Trash.Take(layout, directory.FullName) is { } taken)
            {
                _trash.Add(taken);
            }

            tally.Add(kind, layer.DiffId, size);
        }

        if (!options.DryRun && !keepRecord && mounted.Count == 0 && layer.Record is { } record)
        {
            record.Delete();
        }
    }

    /// <summary>Removes a cache mount, unless somebody has begun to use it.</summary>
    public void RemoveMount(CacheMountEntry mount, Func<string?> take)
    {
        cancellationToken.ThrowIfCancellationRequested();
        if (!options.Wants(StorageKind.BuildCache))
        {
            return;
        }

        var size = DiskUsage.Of(mount.Directory);
        if (options.DryRun)
        {
            tally.Add(StorageKind.BuildCache, "mount " + mount.Name, size);
        }
        else if (take() is { } taken)
        {
            _trash.Add(taken);
            tally.Add(StorageKind.BuildCache, "mount " + mount.Name, size);
        }
    }

    /// <summary>Removes a file or directory that builds keep of their sources.</summary>
    public void RemoveSource(FileSystemInfo source, long size)
    {
        cancellationToken.ThrowIfCancellationRequested();
        if (!options.Wants(StorageKind.BuildCache))
        {
            return;
        }

        var name = Path.Combine(Path.GetFileName(Path.GetDirectoryName(source.FullName)!), source.Name);
        if (source is FileInfo file)
        {
            Remove(StorageKind.BuildCache, name, size, file.Delete);
            return;
        }

        if (!options.DryRun && Trash.Take(layout, source.FullName) is { } taken)
        {
            _trash.Add(taken);
        }

        tally.Add(StorageKind.BuildCache, name, size);
    }

    /// <summary>Removes what processes that died left: staged files, working directories, files of locks that nobody holds.</summary>
    /// <param name="partials">Also young downloads that were broken off, which could be continued.</param>
    public void RemoveLeftovers(bool partials)
    {
        using var gate = IngestGate.Shut(layout);
        foreach (var entry in DirectoryNames.All(() => new DirectoryInfo(layout.Ingest).EnumerateFileSystemInfos()))
        {
            if (entry.Name == "unflushed")
            {
                continue;
            }

            if (Trash.IsTrash(entry.Name))
            {
                _trash.AddRange(options.DryRun ? [] : [entry.FullName]);
            }
            else if (IsWorthContinuing(entry) is var continues && (partials || !continues) && !IsOwned(entry))
            {
                // One that could be continued goes with the build cache, and is told as a part of it.
                RemoveLeftover(entry, continues ? StorageKind.BuildCache : StorageKind.Image);
            }
        }

        if (!options.DryRun)
        {
            RemoveFreeLockFiles();
        }
    }

    /// <summary>Deletes the trees that lost their names; needs no lock. One that cannot be deleted keeps no other one.</summary>
    public void EmptyTrash()
    {
        ExceptionDispatchInfo? failure = null;
        foreach (var tree in _trash)
        {
            try
            {
                Trash.Empty(tree);
            }
            catch (Exception e) when (e is ZLayerException || StorageErrors.IsFileError(e))
            {
                failure ??= ExceptionDispatchInfo.Capture(e);
            }
        }

        failure?.Throw();
    }

    // The clock may have been set since: a time far in the future says as little as one in the past.
    private bool IsWorthContinuing(FileSystemInfo entry)
        => entry.Name.EndsWith(".partial", StringComparison.Ordinal) && (layout.UtcNow - entry.LastWriteTimeUtc).Duration() <= PartialAge;

    private static bool IsOwned(FileSystemInfo entry)
    {
        if (!OperatingSystem.IsLinux())
        {
            return true;
        }

        try
        {
            using var handle = FileHandles.OpenFile(entry.FullName, FileHandles.ReadOnly);
            return !FileHandles.TryLock(handle, shared: false, entry.FullName);
        }
        catch (FileNotFoundException)
        {
            return true;
        }
    }

    private void RemoveLeftover(FileSystemInfo entry, StorageKind kind)
    {
        var name = string.Create(CultureInfo.InvariantCulture, $"unfinished {entry.Name}");
        if (entry is FileInfo file)
        {
            Remove(kind, name, file.Length, file.Delete);
            return;
        }

        if (!options.Wants(StorageKind.BuildCache))
        {
            return;
        }

        var size = DiskUsage.Of(entry.FullName);
        if (!options.DryRun && Trash.Take(layout, entry.FullName) is { } taken)
        {
            _trash.Add(taken);
        }

        tally.Add(StorageKind.BuildCache, name, size);
    }

    // Who waits for such a lock sees that its file lost its name, and makes a new one.
    private void RemoveFreeLockFiles()
    {
        if (!OperatingSystem.IsLinux())
        {
            return;
        }

        foreach (var path in DirectoryNames.All(() => Directory.EnumerateFiles(layout.Locks)))
        {
            if (Path.GetFileName(path) is StoreLocks.Collection or WriteJournal.FileName)
            {
                continue;
            }

            using var free = LockHandle.TryTake(path, shared: false);
            if (free is not null)
            {
                File.Delete(path);
            }
        }
    }
}
