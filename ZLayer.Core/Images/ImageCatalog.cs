using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using ZLayer.Core.Errors;
using ZLayer.Core.Images.Documents;
using ZLayer.Core.Oci;
using ZLayer.Core.Storage;
using ZLayer.Core.Storage.Remembered;

namespace ZLayer.Core.Images;

/// <summary>
/// The images of a data root: found by name or id, listed, named and removed. An image is given as <c>name[:tag][@digest]</c>, as a digest,
/// or as the first hexadecimal digits, at least four, of an image id or manifest digest.
/// </summary>
public sealed partial class ImageCatalog
{
    private readonly StoreLayout _layout;
    private readonly ContentStore _content;
    private readonly ReferenceStore _references;
    private readonly LayerStore _layers;
    private readonly LeaseStore _leases;
    private readonly ImageLoader _loader;
    private readonly ImageLookup _lookup;
    private readonly ILogger _logger;

    /// <summary>Opens the catalog of a data root; nothing is created.</summary>
    /// <param name="layout">The data root.</param>
    /// <param name="content">Its content store.</param>
    /// <param name="references">Its names.</param>
    /// <param name="layers">Its layers.</param>
    /// <param name="logger">Hears about images that cannot be read and so are not listed.</param>
    internal ImageCatalog(StoreLayout layout, ContentStore content, ReferenceStore references, LayerStore layers, ILogger? logger = null)
    {
        _layout = layout;
        _content = content;
        _references = references;
        _layers = layers;
        _leases = new LeaseStore(layout);
        _loader = new ImageLoader(content);
        _lookup = new ImageLookup(references, () => new DocumentMemory(layout, content));
        _logger = logger ?? NullLogger.Instance;
    }

    /// <summary>Finds an image, one platform of it; null when the store does not have it for that platform.</summary>
    /// <param name="nameOrId">A name, digest or beginning of an id.</param>
    /// <param name="platform">The platform; null for this machine's where the image has it, else the first one.</param>
    /// <exception cref="ZLayerException">
    /// InvalidImageReference, InvalidArgument (ambiguous id), InvalidManifest, StorageReadFailed.
    /// </exception>
    public StoredImage? Find(string nameOrId, Platform? platform = null) => Find(nameOrId, platform, lease: null);

    /// <summary>
    /// Finds an image as <see cref="Find(string, Platform?)"/> does, and leaves it protected by a lease, so that it can be used.
    /// </summary>
    internal StoredImage? Find(string nameOrId, Platform? platform, Lease? lease)
        => Look(nameOrId, lease) is { } match
            ? Find(match.Target, platform ?? match.Platform, nameOrId, strict: platform is not null)
            : null;

    /// <summary>One platform of what a name led to before; null when the store does not have it for that platform.</summary>
    internal StoredImage? Find(Descriptor target, Platform platform, string subject) => Find(target, platform, subject, strict: true);

    /// <summary>Finds an image as <see cref="Find(string, Platform?)"/> does.</summary>
    /// <exception cref="ZLayerException">
    /// ImageNotFound, naming similar ones; PlatformNotAvailable, naming the ones there are; as <see cref="Find(string, Platform?)"/>.
    /// </exception>
    public StoredImage Get(string nameOrId, Platform? platform = null) => Get(nameOrId, platform, lease: null);

    /// <summary>
    /// Finds an image as <see cref="Get(string, Platform?)"/> does, and leaves it protected by a lease, so that it can be used.
    /// </summary>
    internal StoredImage Get(string nameOrId, Platform? platform, Lease? lease)
        => lease is null
            ? Read(nameOrId, match => ReadMatch(match, nameOrId, platform))
            : ReadMatch(Look(nameOrId, lease) ?? throw _lookup.NotFound(nameOrId), nameOrId, platform);

    /// <summary>
    /// Reads one platform of what a descriptor points to, going through indexes. A manifest that is no index is taken for whatever platform
    /// it is: compare <see cref="StoredImage.Platform"/> where that matters.
    /// </summary>
    /// <param name="target">An index or manifest in the store.</param>
    /// <param name="platform">The platform wanted of an index; null for this machine's, else the first one.</param>
    /// <param name="subject">The image's name, for errors.</param>
    /// <exception cref="ZLayerException">PlatformNotAvailable; InvalidManifest, DigestMismatch or StorageReadFailed.</exception>
    internal StoredImage Load(Descriptor target, Platform? platform, string subject)
    {
        ArgumentNullException.ThrowIfNull(target);
        var strict = platform is not null && MediaTypes.IsIndex(target.MediaType);
        var candidate = Choose(target, platform, subject, strict) ?? throw NotAvailable(target, platform, subject);
        return _loader.Read(target, candidate.Manifest, subject);
    }

