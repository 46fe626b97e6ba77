using System.Text;
using ZLayer.Core.Errors;
using ZLayer.Core.Images.Documents;
using ZLayer.Core.Oci;
using ZLayer.Core.Storage;

namespace ZLayer.Core.Images.ManifestLists;

/// <summary>
/// Manifest lists of a data root. A list is an index in the content store under a name, as that of an image of several platforms is. Where
/// an entry comes from that the store does not hold is written beside the name, as annotations of the reference: never into the index
/// itself.
/// </summary>
internal sealed class ManifestListStore(StoreLayout layout, ContentStore content, ReferenceStore references, LeaseStore leases)
{
    private const string SourcePrefix = "dev.zlayer.source.";

    private readonly StoreLocks _locks = new(layout);

    /// <summary>Makes a list of these entries.</summary>
    /// <exception cref="ZLayerException">NameInUse when the name exists and <paramref name="replace"/> is false.</exception>
    public ManifestInfo Create(
        ImageReference name, string mediaType, IReadOnlyList<ManifestAddition> entries, IReadOnlyDictionary<string, string> annotations, bool replace)
    {
        layout.EnsureCreated();
        using var gate = Lock(name);
        if (!replace && references.Find(name) is not null)
        {
            throw new ZLayerException(
                ZLayerErrorKind.NameInUse, $"Cannot make the manifest list {name.ToFamiliarString()}: the name exists.")
            {
                Subject = name.ToString(),
                Advice = "Choose another name, or allow to replace it.",
            };
        }

        var index = new ImageIndex { MediaType = mediaType, Manifests = [], Annotations = annotations.Count == 0 ? null : annotations };
        return Write(name, Merge(index, entries), SourcesOf(entries), isChange: false);
    }

    /// <summary>The list of a name; null when the store has none.</summary>
    public ManifestInfo? Find(ImageReference name)
        => references.Find(name) is { } target && MediaTypes.IsIndex(target.MediaType) && content.Contains(target.Digest)
            ? Describe(name, target)
            : null;

    /// <summary>The list of a name.</summary>
    /// <exception cref="ZLayerException">ManifestNotFound.</exception>
    public ManifestInfo Get(ImageReference name) => Describe(name, Target(name));

    /// <summary>The document that a name points to, that of a list or of a single image; null when the store has none.</summary>
    public byte[]? FindDocument(ImageReference name)
        => references.Find(name) is { } target && content.Contains(target.Digest)
            ? content.ReadDocument(target.Digest, name.ToFamiliarString())
            : null;

    /// <summary>All lists that have a name.</summary>
    public IReadOnlyList<ManifestInfo> List()
        => [.. references.Enumerate((_, _) => { })
            .Where(e => e.Reference is not null && MediaTypes.IsIndex(e.Target.MediaType) && content.Contains(e.Target.Digest))
            .Select(e => Describe(e.Reference!, e.Target))];

    /// <summary>
    /// Adds entries, and annotations of the list; an image that the list has, and another one of the same platform, is replaced in its
    /// place.
    /// </summary>
    /// <exception cref="ZLayerException">ManifestNotFound.</exception>
    public ManifestInfo Add(
        ImageReference name, IReadOnlyList<ManifestAddition> entries, IReadOnlyDictionary<string, string>? annotations = null)
    {
        using var gate = Lock(name);
        using var lease = leases.Open($"manifest list {name}");
        var (index, sources) = Read(name, lease);
        foreach (var (digest, source) in SourcesOf(entries))
        {
            sources[digest] = source;
        }

        if (annotations is { Count: > 0 })
        {
            index = index with { Annotations = annotations.Concat((index.Annotations
                ?? new Dictionary<string, string>()).ExceptBy(annotations.Keys, a => a.Key))
                .ToDictionary() };
        }

        return Write(name, Merge(index, entries), sources);
    }

    /// <summary>Changes what the list says of an entry.</summary>
    /// <exception cref="ZLayerException">ManifestNotFound, for an entry that the list does not have too.</exception>
    public ManifestInfo Change(ImageReference name, Digest entry, ManifestEntryChange change)
    {
        using var gate = Lock(name);
        using var lease = leases.Open($"manifest list {name}");
        var (index, sources) = Read(name, lease);
        RequireEntry(name, index, entry);
        return Write(name, index with { Manifests = [.. index.Manifests.Select(e => e.Digest == entry ? change.Apply(e) : e)] }, sources);
    }

