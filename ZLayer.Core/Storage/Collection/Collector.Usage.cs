using ZLayer.Core.Errors;
using ZLayer.Core.Oci;
using ZLayer.Core.Storage.Pieces;
using ZLayer.Core.Storage.Remembered;

namespace ZLayer.Core.Storage;

// The part of the collector that says what takes space.
internal sealed partial class Collector
{
    /// <summary>
    /// How much each kind of content takes and how much of it could be freed. Reads only; measures extracted layers file by file.
    /// </summary>
    /// <exception cref="ZLayerException">StorageReadFailed or AccessDenied.</exception>
    public IReadOnlyList<StorageUsage> GetUsage()
    {
        try
        {
            return Measure();
        }
        catch (Exception e) when (StorageErrors.IsFileError(e))
        {
            throw StorageErrors.Reading("measure the data root", _layout.Root, e);
        }
    }

    private StorageUsage[] Measure()
    {
        using var documents = new DocumentMemory(_layout, _content);
        var plan = Survey(new PruneOptions(), removeNames: null, documents, alone: false)!;
        MarkUses(plan);
        var targets = plan.Names.Select(name => name.Target).DistinctBy(target => target.Digest).ToList();
        foreach (var target in targets)
        {
            plan.Kept.Add(target, target.Digest.ToString());
        }

        foreach (var layer in plan.AllSteps.SelectMany(step => step.Layers))
        {
            plan.StepContent.AddLayer(layer);
        }

        var (image, cached) = MeasureBlobs(plan);
        documents.Save(complete: true);
        return
        [
            image with { Total = targets.Count, Active = targets.Count(target => IsActive(target, plan)) },
            MeasureContainers(plan),
            MeasureLayers(plan),
            MeasureCache(plan, cached),
        ];
    }

    // Where there are no containers, and all could be read, only a lease can need an image: then none is walked through once more.
    private bool IsActive(Descriptor target, PrunePlan plan)
        => plan.Containers.Count == 0 && plan.Kept.Doubts.Count == 0 ? plan.InUse.Blobs.Contains(target.Digest) : IsUsed(target, plan);

    private (StorageUsage Image, StorageUsage Cached) MeasureBlobs(PrunePlan plan)
    {
        var image = new StorageUsage { Kind = StorageKind.Image, Total = 0, Active = 0, Size = 0, Reclaimable = 0 };
        var cached = image with { Kind = StorageKind.BuildCache };
        foreach (var (size, use) in _content.Sizes().Select(blob => (blob.Size, Use: UseOf(blob.Key, plan))).Concat(MeasurePieces(plan)))
        {
            var free = use.IsInUse ? 0 : size;
            if (use.IsStep && !use.IsKept)
            {
                cached = cached with { Size = cached.Size + size, Reclaimable = cached.Reclaimable + free };
            }
            else
            {
                image = image with { Size = image.Size + size, Reclaimable = image.Reclaimable + (use.IsStep ? 0 : free) };
            }
        }

        return (image, cached);
    }

    private readonly record struct BlobUse(bool IsInUse, bool IsStep, bool IsKept);

    private static BlobUse UseOf(ulong blob, PrunePlan plan)
        => new(plan.InUse.Blobs.Contains(blob), plan.StepContent.Blobs.Contains(blob), plan.Kept.Blobs.Contains(blob));

    // Each piece once, used as any of the blobs is that it is a part of.
    private IEnumerable<(long Size, BlobUse Use)> MeasurePieces(PrunePlan plan)
    {
        var files = new PieceFiles(_layout);
        var uses = new Dictionary<string, (long Size, BlobUse Use)>(StringComparer.Ordinal);
        foreach (var file in files.Lists())
        {
            var use = UseOf(file.Key, plan);
            foreach (var piece in files.TryReadList(file.Digest)?.Pieces ?? [])
            {
                var other = uses.GetValueOrDefault(piece.Name).Use;
                uses[piece.Name] = (
                    piece.Length, new BlobUse(use.IsInUse || other.IsInUse, use.IsStep || other.IsStep, use.IsKept || other.IsKept));
            }
        }

        return uses.Values;
    }

    // Which containers run, their runtime knows; here each counts as in use.
    private StorageUsage MeasureContainers(PrunePlan plan)
        => new()
        {
            Kind = StorageKind.Container,
            Total = plan.Containers.Count,
            Active = plan.Containers.Count,
            Size = DiskUsage.Of(_layout.Containers),
            Reclaimable = 0,
        };

    private StorageUsage MeasureLayers(PrunePlan plan)
    {
        var usage = new StorageUsage { Kind = StorageKind.Layer, Total = 0, Active = 0, Size = 0, Reclaimable = 0 };
        foreach (var layer in LayerEntry.Enumerate(_layout, wantsRecord: _ => false).Where(layer => layer.Directories.Count > 0))
        {
            var size = layer.Directories.Sum(directory => DiskUsage.Of(directory.FullName));
            var active = layer.IsAmong(plan.InUse.Layers);
            usage = usage with
            {
                Total = usage.Total + 1,
                Active = usage.Active + (active ? 1 : 0),
                Size = usage.Size + size,
                Reclaimable = usage.Reclaimable + (active ? 0 : size),
            };
        }

        return usage;
    }

    private StorageUsage MeasureCache(PrunePlan plan, StorageUsage cached)
    {
        var usage = cached with { Total = plan.AllSteps.Count };
        foreach (var mount in _mounts.Enumerate())
        {
            var size = DiskUsage.Of(mount.Directory);
            var active = _mounts.IsInUse(mount);
            usage = usage with
            {
                Total = usage.Total + 1,
                Active = usage.Active + (active ? 1 : 0),
                Size = usage.Size + size,
                Reclaimable = usage.Reclaimable + (active ? 0 : size),
            };
        }

        var others = Directory.Exists(_layout.Cache) ? Sources().Sum(SizeOf) : 0;
        return usage with { Size = usage.Size + others, Reclaimable = usage.Reclaimable + others };
    }
}
