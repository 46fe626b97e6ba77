using ZLayer.Core.Storage.Remembered;

namespace ZLayer.Core.Storage;

// The part of the collector that lists the build cache.
internal sealed partial class Collector
{
    /// <summary>What the build cache holds, the most recently used first. Reads only; measures cache mounts file by file.</summary>
    /// <exception cref="Errors.ZLayerException">StorageReadFailed or AccessDenied.</exception>
    public IReadOnlyList<BuildCacheEntry> ListCache()
    {
        try
        {
            return Directory.Exists(_layout.Cache)
                ? [.. ReadCache().OrderByDescending(entry => entry.LastUsed).ThenBy(entry => entry.Id, StringComparer.Ordinal)]
                : [];
        }
        catch (Exception e) when (StorageErrors.IsFileError(e))
        {
            throw StorageErrors.Reading("list the build cache", _layout.Cache, e);
        }
    }

    private List<BuildCacheEntry> ReadCache()
    {
        using var documents = new DocumentMemory(_layout, _content);
        var plan = Survey(new PruneOptions(), removeNames: null, documents, alone: false)!;
        MarkUses(plan);
        foreach (var target in plan.Names.Select(name => name.Target).DistinctBy(target => target.Digest))
        {
            plan.Kept.Add(target, target.Digest.ToString());
        }

        documents.Save(complete: true);
        return
        [
            .. _steps.Enumerate().Select(step => Describe(step, plan)),
            .. _mounts.Enumerate().Select(Describe),
            .. Sources().Select(source => Describe(source, isInUse: plan.Leases.Count > 0)),
        ];
    }

    private BuildCacheEntry Describe(StepRecord step, PrunePlan plan)
        => new()
        {
            Id = step.Key,
            Type = BuildCacheType.Step,
            Size = step.Size,
            Created = step.Created,
            LastUsed = step.LastUsed,
            InUse = step.Layers.Any(layer => plan.InUse.Layers.Contains(DigestMarks.KeyOf(layer))),
            IsShared = step.Layers.Any(layer => plan.Kept.Layers.Contains(DigestMarks.KeyOf(layer))),
            Description = step.Instruction,
            Layers = step.Layers,
            Root = _layout.Root,
        };

    private BuildCacheEntry Describe(CacheMountEntry mount)
    {
        var record = CacheMountStore.TryRead(mount);
        return new BuildCacheEntry
        {
            Id = IdOf(mount),
            Type = BuildCacheType.Mount,
            Size = DiskUsage.Of(mount.Directory),
            Created = record?.Created,
            LastUsed = mount.LastUsed,
            InUse = _mounts.IsInUse(mount),
            Description = record?.Id ?? "",
            Root = _layout.Root,
        };
    }

    // Which of them a build that runs uses, nothing says.
    private BuildCacheEntry Describe(FileSystemInfo source, bool isInUse)
        => new()
        {
            Id = IdOf(source),
            Type = BuildCacheType.Source,
            Size = SizeOf(source),
            LastUsed = source.LastWriteTimeUtc,
            InUse = isInUse,
            Description = KindOf(source),
            Root = _layout.Root,
        };

    private static string KindOf(FileSystemInfo source) => Path.GetFileName(Path.GetDirectoryName(source.FullName)) switch
    {
        "downloads" => "A download",
        "git" => "A git repository",
        "contexts" => "The digests of the files of a build context",
        "copies" => "The list of the files that a COPY took",
        var other => other ?? "",
    };

    private static string IdOf(CacheMountEntry mount) => "mount-" + mount.Name;

    private static string IdOf(FileSystemInfo source) => $"{Path.GetFileName(Path.GetDirectoryName(source.FullName))}/{source.Name}";
}