    /// <summary>Takes an entry, with what says something about it, out of the list.</summary>
    /// <exception cref="ZLayerException">ManifestNotFound, for an entry that the list does not have too.</exception>
    public ManifestInfo RemoveEntry(ImageReference name, Digest entry)
    {
        using var gate = Lock(name);
        using var lease = leases.Open($"manifest list {name}");
        var (index, sources) = Read(name, lease);
        RequireEntry(name, index, entry);
        sources.Remove(entry);
        var left = index.Manifests.Where(
            e => e.Digest != entry && e.Annotations?.GetValueOrDefault("vnd.docker.reference.digest") != entry.ToString());
        return Write(name, index with { Manifests = [.. left] }, sources);
    }

    /// <summary>What a list's name points to.</summary>
    /// <exception cref="ZLayerException">ManifestNotFound.</exception>
    public Descriptor Open(ImageReference name) => Target(name);

    /// <summary>What a list's name points to, left protected by a lease, so that it can be used.</summary>
    /// <exception cref="ZLayerException">ManifestNotFound.</exception>
    public Descriptor Open(ImageReference name, Lease lease) => Target(name, lease);

    /// <summary>Where entries come from that are not here.</summary>
    public static Dictionary<Digest, string> ReadSources(Descriptor target)
    {
        var sources = new Dictionary<Digest, string>();
        foreach (var (key, value) in target.Annotations ?? new Dictionary<string, string>())
        {
            if (key.StartsWith(SourcePrefix, StringComparison.Ordinal) && Digest.TryParse(key[SourcePrefix.Length..], out var digest))
            {
                sources[digest] = value;
            }
        }

        return sources;
    }

    /// <summary>What a list of a registry is.</summary>
    public static ManifestInfo Describe(ImageReference name, string mediaType, ReadOnlySpan<byte> document)
    {
        var index = OciJson.ParseIndex(document, name.ToFamiliarString());
        return new ManifestInfo
        {
            Name = name.ToFamiliarString(),
            Reference = name,
            MediaType = mediaType,
            Digest = Digest.Of(document),
            Size = document.Length,
            Entries = [.. index.Manifests.Select(e => Entry(e, isLocal: false, name.Name))],
            Annotations = index.Annotations ?? new Dictionary<string, string>(),
            RawManifest = Encoding.UTF8.GetString(document),
        };
    }

    /// <summary>What a list of the store is, by what its name points to.</summary>
    public ManifestInfo Describe(ImageReference name, Descriptor target)
    {
        var subject = name.ToFamiliarString();
        var document = content.ReadDocument(target.Digest, subject);
        var index = OciJson.ParseIndex(document, subject);
        var sources = ReadSources(target);
        var completeness = new ImageCompleteness(content, skipForeignLayers: true);
        return new ManifestInfo
        {
            Name = subject,
            Reference = name,
            MediaType = index.MediaType ?? target.MediaType,
            Digest = target.Digest,
            Size = document.Length,
            Entries = [.. index.Manifests.Select(e => Entry(e, completeness.HasAny(e, subject), sources.GetValueOrDefault(e.Digest)))],
            Annotations = index.Annotations ?? new Dictionary<string, string>(),
            RawManifest = Encoding.UTF8.GetString(document),
            Root = layout.Root,
        };
    }

    private static ManifestEntry Entry(Descriptor entry, bool isLocal, string? source)
        => new()
        {
            Digest = entry.Digest,
            MediaType = entry.MediaType,
            Size = entry.Size,
            Platform = entry.Platform,
            Annotations = entry.Annotations ?? new Dictionary<string, string>(),
            ArtifactType = entry.ArtifactType,
            IsLocal = isLocal,
            Source = isLocal ? null : source,
        };

    private static ImageIndex Merge(ImageIndex index, IReadOnlyList<ManifestAddition> additions)
    {
        var entries = index.Manifests.ToList();
        foreach (var added in additions.Select(a => a.Entry))
        {
            var place = entries.FindIndex(e => e.Digest == added.Digest);
            place = place < 0 ? entries.FindIndex(e => Serves(e, added)) : place;
            if (place < 0)
            {
                entries.Add(added);
            }
            else
            {
                entries[place] = added;
            }
        }

        return index with { Manifests = entries };
    }

