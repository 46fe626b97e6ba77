using ZLayer.Core.Errors;
using ZLayer.Core.Images;
using ZLayer.Core.Images.ManifestLists;
using ZLayer.Core.Oci;
using ZLayer.Core.Storage;

namespace ZLayer.Core.Registries.Manifests;

/// <summary>
/// Manifest lists: made of images of the store and of registries, kept in the store, pushed with all that they name. A list of the store is
/// the index of an image of several platforms, so that it can also be saved, tagged and run from.
/// </summary>
public sealed class ManifestLists
{
    private readonly Func<RegistryClient> _registries;
    private readonly Func<ImagePusher> _pusher;
    private readonly ImageCatalog _images;
    private readonly LeaseStore _leases;
    private readonly ManifestListStore _store;
    private readonly ManifestSources _sources;
    private readonly StoreLayout _layout;

    internal ManifestLists(
        StoreLayout layout, StoreParts store, ImageCatalog images, Func<RegistryClient> registries, Func<ImagePusher> pusher)
    {
        _layout = layout;
        _registries = registries;
        _pusher = pusher;
        _images = images;
        _leases = store.Leases;
        _store = new ManifestListStore(layout, store.Content, store.References, store.Leases);
        _sources = new ManifestSources(registries, store.Content, images);
    }

    /// <summary>The lists of the store, in the order of their names.</summary>
    public IReadOnlyList<ManifestInfo> List() => _store.List();

    /// <summary>A list of the store; null when there is none of that name.</summary>
    public ManifestInfo? Find(ImageReference name) => _store.Find(name);

    /// <summary>A list of the store.</summary>
    /// <exception cref="ZLayerException">ManifestNotFound.</exception>
    public ManifestInfo Get(ImageReference name) => _store.Get(name);

    /// <summary>A list of a registry; nothing is kept.</summary>
    /// <param name="name">The name.</param>
    /// <param name="cancellationToken">Cancels the request.</param>
    /// <exception cref="ZLayerException">ManifestNotFound when the name is that of a single image; and what registries throw.</exception>
    public async Task<ManifestInfo> GetRemoteAsync(ImageReference name, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(name);
        var response = await _registries().GetManifestAsync(name, cancellationToken).ConfigureAwait(false);
        return MediaTypes.IsIndex(response.MediaType)
            ? ManifestListStore.Describe(name, response.MediaType, response.Bytes.Span)
            : throw new ZLayerException(
                ZLayerErrorKind.ManifestNotFound, $"{name.ToFamiliarString()} is not a manifest list, but a single image.")
            {
                Subject = name.ToString(),
                Advice = $"Look at it with {DoorWords.Of("zlayer manifest inspect", "Get-ZLayerManifest")}.",
            };
    }

    /// <summary>The document that has a name, that of a list or of a single image, byte for byte. Nothing is kept.</summary>
    /// <param name="name">The name.</param>
    /// <param name="remote">Asks the registry, even when the store has the name.</param>
    /// <param name="cancellationToken">Cancels the request.</param>
    /// <exception cref="ZLayerException">What registries throw.</exception>
    public async Task<ReadOnlyMemory<byte>> ReadDocumentAsync(
        ImageReference name, bool remote = false, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(name);
        return !remote && _store.FindDocument(name) is { } stored
            ? stored
            : (await _registries().GetManifestAsync(name, cancellationToken).ConfigureAwait(false)).Bytes;
    }

    /// <summary>Makes a list in the store, or adds to one where the options say so.</summary>
    /// <param name="name">Its name, with a tag.</param>
    /// <param name="options">Its images and annotations.</param>
    /// <param name="cancellationToken">Cancels the requests; there is no list then.</param>
    /// <exception cref="ZLayerException">
    /// NameInUse; ImageNotFound; InvalidArgument for a name with a digest; and what registries throw.
    /// </exception>
    public async Task<ManifestInfo> CreateAsync(
        ImageReference name, ManifestListOptions options, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(name);
        ArgumentNullException.ThrowIfNull(options);
        CheckName(name);
        _layout.EnsureCreated();
        using var lease = _leases.Open($"manifest list {name}", cancellationToken);
        var entries = new List<ManifestAddition>();
        foreach (var image in options.Images)
        {
            entries.AddRange(
                await _sources.ReadAsync(
                    image, new ManifestEntryOptions { AllPlatforms = true }, localOnly: false, lease, cancellationToken).ConfigureAwait(false));
        }

        var type = options.Format == ImageFormat.Docker ? MediaTypes.DockerManifestList : MediaTypes.OciIndex;
        return options.Amend && _store.Find(name) is not null
            ? _store.Add(name, entries, options.Annotations)
            : _store.Create(name, type, entries, options.Annotations, options.Replace);
    }

    /// <summary>
    /// Adds an image. It replaces an entry of the same digest, and one of the same platform that nothing else tells apart.
    /// </summary>
    /// <param name="list">The list.</param>
    /// <param name="image">A name or id: of the store, else of the registry that the name says.</param>
    /// <param name="options">Which platforms, and what the entries say.</param>
    /// <param name="localOnly">True when registries are not to be asked.</param>
    /// <param name="cancellationToken">Cancels the requests; the list is as it was then.</param>
    /// <exception cref="ZLayerException">
    /// ManifestNotFound; ImageNotFound; PlatformNotAvailable; InvalidArgument; and what registries throw.
    /// </exception>
    public async Task<ManifestInfo> AddAsync(
        ImageReference list, string image, ManifestEntryOptions options, bool localOnly = false, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(options);
        using var lease = _leases.Open($"manifest list {list}", cancellationToken);
        _ = _store.Open(list);
        return _store.Add(list, await _sources.ReadAsync(image, options, localOnly, lease, cancellationToken).ConfigureAwait(false));
    }