    /// <summary>All platforms of an image that are in the store.</summary>
    /// <exception cref="ZLayerException">ImageNotFound; as <see cref="Find(string, Platform?)"/>.</exception>
    public IReadOnlyList<StoredImage> GetAll(string nameOrId)
        => Read<IReadOnlyList<StoredImage>>(
            nameOrId,
            match => [.. _loader.PresentImages(match.Target, nameOrId).Select(c => _loader.Read(match.Target, c.Manifest, nameOrId))]);

    /// <summary>Finds what a name or id points to, an index or manifest; null when the store does not have it.</summary>
    /// <exception cref="ZLayerException">InvalidImageReference; InvalidArgument when an id is ambiguous.</exception>
    internal Descriptor? Resolve(string nameOrId) => _lookup.Find(nameOrId)?.Target;

    /// <summary>Finds what a name or id points to as <see cref="Resolve(string)"/> does.</summary>
    /// <exception cref="ZLayerException">ImageNotFound, naming similar ones; as <see cref="Resolve(string)"/>.</exception>
    public Descriptor GetTarget(string nameOrId) => Resolve(nameOrId) ?? throw _lookup.NotFound(nameOrId);

    /// <summary>
    /// Finds what a name or id points to as <see cref="Resolve(string)"/> does, and leaves it protected by a lease, so that it can be used.
    /// </summary>
    internal Descriptor? Resolve(string nameOrId, Lease lease) => Look(nameOrId, lease)?.Target;

    /// <summary>
    /// Finds what a name or id points to as <see cref="GetTarget(string)"/> does, and leaves it protected by a lease, so that it can be
    /// used.
    /// </summary>
    internal Descriptor GetTarget(string nameOrId, Lease lease) => Resolve(nameOrId, lease) ?? throw _lookup.NotFound(nameOrId);

    /// <summary>What lists show of an image that is in the store, under a name or without one.</summary>
    /// <param name="reference">The name to show.</param>
    /// <param name="target">The index or manifest.</param>
    /// <param name="platform">The platform to show; null for this machine's, else the first one.</param>
    /// <exception cref="ZLayerException">As <see cref="Load"/>.</exception>
    public ImageInfo Describe(ImageReference? reference, Descriptor target, Platform? platform = null)
        => Describe([(reference, target)], platform)[0];

    /// <summary>What lists show of several images, with one look at all names: an archive may name one thousands of times.</summary>
    internal IReadOnlyList<ImageInfo> Describe(
        IReadOnlyList<(ImageReference? Reference, Descriptor Target)> images, Platform? platform = null)
    {
        var digests = _references.Scan((_, _) => { })
            .Where(name => name.RegistryDigests.Count > 0)
            .ToLookup(name => name.Target.Digest, name => name.RegistryDigests);
        return
        [
            .. images.Select(image =>
            {
                var subject = image.Reference?.ToFamiliarString() ?? image.Target.Digest.ToString();
                var known = Familiar(digests[image.Target.Digest].SelectMany(digest => digest));
                return Summarize(Load(image.Target, platform, subject), image.Reference, subject, known);
            }),
        ];
    }

    /// <summary>
    /// The bytes of everything below a manifest or index that is in the store, each blob once; see <see cref="ImageInfo.Size"/>.
    /// </summary>
    /// <exception cref="ZLayerException">InvalidManifest, DigestMismatch or StorageReadFailed.</exception>
    internal long SizeOf(Descriptor target) => SizeOf(target, target.Digest.ToString());

    /// <summary>Everything about one platform of an image.</summary>
    /// <exception cref="ZLayerException">As <see cref="Get(string, Platform?)"/>.</exception>
    public ImageDetail Inspect(string nameOrId, Platform? platform = null)
    {
        var image = Get(nameOrId, platform);
        var entries = _references.Enumerate((_, _) => { }).Where(e => e.Target.Digest == image.Target.Digest).ToList();
        var names = entries.FindAll(e => e.Reference is not null);
        var name = ImageReference.TryParse(nameOrId, out var asked) && names.Find(e => e.Reference == asked) is { } exact ? exact
            : names.FirstOrDefault();
        var summary = Summarize(
            image, name?.Reference, image.Target.Digest.ToString(), Familiar(entries.SelectMany(e => e.RegistryDigests)));
        return new ImageDetail(summary, image, [.. names.Select(e => e.Reference!)]);
    }

