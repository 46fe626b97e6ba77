namespace ZLayer.Core.Storage;

/// <summary>What a collection removes besides content that nothing refers to.</summary>
public sealed record PruneOptions
{
    /// <summary>Which images.</summary>
    public ImagePruning Images { get; init; }

    /// <summary>Step cache records and cache mounts.</summary>
    public bool BuildCache { get; init; }

    /// <summary>Extracted layers that nothing uses now; they are extracted again when they are needed.</summary>
    public bool Layers { get; init; }

    /// <summary>Only what was last used (images: named) at least this long ago.</summary>
    public TimeSpan? OlderThan { get; init; }

    /// <summary>Keeps this many bytes of the build cache, the most recently used.</summary>
    public long? KeepBytes { get; init; }

    /// <summary>Only these entries of the build cache, by their ids (<see cref="BuildCacheEntry.Id"/>); null for all.</summary>
    public IReadOnlyCollection<string>? CacheEntries { get; init => field = value?.ToArray(); }

    /// <summary>Only images with these labels, <c>key</c> or <c>key=value</c>.</summary>
    public IReadOnlyList<string> Labels { get; init => field = value.ToArray(); } = [];

    /// <summary>
    /// Only things of these kinds; all where it is empty. What belonged to an image or to a step alone is of its kind, extracted or not.
    /// </summary>
    public IReadOnlyList<StorageKind> Kinds { get; init => field = value.ToArray(); } = [];

    /// <summary>Says what would be removed, removes nothing and writes nothing.</summary>
    public bool DryRun { get; init; }

    /// <summary>The options that remove what nothing uses of some kinds, and nothing else.</summary>
    /// <param name="kinds">The kinds; none means all.</param>
    /// <param name="all">True: also images that have a name, if nothing uses them.</param>
    public static PruneOptions Of(IReadOnlyCollection<StorageKind> kinds, bool all)
    {
        ArgumentNullException.ThrowIfNull(kinds);
        bool Has(StorageKind kind) => kinds.Count == 0 || kinds.Contains(kind);
        return new PruneOptions
        {
            Images = !Has(StorageKind.Image) ? ImagePruning.None : all ? ImagePruning.All : ImagePruning.Dangling,
            BuildCache = Has(StorageKind.BuildCache),
            Layers = Has(StorageKind.Layer),
            Kinds = [.. kinds],
        };
    }

    /// <summary>The options that remove entries of the build cache, and what they alone need.</summary>
    /// <param name="ids">Their ids (<see cref="BuildCacheEntry.Id"/>).</param>
    public static PruneOptions OfCacheEntries(IReadOnlyCollection<string> ids)
        => new() { BuildCache = true, CacheEntries = ids, Kinds = [StorageKind.BuildCache] };

    /// <summary>Whether things of a kind go.</summary>
    internal bool Wants(StorageKind kind) => Kinds.Count == 0 || Kinds.Contains(kind);

    /// <summary>The same, with nothing chosen whose kind stays: what a name or a step that stays needs is then needed.</summary>
    internal PruneOptions OfWantedKinds() => this with
    {
        Images = Wants(StorageKind.Image) ? Images : ImagePruning.None,
        BuildCache = BuildCache && Wants(StorageKind.BuildCache),
        Layers = Layers && Wants(StorageKind.Layer),
    };
}

/// <summary>Which images a collection removes.</summary>
public enum ImagePruning
{
    /// <summary>None; only content that nothing refers to.</summary>
    None,
    /// <summary>Images without a name.</summary>
    Dangling,
    /// <summary>All images that no container uses.</summary>
    All,
}
