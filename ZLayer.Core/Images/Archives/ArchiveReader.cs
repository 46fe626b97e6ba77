using ZLayer.Core.Errors;
using ZLayer.Core.Foundation.Files;
using ZLayer.Core.Images.Documents;
using ZLayer.Core.Layers;
using ZLayer.Core.Oci;
using ZLayer.Core.Storage;

namespace ZLayer.Core.Images.Archives;

/// <summary>
/// Reads images into the store from an OCI image layout, a directory or a tar file, or from what <c>docker save</c> writes; tar files may
/// be compressed with gzip, zstd, bzip2 or xz. The form is told by the content. Every blob is verified; when anything is wrong, nothing is
/// read.
/// </summary>
/// <param name="layout">The data root.</param>
/// <param name="content">Its content store.</param>
/// <param name="layers">Its layers.</param>
internal sealed class ArchiveReader(StoreLayout layout, ContentStore content, LayerStore layers)
{
    // More than anybody saves at once, and each costs a file of the store.
    private const int MaximumNames = 10_000;

    /// <summary>
    /// Reads all images of an archive. Names are not set: that is the caller's, who holds a lease from before the call until they are.
    /// </summary>
    /// <param name="path">A file or directory; a pipe is read once, as a stream.</param>
    /// <param name="cancellationToken">Ends the reading; nothing is read then.</param>
    /// <returns>The images, one entry for each name; a name of one image may come with several entries of the same target.</returns>
    /// <exception cref="ZLayerException">
    /// PathNotFound; InvalidArchive; DigestMismatch; InvalidManifest; PlatformNotAvailable; StorageFull, StorageReadFailed,
    /// StorageWriteFailed.
    /// </exception>
    public Task<IReadOnlyList<ArchivedImage>> ReadAsync(string path, CancellationToken cancellationToken = default)
        => ReadAsync(path, platform: null, progress: null, cancellationToken);

    /// <summary>Reads all images of an archive, one platform of each.</summary>
    /// <param name="path">A file or directory; a pipe is read once, as a stream.</param>
    /// <param name="platform">The platform to choose from an index; null reads and names the whole index.</param>
    /// <param name="progress">Hears how far it is.</param>
    /// <param name="cancellationToken">Ends the reading; nothing is read then.</param>
    /// <inheritdoc cref="ReadAsync(string, CancellationToken)"/>
    public Task<IReadOnlyList<ArchivedImage>> ReadAsync(
        string path, Platform? platform, IProgress<ArchiveProgress>? progress = null, CancellationToken cancellationToken = default)
        => Task.Run(
            () => Read(
                added => Open(path, added, progress, cancellationToken), platform, progress, path, cancellationToken), cancellationToken);

    /// <summary>
    /// Reads all images of an archive that comes as a stream, as from standard input. Its layers are written once, to where they stay.
    /// </summary>
    /// <inheritdoc cref="ReadAsync(string, Platform?, IProgress{ArchiveProgress}?, CancellationToken)"/>
    public Task<IReadOnlyList<ArchivedImage>> ReadAsync(
        Stream source, Platform? platform = null, IProgress<ArchiveProgress>? progress = null, CancellationToken cancellationToken = default)
        => Task.Run(
            () => Read(
                added =>
                {
                    using var plain = Decompression.Open(source, leaveOpen: true);
                    return StreamedFiles.Read(plain, "the input", content, added, progress, cancellationToken);
                },
                platform,
                progress,
                "the input",
                cancellationToken),
            cancellationToken);

    private IReadOnlyList<ArchivedImage> Read(
        Func<HashSet<Digest>, IArchiveFiles> open, Platform? platform, IProgress<ArchiveProgress>? progress, string subject, CancellationToken cancellationToken)
    {
        HashSet<Digest> added = [];
        try
        {
            using var lease = new LeaseStore(layout).Open("load", cancellationToken);
            using var files = open(added);
            var ingest = new ArchiveIngest(content, layers, files, added, progress, cancellationToken);
            return Read(ingest, platform);
        }
        catch (Exception e)
        {
            Undo(added);
            if (StorageErrors.IsFileError(e))
            {
                throw e is EndOfStreamException
                    ? new ZLayerException(ZLayerErrorKind.InvalidArchive, $"Cannot read {subject}: it is cut short.", e)
                    {
                        Subject = subject,
                    }
                    : StorageErrors.Reading($"read {subject}", subject, e);
            }

            throw;
        }
    }