    /// <summary>The entry of a list that a person means.</summary>
    /// <param name="list">The list.</param>
    /// <param name="entry">
    /// The entry's digest, or the name or id of its image: of the store, else of the registry that the name says.
    /// </param>
    /// <param name="cancellationToken">Cancels the requests.</param>
    /// <exception cref="ZLayerException">
    /// ManifestNotFound, for an image that the list does not have too; InvalidArgument for one that it has for several platforms;
    /// ImageNotFound; and what registries throw.
    /// </exception>
    public async Task<Digest> FindEntryAsync(ImageReference list, string entry, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(list);
        var entries = _store.Get(list).Entries;
        if (Digest.TryParse(entry, out var digest))
        {
            return digest;
        }

        var images = await _sources.FindAsync(entry, cancellationToken).ConfigureAwait(false);
        var found = entries.Where(e => images.Contains(e.Digest)).ToList();
        return found is [var single]
            ? single.Digest
            : throw new ZLayerException(
                found.Count == 0 ? ZLayerErrorKind.ManifestNotFound : ZLayerErrorKind.InvalidArgument,
                $"The manifest list {list.ToFamiliarString()} has {(found.Count == 0 ? "no entry" : $"{found.Count} entries")} of the image {entry}.")
            {
                Subject = entry,
                Details = [.. (found.Count == 0 ? entries : found).Select(e => $"{e.Digest} {e.Platform}")],
                Advice = "Give the digest of one of its entries.",
            };
    }

    /// <summary>Changes what a list says of one of its images.</summary>
    /// <exception cref="ZLayerException">ManifestNotFound, for an entry that the list does not have too.</exception>
    public ManifestInfo Change(ImageReference list, Digest entry, ManifestEntryChange change)
    {
        ArgumentNullException.ThrowIfNull(change);
        return _store.Change(list, entry, change);
    }

    /// <summary>Takes an image out of a list; the image itself stays under its own names.</summary>
    /// <exception cref="ZLayerException">ManifestNotFound, for an entry that the list does not have too.</exception>
    public ManifestInfo RemoveEntry(ImageReference list, Digest entry) => _store.RemoveEntry(list, entry);

    /// <summary>Removes a list from the store, with the content that nothing else needs.</summary>
    /// <exception cref="ZLayerException">ManifestNotFound, for the name of a single image too.</exception>
    public ImageRemoval Remove(ImageReference list, CancellationToken cancellationToken = default)
    {
        _ = _store.Open(list);
        return _images.Remove(list.ToString(), cancellationToken: cancellationToken);
    }

    /// <summary>
    /// Pushes a list: the blobs of its images first, from the store or from the repositories that hold them, then their manifests, the list
    /// last.
    /// </summary>
    /// <param name="list">The list.</param>
    /// <param name="destination">Where to; null is the list's name.</param>
    /// <param name="options">What goes along, and as what type.</param>
    /// <param name="progress">Told how each blob goes.</param>
    /// <param name="cancellationToken">Cancels; blobs that are complete stay in the registry and are skipped the next time.</param>
    /// <exception cref="ZLayerException">
    /// ManifestNotFound; InvalidArgument for a list without entries, or one that the format cannot hold; PushFailed when an image is
    /// neither in the store nor in a registry that is known; BlobUploadFailed; ManifestPutFailed; and what registries throw.
    /// </exception>
    public Task<PushResult> PushAsync(
        ImageReference list,
        ImageReference? destination,
        ManifestPushOptions options,
        IProgress<TransferProgress>? progress = null,
        CancellationToken cancellationToken = default)
        => PushAsync(_pusher(), list, destination, options, progress, cancellationToken);

    /// <summary>The repositories of a list's images that the store does not hold, by the digests of their manifests.</summary>
    internal static IReadOnlyDictionary<Digest, ImageReference> SourcesOf(Descriptor target)
        => ManifestListStore.ReadSources(target).ToDictionary(s => s.Key, s => ImageReference.Parse(s.Value));

    /// <summary>Pushes a list as the other overload does, with a pusher of the caller's.</summary>
    internal async Task<PushResult> PushAsync(
        ImagePusher pusher,
        ImageReference list,
        ImageReference? destination,
        ManifestPushOptions options,
        IProgress<TransferProgress>? progress,
        CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(list);
        ArgumentNullException.ThrowIfNull(options);
        using var lease = _leases.Open($"push {list}", cancellationToken);
        var target = _store.Open(list, lease);
        if (_store.Describe(list, target).Entries.Count == 0)
        {
            throw new ZLayerException(
                ZLayerErrorKind.InvalidArgument, $"The manifest list {list.ToFamiliarString()} has no entries: there is nothing to push.")
            {
                Subject = list.ToString(),
                Advice = $"Add images with {DoorWords.Of("zlayer manifest add", "Add-ZLayerManifestEntry")}.",
            };
        }

        var push = new PushOptions
        {
            Compression = options.Compression,
            Level = options.Level,
            IsComplete = true,
            IncludeImages = options.IncludeImages,
            Format = options.Format,
            Sources = SourcesOf(target),
        };
        var result = await pusher.PushAsync(target, destination ?? list, push, progress, cancellationToken).ConfigureAwait(false);
        if (options.RemoveLocal)
        {
            _images.Remove(list.ToString(), cancellationToken: CancellationToken.None);
        }

        return result;
    }

    private static void CheckName(ImageReference name)
    {
        if (name.Digest is not null)
        {
            throw new ZLayerException(
                ZLayerErrorKind.InvalidArgument, $"Cannot make the manifest list {name.ToFamiliarString()}: a digest is not a name.")
            {
                Subject = name.ToString(),
                Advice = "Give a name with a tag, or without.",
            };
        }
    }
}
