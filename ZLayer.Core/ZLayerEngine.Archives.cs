using ZLayer.Core.Errors;
using ZLayer.Core.Exporters;
using ZLayer.Core.Images;
using ZLayer.Core.Images.Archives;
using ZLayer.Core.Oci;
using ZLayer.Core.Registries;
using ZLayer.Core.Runtimes.Transfers;
using ZLayer.Core.Storage;

namespace ZLayer.Core;

/// <content>Images to and from files.</content>
public sealed partial class ZLayerEngine
{
    private ArchiveReader Reader => new(Layout, Content, Layers);

    private ArchiveWriter Writer => new(Content, Layers, _leases);

    /// <summary>
    /// Loads the images of an archive: an OCI layout (directory or tar) or what <c>docker save</c> writes, compressed or not.
    /// </summary>
    /// <param name="path">A file or directory.</param>
    /// <param name="options">Name and platform.</param>
    /// <param name="progress">Told how far it is.</param>
    /// <param name="cancellationToken">Ends the loading; nothing is loaded then.</param>
    /// <returns>One entry for each name, or for each image without one.</returns>
    /// <exception cref="ZLayerException">InvalidArchive, DigestMismatch, PathNotFound; the store is then as it was.</exception>
    public async Task<IReadOnlyList<ImageInfo>> LoadAsync(
        string path, LoadOptions? options = null, IProgress<TransferProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        options ??= new LoadOptions();
        Layout.EnsureCreated();
        using var lease = _leases.Open("load", cancellationToken);
        var images = await Reader.ReadAsync(path, options.Platform, ArchiveRelay.To(progress), cancellationToken).ConfigureAwait(false);
        return Keep(images, options, path);
    }

    /// <summary>Loads the images of an archive that comes as a stream, as from standard input.</summary>
    /// <param name="archive">An OCI layout as a tar, or what <c>docker save</c> writes, compressed or not; it stays open.</param>
    /// <param name="options">Name and platform.</param>
    /// <param name="progress">Told how far it is.</param>
    /// <param name="cancellationToken">Ends the loading; nothing is loaded then.</param>
    /// <returns>One entry for each name, or for each image without one.</returns>
    /// <exception cref="ZLayerException">InvalidArchive, DigestMismatch; the store is then as it was.</exception>
    public async Task<IReadOnlyList<ImageInfo>> LoadAsync(
        Stream archive, LoadOptions? options = null, IProgress<TransferProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        options ??= new LoadOptions();
        Layout.EnsureCreated();
        using var lease = _leases.Open("load", cancellationToken);
        var images = await Reader.ReadAsync(archive, options.Platform, ArchiveRelay.To(progress), cancellationToken).ConfigureAwait(false);
        return Keep(images, options, "the input");
    }

    private IReadOnlyList<ImageInfo> Keep(IReadOnlyList<ArchivedImage> images, LoadOptions options, string subject)
    {
        if (options.Tag is { } tag)
        {
            var targets = images.Select(i => i.Target.Digest).Distinct().Count();
            images = targets == 1
                ? [new ArchivedImage(tag, images[0].Target, tag.ToString())]
                : throw new ZLayerException(
                    ZLayerErrorKind.InvalidArgument, $"There are {targets} images in {subject}, which cannot all be named {tag.ToFamiliarString()}.")
                {
                    Subject = subject,
                    Advice = "Load it without a name, then tag the images.",
                };
        }

        if (options.Tag is null && images.Count(i => i.IsNameInvalid) is > 0 and var leftOut)
        {
            options.Warn?.Invoke($"{leftOut} of the names in {subject} are left out: no image can have them.");
        }

        // Names that no image can have leave an image without a name, unless it has another.
        var named = images.Where(i => i.Reference is not null).Select(i => i.Target.Digest).ToHashSet();
        return Keep(images.Where(i => !i.IsNameInvalid || !named.Contains(i.Target.Digest)));
    }

    private IReadOnlyList<ImageInfo> Keep(IEnumerable<ArchivedImage> images)
    {
        List<(ImageReference? Reference, Descriptor Target)> kept = [.. images.Select(i => (i.Reference, i.Target)).Distinct()];
        kept.ForEach(i => Keep(i.Reference, i.Target));
        return Images.Describe(kept);
    }

