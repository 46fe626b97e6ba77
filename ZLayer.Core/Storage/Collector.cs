using ZLayer.Core.Errors;
using ZLayer.Core.Oci;

namespace ZLayer.Core.Storage;

/// <summary>
/// Removes what nothing refers to: marks from names, containers, leases and the step cache, then sweeps. It holds the collection lock alone while
/// it does, and deletes nothing that was used since the oldest living lease was opened. What it cannot read counts as referring to everything:
/// then no content is deleted, and the results say so.
/// </summary>
public sealed partial class Collector
{
    private readonly StoreLayout _layout;
    private readonly StoreLocks _locks;
    private readonly LeaseStore _leases;
    private readonly ContentStore _content;
    private readonly ReferenceStore _references;
    private readonly LayerRecords _records;
    private readonly StepCacheStore _steps;
    private readonly CacheMountStore _mounts;
    private readonly PieceStore _pieces;

    /// <summary>Makes the collector of a data root.</summary>
    /// <param name="layout">The data root.</param>
    public Collector(StoreLayout layout)
    {
        _layout = layout;
        _locks = new StoreLocks(layout);
        _leases = new LeaseStore(layout);
        _content = new ContentStore(layout);
        _references = new ReferenceStore(layout);
        _records = new LayerRecords(layout);
        _steps = new StepCacheStore(layout);
        _mounts = new CacheMountStore(layout);
        _pieces = new PieceStore(layout);
    }

    /// <summary>Removes what the options say and everything that nothing refers to then.</summary>
    /// <param name="options">What to remove besides garbage.</param>
    /// <param name="progress">Hears of each thing removed.</param>
    /// <param name="cancellationToken">Ends the collection between two removals; what was removed is gone.</param>
    /// <returns>One result for each kind of which something was removed, and one with the warnings where there are any.</returns>
    /// <exception cref="ZLayerException">StorageReadFailed, StorageWriteFailed or AccessDenied.</exception>
    public IReadOnlyList<PruneResult> Collect(
        PruneOptions options, IProgress<PruneProgress>? progress = null, CancellationToken cancellationToken = default)
        => Collect(options, candidates: null, progress, cancellationToken);

    /// <summary>As the public one, deleting no content but <paramref name="candidates"/>: what belonged to an image that was removed.</summary>
    internal IReadOnlyList<PruneResult> Collect(
        PruneOptions options, IReadOnlySet<Digest>? candidates, IProgress<PruneProgress>? progress, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(options);
        if (!Directory.Exists(_layout.Root))
        {
            return [];
        }

        _layout.EnsureCreated();
        try
        {
            return CollectCore(options, candidates, progress, cancellationToken);
        }
        catch (Exception e) when (StorageErrors.IsFileError(e))
        {
            throw StorageErrors.Writing("remove unused content", _layout.Root, e);
        }
    }

    private IReadOnlyList<PruneResult> CollectCore(
        PruneOptions options, IReadOnlySet<Digest>? candidates, IProgress<PruneProgress>? progress, CancellationToken cancellationToken)
    {
        var sweep = new Sweep(_layout, options.DryRun, new PruneTally(progress), cancellationToken);
        IReadOnlyList<string> warnings;
        using (_locks.Acquire(StoreLocks.Collection, shared: false, cancellationToken))
        {
            var plan = MakePlan(options, candidates);
            warnings = plan.Kept.Doubts;
            RemoveNames(plan, sweep);
            ForgetNamed(plan);
            RemoveCache(plan, sweep);
            if (warnings.Count == 0)
            {
                RemoveBlobs(plan, sweep);
                RemoveLayers(plan, sweep);
            }

            if (candidates is null)
            {
                sweep.RemoveLeftovers();
            }
        }

        sweep.EmptyTrash();
        return sweep.Tally.ToResults(
            [.. warnings.Select(w => $"Nothing that may be in use was removed, because something could not be read. {w}")]);
    }

    // Leases are read before names: a lease that has ended by now set its names before.
    private PrunePlan MakePlan(PruneOptions options, IReadOnlySet<Digest>? candidates)
    {
        var plan = new PrunePlan
        {
            Options = options,
            Leases = _leases.ReadLive(),
            Containers = ContainerUses.Read(_layout),
            AgeLimit = options.OlderThan is { } age ? DateTimeOffset.UtcNow - age : DateTimeOffset.MaxValue,
            Candidates = candidates,
            Kept = new Reachability(_content, _records),
            InUse = new Reachability(_content, _records),
            StepContent = new Reachability(_content, _records),
        };
        MarkUses(plan);
        MarkNames(plan);
        ChooseCache(plan);
        MarkSteps(plan);
        return plan;
    }