    /// <summary>The steps that made an image, the last one first.</summary>
    /// <exception cref="ZLayerException">As <see cref="Get(string, Platform?)"/>.</exception>
    public IReadOnlyList<ImageHistoryEntry> GetHistory(string nameOrId, Platform? platform = null)
    {
        var image = Get(nameOrId, platform);
        var names = _references.Enumerate((_, _) => { })
            .Where(e => e.Reference is not null && e.Target.Digest == image.Target.Digest)
            .Select(e => e.Reference!.ToFamiliarString());
        return ImageHistory.Of(image, [.. names]);
    }

    /// <summary>The layers of one platform of an image, the lowest first.</summary>
    /// <exception cref="ZLayerException">As <see cref="Get(string, Platform?)"/>.</exception>
    public IReadOnlyList<LayerInfo> GetLayers(string nameOrId, Platform? platform = null)
    {
        var image = Get(nameOrId, platform);
        var makers = ImageHistory.Of(image, []).Where(entry => !entry.EmptyLayer).Reverse().Select(entry => entry.CreatedBy).ToList();
        var layers = new List<LayerInfo>();
        Digest? chain = null;
        for (var i = 0; i < image.DiffIds.Count; i++)
        {
            var (blob, diffId) = (image.Manifest.Layers[i], image.DiffIds[i]);
            chain = LayerInfo.Chain(chain, diffId);
            layers.Add(new LayerInfo
            {
                Index = i,
                Digest = blob.Digest,
                DiffId = diffId,
                ChainId = chain.Value,
                MediaType = blob.MediaType,
                Size = blob.Size,
                IsLocal = _content.Contains(blob.Digest) || _layers.IsHere(diffId),
                CreatedBy = makers[i],
                // As people write it, and as other objects name the image.
                Image = ImageReference.TryParse(nameOrId, out var name) && name.ToString() == nameOrId ? name.ToFamiliarString() : nameOrId,
                Platform = image.Platform,
                Root = _layout.Root,
            });
        }

        return layers;
    }

    /// <summary>The images that a filter lets through, the newest first.</summary>
    /// <exception cref="ZLayerException">ImageNotFound for an image of the filter; InvalidArgument; StorageReadFailed.</exception>
    public IReadOnlyList<ImageInfo> List(ImageFilter? filter = null)
    {
        filter ??= new ImageFilter();
        var before = filter.Before is { } earlier ? Get(earlier).Config.Created : null;
        var since = filter.Since is { } later ? Get(later).Config.Created : null;
        var images = new List<ImageInfo>();
        using var documents = new DocumentMemory(_layout, _content);
        var summaries = new ImageSummaries(documents);
        var names = _references.Enumerate(
            (path, error) => _logger.LogWarning("The name {Path} is not listed: {Reason}", path, error.Message));
        var digests = names.Where(entry => entry.RegistryDigests.Count > 0)
            .ToLookup(entry => entry.Target.Digest, entry => entry.RegistryDigests);
        foreach (var entry in names)
        {
            if (filter.Dangling == (entry.Reference is not null) && filter.Dangling is not null)
            {
                continue;
            }

            if (TryDescribe(summaries, entry, digests[entry.Target.Digest], filter.Platform) is { } image
                && NamePattern.AnyMatches(filter.Names, image)
                && (filter.Labels.Count == 0 || ImageLabels.Match(image.Labels, filter.Labels))
                && (filter.Before is null || image.Created < before)
                && (filter.Since is null || image.Created > since))
            {
                images.Add(image);
            }
        }

        documents.Save(complete: false);
        return [.. images.OrderByDescending(image => image.Created ?? DateTimeOffset.MinValue)
            .ThenBy(image => image.ToString(), StringComparer.Ordinal)];
    }

    // What is only looked at needs no lease: where the image goes away meanwhile, the name that led to it has gone before, and is looked up
    // again.
    private T Read<T>(string nameOrId, Func<ImageLookup.Match, T> read)
    {
        var match = _lookup.Find(nameOrId) ?? throw _lookup.NotFound(nameOrId);
        try
        {
            return read(match);
        }
        catch (ZLayerException e) when (e.Kind == ZLayerErrorKind.StorageReadFailed
            && _lookup.Find(nameOrId)?.Target.Digest != match.Target.Digest)
        {
            return Read(nameOrId, read);
        }
    }