    /// <summary>Saves images to a file, directory or stream.</summary>
    /// <param name="images">Names or ids, in the order of the archive.</param>
    /// <param name="options">Where and how.</param>
    /// <param name="progress">Told how far it is.</param>
    /// <param name="cancellationToken">Ends the work; a file is then not there.</param>
    /// <exception cref="ZLayerException">ImageNotFound, PlatformNotAvailable, FileExists, StorageFull, StorageWriteFailed.</exception>
    public async Task SaveAsync(
        IReadOnlyList<string> images, SaveOptions options, IProgress<TransferProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(images);
        ArgumentNullException.ThrowIfNull(options);
        using var lease = _leases.Open("save", cancellationToken);
        if (options.Format is SaveFormat.RootFsTar or SaveFormat.Directory)
        {
            await SaveFilesAsync(images, options, lease, cancellationToken).ConfigureAwait(false);
            return;
        }

        var archive = new ArchiveOptions
        {
            Format = options.Format switch
            {
                SaveFormat.OciDirectory => ArchiveFormat.OciDirectory,
                SaveFormat.DockerArchive => ArchiveFormat.DockerArchive,
                _ => ArchiveFormat.OciArchive,
            },
            Platform = options.Platform,
            Compression = options.Compression,
            Level = options.Level,
            ForceCompression = options.Compression is not null,
        };
        var content = ArchiveImages(images, lease);
        var written = options.Destination is { } stream
            ? Writer.WriteAsync(content, archive, stream, ArchiveRelay.To(progress), cancellationToken)
            : Writer.WriteAsync(content, archive, PathOf(options), ArchiveRelay.To(progress), cancellationToken);
        await written.ConfigureAwait(false);
    }

    /// <summary>Makes an image of one layer from a tar of a root file system, compressed or not.</summary>
    /// <param name="tar">The tar stream; it stays open.</param>
    /// <param name="options">Name, platform and changes of the config.</param>
    /// <param name="cancellationToken">Ends the import; nothing is imported then.</param>
    /// <exception cref="ZLayerException">
    /// InvalidArchive when it is no tar stream; DockerfileSyntaxError or InvalidArgument for a change.
    /// </exception>
    public Task<ImageInfo> ImportRootFsAsync(Stream tar, RootFsImportOptions? options = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(tar);
        options ??= new RootFsImportOptions();
        var changes = ConfigChanges.Parse(options.Changes);
        Layout.EnsureCreated();
        return Task.Run(
            () =>
            {
                using var lease = _leases.Open("import", cancellationToken);
                var manifest = new RootFsImporter(Content, Layers).Import(tar, changes.Apply, options, cancellationToken);
                Keep(options.Tag, manifest);
                return Images.Describe(options.Tag, manifest);
            },
            cancellationToken);
    }

    private List<ArchiveImage> ArchiveImages(IReadOnlyList<string> images, Lease lease)
        => [.. images
            .Select(name => (Name: name, Target: Images.GetTarget(name, lease)))
            .GroupBy(i => i.Target.Digest)
            .Select(g => new ArchiveImage(g.First().Target, [.. g.Select(i => NameOf(i.Name)).OfType<ImageReference>().Distinct()]))];

    private static ImageReference? NameOf(string nameOrId)
        => ImageReference.TryParse(nameOrId, out var reference) && reference is { Digest: null } && !Digest.TryParse(nameOrId, out _)
            ? reference
            : null;

    private static string PathOf(SaveOptions options)
        => options.Path ?? throw new ZLayerException(ZLayerErrorKind.InvalidArgument, "Saving an image needs a path or a stream.");

    // Without a name the image stays as an unnamed one until it is pruned.
    private void Keep(ImageReference? reference, Descriptor target)
    {
        if (reference is null)
        {
            References.Keep(target);
        }
        else
        {
            References.Set(reference, target);
        }
    }

    private async Task SaveFilesAsync(IReadOnlyList<string> images, SaveOptions options, Lease lease, CancellationToken cancellationToken)
    {
        if (images.Count != 1)
        {
            throw new ZLayerException(
                ZLayerErrorKind.InvalidArgument, $"The files of one image can be saved at a time, not of {images.Count}.");
        }

        IExporter exporter = options.Format == SaveFormat.Directory ? new LocalExporter(Layers) : new TarExporter(Layers);
        var instance = exporter.Resolve(0, new ExporterSpecification
        {
            Type = exporter.Type,
            Destination = options.Destination is null ? PathOf(options) : "-",
            Stream = options.Destination,
        });
        var image = Images.Get(images[0], options.Platform, lease);
        var source = new ExportSource { Root = image.ManifestDescriptor, Images = [image] };
        using var outcome = await instance.ExportAsync(source, cancellationToken: cancellationToken).ConfigureAwait(false);
    }
}
