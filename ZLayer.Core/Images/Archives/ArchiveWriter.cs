using ZLayer.Core.Errors;
using ZLayer.Core.Foundation.Streams;
using ZLayer.Core.Images.Documents;
using ZLayer.Core.Layers;
using ZLayer.Core.Oci;
using ZLayer.Core.Storage;

namespace ZLayer.Core.Images.Archives;

/// <summary>
/// Writes images to files: several in one, blobs that they share once. The same images and options give the same bytes: entries are sorted,
/// times are zero. Each blob is verified while it is copied. A file appears under its name when it is complete.
/// </summary>
internal sealed class ArchiveWriter
{
    private const int FileMode444 = 0x124;
    private const int FileMode644 = 0x1A4;
    private const int DirectoryMode755 = 0x1ED;

    private readonly ContentStore _content;
    private readonly LayerStore _layers;
    private readonly LeaseStore _leases;
    private readonly ImageLoader _loader;

    /// <summary>Makes a writer over the stores of a data root.</summary>
    /// <param name="content">Where blobs come from.</param>
    /// <param name="layers">Makes compressed layers.</param>
    /// <param name="leases">Keeps collection away meanwhile.</param>
    public ArchiveWriter(ContentStore content, LayerStore layers, LeaseStore leases)
    {
        _content = content;
        _layers = layers;
        _leases = leases;
        _loader = new ImageLoader(content);
    }

    /// <summary>
    /// Writes images to a file, replacing it, into a pipe, or to a directory, which may be new, empty, or an image layout: that keeps its
    /// other images.
    /// </summary>
    /// <param name="images">The images, in the order of the archive.</param>
    /// <param name="options">Form, platform and compression.</param>
    /// <param name="path">The file or directory.</param>
    /// <param name="progress">Hears how far it is.</param>
    /// <param name="cancellationToken">Ends the work; a file is then not there, a directory has no new images.</param>
    /// <returns>What each image is in the archive, converted as the options say.</returns>
    /// <exception cref="ZLayerException">
    /// PlatformNotAvailable; InvalidArgument for a device; FileExists for a directory with something else in it; StorageReadFailed,
    /// DigestMismatch, StorageFull, StorageWriteFailed.
    /// </exception>
    public Task<IReadOnlyList<Descriptor>> WriteAsync(
        IReadOnlyList<ArchiveImage> images,
        ArchiveOptions options,
        string path,
        IProgress<ArchiveProgress>? progress = null,
        CancellationToken cancellationToken = default)
        => Task.Run(
            () => Write(
                images, options, progress, plan => WriteTo(
                    path, options, plan, progress, cancellationToken), cancellationToken), cancellationToken);

    /// <summary>Writes images to a stream, which stays open; <see cref="ArchiveFormat.OciDirectory"/> cannot be streamed.</summary>
    /// <exception cref="ZLayerException">InvalidArgument for a directory; otherwise as the other one.</exception>
    public Task<IReadOnlyList<Descriptor>> WriteAsync(
        IReadOnlyList<ArchiveImage> images,
        ArchiveOptions options,
        Stream destination,
        IProgress<ArchiveProgress>? progress = null,
        CancellationToken cancellationToken = default)
    {
        if (options.Format == ArchiveFormat.OciDirectory)
        {
            throw new ZLayerException(ZLayerErrorKind.InvalidArgument, "A directory cannot be written to a stream.")
            {
                Advice = "Choose the archive form, or a path.",
            };
        }

        return Task.Run(
            () => Write(
                images, options, progress, plan => WriteTar(
                    destination, plan, progress, cancellationToken), cancellationToken), cancellationToken);
    }

    private sealed record Plan(
        ArchiveContent Content, IReadOnlyList<Descriptor> Targets, IReadOnlyList<Descriptor> Entries, SortedDictionary<string, (byte[] Bytes, int Mode)> Documents);

    private IReadOnlyList<Descriptor> Write(
        IReadOnlyList<ArchiveImage> images,
        ArchiveOptions options,
        IProgress<ArchiveProgress>? progress,
        Action<Plan> write,
        CancellationToken cancellationToken)
    {
        using var lease = _leases.Open("save", cancellationToken);
        progress?.Report(new ArchiveProgress("layers", 0, null));
        var plan = MakePlan(images, options, lease, cancellationToken);
        write(plan);
        return plan.Targets;
    }