    // Two images of one platform that nothing else tells apart: clients would take the first, which is the older one.
    private static bool Serves(Descriptor entry, Descriptor added)
        => entry.Platform is { } old && added.Platform is { } platform && platform.Os != "unknown"
            && old.Normalize().ToString() == platform.Normalize().ToString()
            && old.OsVersion == platform.OsVersion
            && (old.OsFeatures ?? []).SequenceEqual(platform.OsFeatures ?? [])
            && (old.Features ?? []).SequenceEqual(platform.Features ?? [])
            && entry.ArtifactType == added.ArtifactType
            && entry.Annotations is not { Count: > 0 } && added.Annotations is not { Count: > 0 };

    private static Dictionary<Digest, string> SourcesOf(IReadOnlyList<ManifestAddition> entries)
        => entries.Where(e => e.Source is not null).DistinctBy(e => e.Entry.Digest).ToDictionary(e => e.Entry.Digest, e => e.Source!);

    private ManifestInfo Write(ImageReference name, ImageIndex index, Dictionary<Digest, string> sources, bool isChange = true)
    {
        var bytes = OciJson.Serialize(index);
        if (bytes.Length > OciJson.MaximumDocumentSize)
        {
            throw new ZLayerException(
                ZLayerErrorKind.InvalidManifest, $"The manifest list {name.ToFamiliarString()} would have {bytes.Length} bytes; at most {OciJson.MaximumDocumentSize} are read.")
            {
                Subject = name.ToString(),
            };
        }

        using var lease = leases.Open($"manifest list {name}");
        var digest = content.Write(bytes);
        lease.Protect(digest);
        var annotations = new SortedDictionary<string, string>(StringComparer.Ordinal);
        foreach (var entry in index.Manifests.Where(e => sources.ContainsKey(e.Digest)))
        {
            annotations[SourcePrefix + entry.Digest] = sources[entry.Digest];
        }

        var old = references.Find(name);
        var target = new Descriptor
        {
            MediaType = index.MediaType ?? MediaTypes.OciIndex,
            Digest = digest,
            Size = bytes.Length,
            Annotations = annotations.Count == 0 ? null : annotations,
        };
        references.Set(name, target);
        if (isChange && old is not null && old.Digest != digest)
        {
            // An earlier state of a list is no image of its own that someone might miss.
            references.Forget(old.Digest);
        }

        return Describe(name, target);
    }

    private (ImageIndex Index, Dictionary<Digest, string> Sources) Read(ImageReference name, Lease lease)
    {
        var target = Target(name, lease);
        var index = OciJson.ParseIndex(content.ReadDocument(target.Digest, name.ToFamiliarString()), name.ToFamiliarString());
        return (index with { MediaType = index.MediaType ?? target.MediaType }, ReadSources(target));
    }

    private Descriptor Target(ImageReference name, Lease? lease = null)
        => (lease is null ? references.Find(name) : lease.Choose(() => references.Find(name))) is { } target
            && MediaTypes.IsIndex(target.MediaType)
            ? target
            : throw new ZLayerException(
                ZLayerErrorKind.ManifestNotFound, $"There is no manifest list {name.ToFamiliarString()} in the store.")
            {
                Subject = name.ToString(),
                Advice = $"Make it with {DoorWords.Of("'zlayer manifest create'", "New-ZLayerManifest")}, or pull an image of several platforms.",
            };

    private static void RequireEntry(ImageReference name, ImageIndex index, Digest entry)
    {
        if (index.Manifests.All(e => e.Digest != entry))
        {
            throw new ZLayerException(
                ZLayerErrorKind.ManifestNotFound, $"The manifest list {name.ToFamiliarString()} has no entry {entry}.")
            {
                Subject = entry.ToString(),
                Details = [.. index.Manifests.Select(e => $"{e.Digest} {e.Platform}")],
                Advice = "Give the digest of one of its entries.",
            };
        }
    }

    private IDisposable Lock(ImageReference name)
        => _locks.Acquire("manifest." + Digest.Of(Encoding.UTF8.GetBytes(name.ToString())).Hex, shared: false);
}