    private static void MarkUses(PrunePlan plan)
    {
        foreach (var reached in (Reachability[])[plan.Kept, plan.InUse])
        {
            foreach (var digest in plan.Leases.SelectMany(lease => lease.Protected))
            {
                reached.Add(digest, $"a running operation ({digest})");
            }

            foreach (var container in plan.Containers)
            {
                foreach (var digest in container.Digests)
                {
                    reached.Add(digest, $"container {container.Id}");
                }

                if (container.Problem is not null)
                {
                    reached.AddDoubt(container.Problem);
                }
            }
        }
    }

    private void MarkNames(PrunePlan plan)
    {
        foreach (var entry in _references.Enumerate((_, error) => plan.Kept.AddDoubt(error.Message)))
        {
            if (IsPruned(entry, plan))
            {
                plan.References.Add(entry);
            }
            else
            {
                plan.Kept.Add(entry.Target, entry.Reference?.ToFamiliarString() ?? entry.Target.Digest.ToString());
            }
        }
    }

    private bool IsPruned(StoredReference entry, PrunePlan plan)
    {
        var wanted = plan.Options.Images == ImagePruning.All || (plan.Options.Images == ImagePruning.Dangling && entry.Reference is null);
        if (!wanted || entry.Updated >= plan.AgeLimit || entry.Updated >= plan.Horizon)
        {
            return false;
        }

        return !IsUsed(entry.Target, plan) && (plan.Options.Labels.Count == 0 || ImageLabels.Match(_content, entry.Target, plan.Options.Labels));
    }

    private bool IsUsed(Descriptor target, PrunePlan plan)
    {
        if (plan.InUse.Blobs.Contains(target.Digest))
        {
            return true;
        }

        var own = new Reachability(_content, _records);
        own.Add(target, target.Digest.ToString());
        return own.Doubts.Count > 0 || plan.Containers.Any(container => container.Digests.Overlaps(own.Blobs));
    }

    private void MarkSteps(PrunePlan plan)
    {
        var pruned = plan.Steps.Select(step => step.Key).ToHashSet(StringComparer.Ordinal);
        foreach (var step in _steps.Enumerate())
        {
            foreach (var layer in step.Layers)
            {
                (pruned.Contains(step.Key) ? plan.StepContent : plan.Kept).AddLayer(layer);
            }
        }
    }

    private void RemoveNames(PrunePlan plan, Sweep sweep)
    {
        foreach (var entry in plan.References)
        {
            sweep.Remove(StorageKind.Image, entry.Reference?.ToFamiliarString() ?? entry.Target.Digest.ToString(), 0, () =>
            {
                _ = entry.Reference is { } reference ? _references.Remove(reference) : _references.Forget(entry.Target.Digest);
            });
        }
    }

    // Images that lost a name and got another one are no longer unnamed.
    private void ForgetNamed(PrunePlan plan)
    {
        if (plan.Options is { DryRun: false, Images: not ImagePruning.None })
        {
            _references.ForgetNamed();
        }
    }

    private void RemoveBlobs(PrunePlan plan, Sweep sweep)
    {
        foreach (var blob in _content.Enumerate())
        {
            if (blob.LastUsed < plan.Horizon && !plan.Kept.Blobs.Contains(blob.Digest) && plan.Candidates?.Contains(blob.Digest) != false)
            {
                var kind = plan.StepContent.Blobs.Contains(blob.Digest) ? StorageKind.BuildCache : StorageKind.Image;
                sweep.Remove(kind, blob.Digest.ToString(), blob.Size, () => _content.Delete(blob.Digest));
            }
        }
    }

    private void RemoveLayers(PrunePlan plan, Sweep sweep)
    {
        foreach (var layer in LayerEntry.Enumerate(_layout))
        {
            var isKept = layer.IsAmong(plan.Kept.Layers);
            var isCache = plan.Options.Layers && !layer.IsAmong(plan.InUse.Layers) && layer.LastUsed < plan.AgeLimit;
            if (layer.LastUsed < plan.Horizon && (!isKept || isCache) && layer.IsCandidate(plan.Candidates))
            {
                sweep.RemoveLayer(layer, keepRecord: isKept);
            }
        }
    }
}