    private Plan MakePlan(IReadOnlyList<ArchiveImage> images, ArchiveOptions options, Lease lease, CancellationToken cancellationToken)
    {
        var archive = new ArchiveContent();
        var conversion = new ImageConversion(_content, _layers, options, archive);
        var added = new List<(Descriptor Target, IReadOnlyList<ImageReference> Names)>();
        var entries = new List<Descriptor>();
        foreach (var image in images)
        {
            var subject = image.Names.Count > 0 ? image.Names[0].ToFamiliarString() : image.Target.Digest.ToString();
            lease.Protect(image.Target.Digest);
            var chosen = ChoosePlatform(image.Target, options, subject);
            var target = conversion.Add(chosen, subject, cancellationToken);
            added.Add((target, image.Names));
            entries.AddRange(LayoutIndex.Entries(target with { Platform = PlatformOf(chosen, subject) }, image.Names, options.Created));
        }

        var documents = new SortedDictionary<string, (byte[] Bytes, int Mode)>(StringComparer.Ordinal)
        {
            ["index.json"] = (LayoutIndex.Index(entries), FileMode644),
            ["oci-layout"] = (LayoutIndex.LayoutFile, FileMode444),
        };
        if (options.Format == ArchiveFormat.DockerArchive)
        {
            documents["manifest.json"] = (LayoutIndex.DockerManifest(_content, archive, added), FileMode644);
        }

        return new Plan(archive, [.. added.Select(image => image.Target)], entries, documents);
    }

    private Descriptor ChoosePlatform(Descriptor target, ArchiveOptions options, string subject)
    {
        if (options.Platform is null && (options.Format != ArchiveFormat.DockerArchive || !MediaTypes.IsIndex(target.MediaType)))
        {
            return target;
        }

        var present = _loader.PresentImages(target, subject);
        var chosen = PlatformSelection.Best(present, options.Platform ?? Platform.Host)
            ?? (options.Platform is null && present.Count > 0 ? present[0] : null);
        return chosen is null
            ? throw PlatformSelection.NotAvailable(
                subject, options.Platform ?? Platform.Host, present.Select(image => image.Platform), isStored: true)
            : !MediaTypes.IsIndex(target.MediaType) ? target
            : new Descriptor
            {
                MediaType = chosen.Manifest.MediaType,
                Digest = chosen.Manifest.Digest,
                Size = chosen.Manifest.Size,
                Platform = chosen.Platform,
            };
    }

    // A reader chooses among the entries of index.json by it, without reading every manifest and config.
    private Platform? PlatformOf(Descriptor target, string subject)
        => MediaTypes.IsIndex(target.MediaType) ? null : _loader.Images(target, subject)[0].Platform;

    private void WriteTo(
        string path, ArchiveOptions options, Plan plan, IProgress<ArchiveProgress>? progress, CancellationToken cancellationToken)
    {
        if (options.Format == ArchiveFormat.OciDirectory)
        {
            new LayoutDirectoryWriter(path).Write(
                plan.Content.Blobs.Select(blob => (blob.Path, (Action<Stream>)(output => Copy(blob, output, cancellationToken)))),
                plan.Entries);
            return;
        }

        StagedOutput.Write(path, "write the archive", output => WriteTar(output, plan, progress, cancellationToken), cancellationToken);
    }

    private void WriteTar(Stream destination, Plan plan, IProgress<ArchiveProgress>? progress, CancellationToken cancellationToken)
    {
        using var tar = new LayerTarWriter(destination);
        var done = 0L;
        var directories = new HashSet<string>(StringComparer.Ordinal);
        foreach (var blob in plan.Content.Blobs)
        {
            progress?.Report(new ArchiveProgress(blob.Path, done, plan.Content.TotalSize));
            WriteDirectories(tar, blob.Path, directories);
            tar.BeginFile(Entry(blob.Path, TarEntryType.File, FileMode444, blob.Size));
            Copy(blob, new TarFileStream(tar), cancellationToken);
            tar.EndFile();
            done += blob.Size;
        }

        foreach (var (path, (bytes, mode)) in plan.Documents)
        {
            tar.WriteFile(Entry(path, TarEntryType.File, mode, bytes.Length), bytes);
        }

        tar.Complete();
        progress?.Report(new ArchiveProgress("index.json", done, done));
    }

    private static void WriteDirectories(LayerTarWriter tar, string path, HashSet<string> written)
    {
        for (var slash = path.IndexOf('/', StringComparison.Ordinal); slash > 0; slash = path.IndexOf('/', slash + 1))
        {
            if (written.Add(path[..slash]))
            {
                tar.WriteEntry(Entry(path[..slash], TarEntryType.Directory, DirectoryMode755, 0));
            }
        }
    }

    private static TarEntry Entry(string path, TarEntryType type, int mode, long size)
        => new() { Path = path, Type = type, Mode = mode, Size = size, ModificationTime = DateTimeOffset.UnixEpoch };

    private void Copy((string Path, Digest Digest, long Size, byte[]? Document) blob, Stream output, CancellationToken cancellationToken)
    {
        if (blob.Document is { } document)
        {
            output.Write(document);
            return;
        }

        using var source = new DigestStream(_content.OpenRead(blob.Digest), blob.Digest.HashAlgorithm);
        StreamCopy.Copy(source, output, cancellationToken);
        source.Verify(blob.Digest, blob.Size, $"blob {blob.Digest} of the store");
    }

    private sealed class TarFileStream(LayerTarWriter tar) : ForwardStream
    {
        public override bool CanWrite => true;

        public override void Write(ReadOnlySpan<byte> buffer) => tar.WriteContent(buffer);
    }
}