    private IReadOnlyList<ArchivedImage> Read(ArchiveIngest ingest, Platform? platform)
    {
        var docker = DockerArchiveReader.IsDockerArchive(ingest.Files) ? new DockerArchiveReader(ingest) : null;
        if (LayoutReader.IsLayout(ingest.Files))
        {
            IReadOnlyList<ArchivedImage> images = new LayoutReader(ingest, new ImageLoader(content), layers, platform).Read();
            images = Distinct(images, ingest);
            return docker is null ? images : Distinct(AddDockerNames(images, docker.ReadEntries()), ingest);
        }

        var names = ingest.Files.TopNames.Take(6).ToList();
        return docker is not null ? Distinct(docker.Read(), ingest) : throw new ZLayerException(
            ZLayerErrorKind.InvalidArchive,
            $"Cannot read {ingest.Files.Subject}: it is not an image archive: it has neither index.json with oci-layout nor manifest.json"
            + (names.Count > 0 ? $", but {string.Join(", ", names)}." : ", it is empty."))
        {
            Subject = ingest.Files.Subject,
            Advice = names.Any(name => name is "etc" or "bin" or "usr")
                ? $"It looks like a root file system: import it as an image with {DoorWords.Of("'zlayer import'", "New-ZLayerImage -Path")}."
                : $"Give an OCI image layout, or what docker save, podman save, skopeo or {DoorWords.Of("'zlayer save'", "Export-ZLayerImage")} wrote.",
        };
    }

    // docker save 25 and later writes both forms; some versions name images in manifest.json alone.
    private IEnumerable<ArchivedImage> AddDockerNames(IReadOnlyList<ArchivedImage> images, IReadOnlyList<DockerArchiveEntry> entries)
    {
        var tags = entries
            .SelectMany(entry => (entry.RepoTags ?? []).Select(
                tag => (Config: Path.GetFileNameWithoutExtension(entry.Config) ?? "", Tag: tag)))
            .Distinct()
            .ToLookup(pair => pair.Config, pair => pair.Tag, StringComparer.Ordinal);
        return images.SelectMany(image => image.Name is null && TagsOf(image.Target, tags).ToList() is { Count: > 0 } names
            ? names.Select(name => ArchivedImage.Named(name, image.Target))
            : [image]);
    }

    private IEnumerable<string> TagsOf(Descriptor target, ILookup<string, string> tags)
        => MediaTypes.IsManifest(target.MediaType)
            ? tags[OciJson.ParseManifest(content.ReadDocument(target.Digest, "archive"), "archive").Config.Digest.Hex]
            : [];

    // However often an archive says so, an image has a name once.
    private static IReadOnlyList<ArchivedImage> Distinct(IEnumerable<ArchivedImage> images, ArchiveIngest ingest)
    {
        var distinct = images.Distinct().Take(MaximumNames + 1).ToList();
        return distinct.Count <= MaximumNames ? distinct : throw ingest.Invalid($"it gives its images more than {MaximumNames} names");
    }

    private IArchiveFiles Open(
        string path, HashSet<Digest> added, IProgress<ArchiveProgress>? progress, CancellationToken cancellationToken)
    {
        if (Directory.Exists(path))
        {
            return new DirectoryFiles(path);
        }

        if (!File.Exists(path))
        {
            throw new ZLayerException(ZLayerErrorKind.PathNotFound, $"Cannot read {path}: there is no such file or directory.")
            {
                Subject = path,
            };
        }

        var source = UserFile.OpenRead(path, cancellationToken);
        try
        {
            if (source is FileStream { CanSeek: true } file)
            {
                var head = new byte[16];
                var format = Decompression.Detect(head.AsSpan(0, file.ReadAtLeast(head, head.Length, throwOnEndOfStream: false)));
                file.Position = 0;
                if (format == CompressionFormat.None)
                {
                    return new TarFiles(file, path, cancellationToken);
                }
            }

            using (source)
            using (var plain = Decompression.Open(source, leaveOpen: true))
            {
                return StreamedFiles.Read(plain, path, content, added, progress, cancellationToken);
            }
        }
        catch
        {
            source.Dispose();
            throw;
        }
    }

    // What this call brought and nobody else has begun to use goes again.
    private void Undo(HashSet<Digest> added)
    {
        try
        {
            if (added.Count > 0)
            {
                new Collector(layout).Collect(added);
            }
        }
        catch (ZLayerException)
        {
            // The error that brought us here is the one to tell; what is left has no name and goes with the next collection.
        }
    }
}
