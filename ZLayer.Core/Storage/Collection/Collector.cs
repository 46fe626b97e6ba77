using ZLayer.Core.Errors;
using ZLayer.Core.Oci;
using ZLayer.Core.Storage.Remembered;

namespace ZLayer.Core.Storage;

/// <summary>
/// Removes what nothing refers to: marks from names, containers, leases and the step cache, then sweeps. It holds the collection lock alone
/// while it does, and deletes nothing that was used since the oldest living lease was opened. What it cannot read counts as referring to
/// everything: then no content is deleted, and the results say so.
/// </summary>
internal sealed partial class Collector
{
    private readonly StoreLayout _layout;
    private readonly StoreLocks _locks;
    private readonly LeaseStore _leases;
    private readonly ContentStore _content;
    private readonly ReferenceStore _references;
    private readonly LayerRecords _records;
    private readonly StepCacheStore _steps;
    private readonly CacheMountStore _mounts;

    /// <summary>How many documents the last collection read from their files; the rest it remembered.</summary>
    internal int DocumentsRead { get; private set; }

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
    }

    /// <summary>Removes what the options say and everything that nothing refers to then.</summary>
    /// <param name="options">What to remove besides garbage.</param>
    /// <param name="progress">Hears of each thing removed.</param>
    /// <param name="cancellationToken">Ends the collection between two removals; what was removed is gone.</param>
    /// <returns>One result for each kind of which something was removed, and one with the warnings where there are any.</returns>
    /// <exception cref="ZLayerException">StorageReadFailed, StorageWriteFailed or AccessDenied.</exception>
    public IReadOnlyList<PruneResult> Collect(
        PruneOptions options, IProgress<PruneProgress>? progress = null, CancellationToken cancellationToken = default)
        => Collect(options, removeNames: null, progress, cancellationToken);

    /// <summary>
    /// Removes names, and then all content that only the images needed which lost their last one. Names are removed under the lock, too: so
    /// they are read but once.
    /// </summary>
    /// <param name="removeNames">Gets all names, removes some, and says which are left and what may go.</param>
    /// <param name="progress">Hears of each thing removed.</param>
    /// <param name="cancellationToken">Ends the wait for other collections, or the collection between two removals.</param>
    internal void Collect(
        Func<IReadOnlyList<StoredName>, NameRemoval> removeNames, IProgress<PruneProgress> progress, CancellationToken cancellationToken)
        => Collect(new PruneOptions(), removeNames, progress, cancellationToken);

    /// <summary>Removes of some content what nothing needs.</summary>
    internal void Collect(IReadOnlySet<Digest> candidates)
        => Collect(new PruneOptions(), names => new NameRemoval(names, candidates), progress: null, CancellationToken.None);

    private IReadOnlyList<PruneResult> Collect(
        PruneOptions options,
        Func<IReadOnlyList<StoredName>, NameRemoval>? removeNames,
        IProgress<PruneProgress>? progress,
        CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(options);
        options = options.OfWantedKinds();
        if (!Directory.Exists(_layout.Root))
        {
            return [];
        }

        if (!options.DryRun)
        {
            _layout.EnsureCreated();
        }
        else if (!Directory.Exists(_layout.Locks))
        {
            return [];
        }

        var sweep = new Sweep(_layout, options, new PruneTally(progress), cancellationToken);
        try
        {
            using var documents = new DocumentMemory(_layout, _content) { TrustsMemory = removeNames is not null };
            var doubts = Collect(options, removeNames, documents, sweep, cancellationToken);
            if (!options.DryRun)
            {
                documents.Save(complete: removeNames is null);
            }

            DocumentsRead = documents.DocumentsRead;
            sweep.EmptyTrash();
            return sweep.Tally.ToResults(
                [.. doubts.Select(doubt => $"Nothing that may be in use was removed, because something could not be read. {doubt}")]);
        }
        catch (Exception e) when (StorageErrors.IsFileError(e))
        {
            throw StorageErrors.Writing("remove unused content", _layout.Root, e);
        }
    }

    private IReadOnlyList<string> Collect(
        PruneOptions options,
        Func<IReadOnlyList<StoredName>, NameRemoval>? removeNames,
        DocumentMemory documents,
        Sweep sweep,
        CancellationToken cancellationToken)
    {
        using var alone = _locks.Acquire(StoreLocks.Collection, shared: false, cancellationToken);
        if (options is { OlderThan: not null, DryRun: false })
        {
            FutureTimes.Correct(_layout);
        }

        if (Survey(options, removeNames, documents, alone: !options.DryRun) is not { } plan)
        {
            return [];
        }

        MarkUses(plan);
        ChooseNames(plan);
        ChooseCache(plan);
        MarkSteps(plan);
        RemoveNames(plan, sweep);
        ForgetNamed(plan);
        RemoveCache(plan, sweep);
        if (plan.Kept.Doubts.Count == 0)
        {
            RemoveBlobs(plan, sweep);
            RemoveLayers(plan, sweep);
            if (!options.DryRun)
            {
                plan.Claims.Confirm();
            }
        }

        if (removeNames is null)
        {
            sweep.RemoveLeftovers(partials: options is { BuildCache: true, OlderThan: null, KeepBytes: null, CacheEntries: null });
        }

        return plan.Kept.Doubts;
    }

    // Leases are read before names: a lease that has ended by now set its names before. Null when no image lost its last name: then nothing
    // can go.
    private PrunePlan? Survey(
        PruneOptions options, Func<IReadOnlyList<StoredName>, NameRemoval>? removeNames, DocumentMemory documents, bool alone)
    {
        var leases = alone ? _leases.ReadLiveAndForgetDead() : _leases.ReadLive();
        var doubts = new List<string>();
        var names = _references.Scan((_, error) => doubts.Add(error.Message), remember: !options.DryRun);
        var removal = removeNames?.Invoke(names);
        if (removal is { Candidates.Count: 0 })
        {
            return null;
        }

        var claims = LayerClaims.Read(_layout, alone, remember: !options.DryRun);
        var scope = removal is null ? null : new MarkingScope(removal.Candidates, claims);
        var plan = new PrunePlan
        {
            Options = options,
            Leases = leases,
            Containers = ContainerUses.Read(_layout),
            AgeLimit = options.OlderThan is { } age ? _layout.Clock.GetUtcNow() - age : DateTimeOffset.MaxValue,
            Candidates = removal?.Candidates,
            Scope = scope,
            Names = removal?.Left ?? names,
            AllSteps = _steps.Survey(remember: !options.DryRun),
            Documents = documents,
            Claims = claims,
            Kept = new Marking(_content, documents, claims, scope),
            InUse = new Marking(_content, documents, claims),
            StepContent = new Marking(_content, documents, claims),
            ImageContent = new Marking(_content, documents, claims),
        };
        doubts.ForEach(plan.Kept.AddDoubt);
        return plan;
    }

    private static void MarkUses(PrunePlan plan)
    {
        foreach (var reached in (Marking[])[plan.Kept, plan.InUse])
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

    // Chooses the names that go, and marks what the others need.
    private void ChooseNames(PrunePlan plan)
    {
        if (plan.Scope is not null)
        {
            MarkNames(plan, plan.Scope);
            return;
        }

        // An unnamed image that got a name again is named: what it is kept by then is dealt with after the others.
        var prunes = plan.Options.Images != ImagePruning.None;
        var named = prunes ? plan.Names.Where(name => !name.IsUnnamed).Select(name => name.Target.Digest).ToHashSet() : [];
        foreach (var name in plan.Names)
        {
            if (prunes && name.IsUnnamed && named.Contains(name.Target.Digest))
            {
                continue;
            }

            if (prunes && IsPruned(name, plan))
            {
                plan.References.Add(name.ToReference(_layout.References));
                plan.ImageContent.Add(name.Target, name.Subject);
            }
            else
            {
                plan.Kept.Add(name.Target, name.Subject);
            }
        }

        KeepIndex(plan);
        plan.References.Sort((a, b) => (a.Reference, b.Reference) switch
        {
            (null, null) => a.Target.Digest.CompareTo(b.Target.Digest),
            (null, _) => 1,
            (_, null) => -1,
            var (one, other) => one.CompareTo(other),
        });
    }

    private bool IsPruned(StoredName entry, PrunePlan plan)
    {
        var wanted = plan.Options.Images == ImagePruning.All || entry.IsUnnamed;
        if (!wanted || entry.Updated >= plan.AgeLimit)
        {
            return false;
        }

        return !IsUsed(entry.Target, plan)
            && (plan.Options.Labels.Count == 0 || ImageLabels.Match(_content, entry.Target, plan.Options.Labels));
    }

    private bool IsUsed(Descriptor target, PrunePlan plan)
    {
        if (plan.InUse.Blobs.Contains(target.Digest))
        {
            return true;
        }

        var own = new Marking(_content, plan.Documents, plan.Claims);
        own.Add(target, target.Digest.ToString());
        return own.Doubts.Count > 0 || plan.Containers.Any(container => container.Digests.Any(own.Blobs.Contains));
    }

    private static void MarkSteps(PrunePlan plan)
    {
        var pruned = plan.Steps.Select(step => step.Key).ToHashSet(StringComparer.Ordinal);
        foreach (var step in plan.AllSteps)
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
        var pieces = SharedPieces.Read(_layout, plan.Candidates, Stays);
        foreach (var blob in plan.Candidates is null
            ? _content.Survey(key => !plan.Kept.Blobs.Contains(key))
            : _content.Find(plan.Candidates))
        {
            if (!plan.Kept.Blobs.Contains(blob.Key))
            {
                sweep.Remove(KindOf(blob.Key), blob.Digest.ToString(), blob.Size + pieces.SizeOf(blob.Digest), () =>
                {
                    _content.Delete(blob.Digest);
                    pieces.Delete(blob.Digest);
                });
            }
        }

        foreach (var (name, length) in plan.Candidates is null ? pieces.FindUnnamed() : [])
        {
            sweep.Remove(StorageKind.Image, $"unfinished piece {name}", length, () => pieces.DeleteUnnamed(name));
        }

        StorageKind KindOf(ulong key) => plan.StepContent.Blobs.Contains(key) ? StorageKind.BuildCache : StorageKind.Image;

        bool Stays(Digest digest)
        {
            var key = DigestMarks.KeyOf(digest);
            return plan.Candidates?.Contains(digest) == false || plan.Kept.Blobs.Contains(key) || !plan.Options.Wants(KindOf(key));
        }
    }

    private void RemoveLayers(PrunePlan plan, Sweep sweep)
    {
        foreach (var layer in FindLayers(plan))
        {
            var isKept = layer.IsAmong(plan.Kept.Layers);
            var isCache = plan.Options.Layers && !layer.IsAmong(plan.InUse.Layers) && layer.LastUsed < plan.AgeLimit;
            if (!isKept || isCache)
            {
                sweep.RemoveLayer(layer, isKept ? StorageKind.Layer : OwnerOf(layer, plan), keepRecord: isKept);
            }
        }
    }

    private static StorageKind OwnerOf(LayerEntry layer, PrunePlan plan)
        => layer.IsAmong(plan.StepContent.Layers) ? StorageKind.BuildCache
            : layer.IsAmong(plan.ImageContent.Layers) ? StorageKind.Image
            : StorageKind.Layer;

    private IEnumerable<LayerEntry> FindLayers(PrunePlan plan)
        => plan.Candidates is null
            ? LayerEntry.Enumerate(_layout, wantsRecord: layer => !plan.Kept.Layers.Contains(layer))
            : plan.Candidates.Where(layer => !plan.Kept.Layers.Contains(layer))
                .Select(layer => LayerEntry.Find(_layout, _records, layer))
                .OfType<LayerEntry>();
}

/// <summary>What removing names came to.</summary>
/// <param name="Left">The names that are left.</param>
/// <param name="Candidates">
/// What belonged to images that have none any more: blobs and layers, which go unless something else needs them.
/// </param>
internal sealed record NameRemoval(IReadOnlyList<StoredName> Left, IReadOnlySet<Digest> Candidates);