    private StoredImage ReadMatch(ImageLookup.Match match, string nameOrId, Platform? platform)
    {
        var candidate = Choose(match.Target, platform ?? match.Platform, nameOrId, strict: platform is not null)
            ?? throw NotAvailable(match.Target, platform, nameOrId);
        return _loader.Read(match.Target, candidate.Manifest, nameOrId);
    }

    private StoredImage? Find(Descriptor target, Platform? platform, string subject, bool strict)
        => _content.Contains(target.Digest) && Choose(target, platform, subject, strict) is { } candidate
            ? _loader.Read(target, candidate.Manifest, subject)
            : null;

    private ImageLookup.Match? Look(string nameOrId, Lease? lease)
    {
        if (lease is null)
        {
            return _lookup.Find(nameOrId);
        }

        ImageLookup.Match? match = null;
        lease.Choose(() => (match = _lookup.Find(nameOrId))?.Target);
        return match;
    }

    private PlatformManifest? Choose(Descriptor target, Platform? platform, string subject, bool strict)
    {
        return Choose(_loader.PresentImages(target, subject), candidate => candidate.Platform, platform, strict);
    }

    private static T? Choose<T>(IReadOnlyList<T> present, Func<T, Platform?> platformOf, Platform? platform, bool strict)
        where T : class
        => PlatformMatch.Best(platform ?? Platform.Host, present, platformOf) ?? (strict ? null : present.Count > 0 ? present[0] : null);

    private ZLayerException NotAvailable(Descriptor target, Platform? platform, string subject)
    {
        var present = _loader.PresentImages(target, subject);
        return present.Count == 0
            ? new ZLayerException(
                ZLayerErrorKind.StorageReadFailed, $"The image {subject} has no manifest in the store: {target.Digest} or what it lists is missing.")
            {
                Subject = subject,
                Advice = "Pull, load or build it again.",
            }
            : PlatformSelection.NotAvailable(subject, platform ?? Platform.Host, present.Select(image => image.Platform), isStored: true);
    }

    private ImageInfo? TryDescribe(
        ImageSummaries summaries, StoredReference entry, IEnumerable<IReadOnlyList<string>> digests, Platform? platform)
    {
        var subject = entry.Reference?.ToFamiliarString() ?? entry.Target.Digest.ToString();
        try
        {
            var candidates = summaries.PresentCandidates(entry.Target, subject);
            var candidate = Choose(candidates, shown => shown.Platform, platform, strict: platform is not null);
            if (candidate is null && platform is null)
            {
                _logger.LogWarning("The image {Name} is not listed: its manifest is not in the store.", subject);
            }

            return candidate is null
                ? null
                : summaries.Describe(entry.Reference, entry.Target, candidate, candidates) is { } image
                    ? image with { Root = _layout.Root, RepoDigests = Familiar(digests.SelectMany(known => known)) }
                    : Summarize(
                        _loader.Read(
                            entry.Target, candidate.Manifest, subject), entry.Reference, subject, Familiar(
                                digests.SelectMany(known => known)));
        }
        catch (ZLayerException e)
        {
            _logger.LogWarning("The image {Name} is not listed: {Reason}", subject, e.Message);
            return null;
        }
    }

    // As people write them, each once: the image may have got them under several names.
    private static IReadOnlyList<string> Familiar(IEnumerable<string> registryDigests)
        => [.. registryDigests.Distinct(StringComparer.Ordinal).Select(text => ImageReference.TryParse(text, out var reference)
            ? reference.ToFamiliarString()
            : text)
            .Order(StringComparer.Ordinal)];

    private ImageInfo Summarize(StoredImage image, ImageReference? reference, string subject, IReadOnlyList<string> repoDigests)
        => ImageInfo.Of(
            image, reference, [.. _loader.PresentImages(image.Target, subject)
                .Select(present => present.Platform)
                .OfType<Platform>()], SizeOf(image.Target, subject))
            with { RepoDigests = repoDigests, Root = _layout.Root };

    private long SizeOf(Descriptor target, string subject)
    {
        var blobs = new Dictionary<Digest, long> { [target.Digest] = target.Size };
        foreach (var candidate in _loader.PresentImages(target, subject))
        {
            blobs[candidate.Manifest.Digest] = candidate.Manifest.Size;
            var manifest = OciJson.ParseManifest(_content.ReadDocument(candidate.Manifest.Digest, subject), subject);
            foreach (var blob in manifest.Layers.Prepend(manifest.Config))
            {
                blobs[blob.Digest] = blob.Size;
            }
        }

        return blobs.Values.Sum();
    }
}
