using System.Security.Cryptography;
using ZLayer.Core.Errors;
using ZLayer.Core.Foundation.Files;
using ZLayer.Core.Oci;
using ZLayer.Core.Storage;

namespace ZLayer.Core.Registries.Artifacts;

/// <summary>
/// Puts files into registries and fetches them, as artifacts (OCI image specification 1.1, "Guidelines for Artifact Usage"): an empty
/// config, a layer a file with its name as title. Tools such as oras read them, and the other way round.
/// </summary>
/// <param name="client">The registries.</param>
/// <param name="options">How many blobs move at once.</param>
internal sealed class ArtifactClient(RegistryClient client, RegistryOptions options)
{
    private const string Title = "org.opencontainers.image.title";
    private const string PlainFile = "application/octet-stream";

    private static readonly byte[] Empty = "{}"u8.ToArray();
    private static readonly Descriptor EmptyDescriptor
        = new() { MediaType = MediaTypes.OciEmpty, Digest = Digest.Of(Empty), Size = Empty.Length, Data = Empty };

    /// <summary>Pushes files as an artifact under a name.</summary>
    /// <param name="destination">Where to, with a tag.</param>
    /// <param name="content">The files.</param>
    /// <param name="progress">Told how each blob goes.</param>
    /// <param name="cancellationToken">Cancels the push.</param>
    /// <exception cref="ZLayerException">PathNotFound, InvalidArgument, and what <see cref="RegistryClient"/> throws.</exception>
    public Task<Referrer> PushAsync(
        ImageReference destination, ArtifactContent content, IProgress<TransferProgress>? progress = null, CancellationToken cancellationToken = default)
        => PublishAsync(destination, content, null, progress, cancellationToken);

    /// <summary>Pushes files as an artifact that refers to an image of the same repository.</summary>
    /// <param name="subject">The image; a tag is resolved first.</param>
    /// <param name="content">The files.</param>
    /// <param name="progress">Told how each blob goes.</param>
    /// <param name="cancellationToken">Cancels the push.</param>
    /// <exception cref="ZLayerException">
    /// ImageNotFound, PathNotFound, InvalidArgument, and what <see cref="RegistryClient"/> throws.
    /// </exception>
    public async Task<Referrer> AttachAsync(
        ImageReference subject, ArtifactContent content, IProgress<TransferProgress>? progress = null, CancellationToken cancellationToken = default)
        => await PublishAsync(
            null, content, (subject, await ResolveAsync(subject, cancellationToken).ConfigureAwait(false)), progress, cancellationToken).ConfigureAwait(false);

    /// <summary>
    /// Fetches the files of an artifact, each verified, into a directory, under their titles. Directories that oras packed are unpacked.
    /// </summary>
    /// <param name="reference">The artifact.</param>
    /// <param name="directory">An absolute path; made where it is missing.</param>
    /// <param name="overwrite">True replaces files that are there.</param>
    /// <param name="progress">Told how each blob goes.</param>
    /// <param name="cancellationToken">Cancels; files that are complete stay.</param>
    /// <returns>The paths of the files, in the artifact's order.</returns>
    /// <exception cref="ZLayerException">
    /// ImageNotFound; OperationNotSupported for an index; InvalidManifest for titles that lead out of the directory; FileExists;
    /// DigestMismatch; InvalidArchive.
    /// </exception>
    public async Task<IReadOnlyList<string>> PullAsync(
        ImageReference reference, string directory, bool overwrite = false, IProgress<TransferProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        var document = await client.GetManifestAsync(reference, cancellationToken).ConfigureAwait(false);
        if (!MediaTypes.IsManifest(document.MediaType))
        {
            throw new ZLayerException(
                ZLayerErrorKind.OperationNotSupported, $"{reference.ToFamiliarString()} is an index, which has no files of its own.")
            {
                Subject = reference.ToString(),
                Advice = "Fetch one of its manifests by digest.",
            };
        }

        var manifest = OciJson.ParseManifest(document.Bytes.Span, reference.ToFamiliarString());
        var files = manifest.Layers.Where(layer => layer.MediaType != MediaTypes.OciEmpty)
            .Select(layer => (Blob: layer, Path: ArtifactPath.Resolve(
                directory, layer.Annotations?.GetValueOrDefault(Title), layer.Digest, reference)))
            .ToList();
        ArtifactPath.CheckDistinct([.. files.Select(file => file.Path)], reference);
        files.ForEach(file => ArtifactPath.CheckFree(file.Path, overwrite));
        await Parallel.ForEachAsync(
            files,
            new ParallelOptions { MaxDegreeOfParallelism = options.ParallelDownloads, CancellationToken = cancellationToken },
            async (file, token) =>
            {
                try
                {
                    await FetchAsync(reference, file.Blob, file.Path, progress, token).ConfigureAwait(false);
                }
                catch (Exception e) when (StorageErrors.IsFileError(e))
                {
                    throw StorageErrors.Writing($"write {file.Path}", file.Path, e);
                }
            }).ConfigureAwait(false);
        return [.. files.Select(file => file.Path)];
    }

    /// <summary>The descriptor of what a reference names in its registry.</summary>
    internal async Task<Descriptor> ResolveAsync(ImageReference reference, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(reference);
        return await client.HeadManifestAsync(reference, cancellationToken).ConfigureAwait(false)
            ?? throw new ZLayerException(ZLayerErrorKind.ImageNotFound, $"{reference.ToFamiliarString()} is not in its registry.")
            {
                Subject = reference.ToString(),
                Advice = $"Check the name and the tag. A private repository needs {DoorWords.LogIn(reference.Registry)}.",
            };
    }

    private async Task<Referrer> PublishAsync(
        ImageReference? destination, ArtifactContent content, (ImageReference Image, Descriptor Descriptor)? subject, IProgress<TransferProgress>? progress, CancellationToken cancellationToken)
    {
        Check(content);
        var repository = destination ?? subject!.Value.Image;
        var layers = new Descriptor[content.Files.Count];
        await Parallel.ForEachAsync(
            Enumerable.Range(0, layers.Length),
            new ParallelOptions { MaxDegreeOfParallelism = options.ParallelUploads, CancellationToken = cancellationToken },
            async (i, token) => layers[i] = await SendAsync(
                repository, content.Files[i], progress, token).ConfigureAwait(false)).ConfigureAwait(false);
        await client.UploadBlobAsync(
            repository, BlobSource.FromBytes(EmptyDescriptor, Empty), null, cancellationToken).ConfigureAwait(false);
        var annotations = content.Annotations.Count > 0 ? content.Annotations : null;
        var manifest = OciJson.Serialize(new ImageManifest
        {
            MediaType = MediaTypes.OciManifest,
            ArtifactType = content.ArtifactType,
            Config = EmptyDescriptor,
            Layers = layers.Length > 0 ? layers : [EmptyDescriptor],
            Subject = subject is { } s
                ? new Descriptor { MediaType = s.Descriptor.MediaType, Digest = s.Descriptor.Digest, Size = s.Descriptor.Size }
                : null,
            Annotations = annotations,
        });
        var name = destination ?? repository.WithDigest(Digest.Of(manifest));
        await client.PutManifestAsync(name, manifest, MediaTypes.OciManifest, cancellationToken).ConfigureAwait(false);
        return new Referrer
        {
            Repository = repository.Name,
            Digest = Digest.Of(manifest),
            ArtifactType = content.ArtifactType,
            MediaType = MediaTypes.OciManifest,
            Size = manifest.Length,
            Annotations = content.Annotations,
            Subject = subject?.Descriptor.Digest,
        };
    }

    private static void Check(ArtifactContent content)
    {
        ArgumentNullException.ThrowIfNull(content);
        // RFC 6838: a type, a slash, a subtype. Registries refuse, or worse keep, anything else.
        if (content.ArtifactType.Split('/') is not [{ Length: > 0 }, { Length: > 0 }] || content.ArtifactType.Any(char.IsWhiteSpace))
        {
            throw new ZLayerException(ZLayerErrorKind.InvalidArgument, $"'{content.ArtifactType}' is not an artifact type.")
            {
                Subject = content.ArtifactType,
                Advice = "Write a media type, such as 'application/spdx+json' or 'application/vnd.example.report'.",
            };
        }

        foreach (var file in content.Files.Where(file => !File.Exists(file.Path)))
        {
            throw new ZLayerException(ZLayerErrorKind.PathNotFound, $"There is no file {file.Path}.")
            {
                Subject = file.Path,
                Advice = Directory.Exists(file.Path) ? "It is a directory: give its files, or an archive of it." : "Check the path.",
            };
        }
    }

    private async Task<Descriptor> SendAsync(
        ImageReference repository, ArtifactFile file, IProgress<TransferProgress>? progress, CancellationToken cancellationToken)
    {
        var blob = await DescribeAsync(file, cancellationToken).ConfigureAwait(false);
        var source = new BlobSource { Descriptor = blob, OpenAsync = _ => ValueTask.FromResult<Stream>(File.OpenRead(file.Path)) };
        await client.UploadBlobAsync(repository, source, progress, cancellationToken).ConfigureAwait(false);
        return blob;
    }

    private static async Task<Descriptor> DescribeAsync(ArtifactFile file, CancellationToken cancellationToken)
    {
        try
        {
            var content = File.OpenRead(file.Path);
            await using (content.ConfigureAwait(false))
            {
                var hash = await SHA256.HashDataAsync(content, cancellationToken).ConfigureAwait(false);
                return new Descriptor
                {
                    MediaType = file.MediaType ?? PlainFile,
                    Digest = Digest.FromSha256(hash),
                    Size = content.Length,
                    Annotations = new Dictionary<string, string> { [Title] = file.Name ?? Path.GetFileName(file.Path) },
                };
            }
        }
        catch (Exception e) when (SystemErrors.IsSystemError(e))
        {
            throw SystemErrors.ToException($"Cannot read {file.Path}", file.Path, e, isWrite: false);
        }
    }

    // Staged beside its place, so that a file under its name is complete and verified.
    private async Task FetchAsync(
        ImageReference repository, Descriptor blob, string path, IProgress<TransferProgress>? progress, CancellationToken cancellationToken)
    {
        // Of a name of its own: the file's may be as long as names can be.
        var staged = Path.Combine(Path.GetDirectoryName(path)!, $".zlayer-{Guid.NewGuid():N}");
        try
        {
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            using (var file = new FileStream(staged, FileMode.CreateNew, FileAccess.ReadWrite))
            {
                await client.DownloadBlobAsync(repository, blob, file, 0, progress, cancellationToken).ConfigureAwait(false);
                file.Position = 0;
                var actual = blob.Digest.Algorithm == "sha512"
                    ? Digest.FromSha512(await SHA512.HashDataAsync(file, cancellationToken).ConfigureAwait(false))
                    : Digest.FromSha256(await SHA256.HashDataAsync(file, cancellationToken).ConfigureAwait(false));
                if (actual != blob.Digest)
                {
                    throw new ZLayerException(
                        ZLayerErrorKind.DigestMismatch, $"{repository.ToFamiliarString()}: expected content with digest {blob.Digest}, but it has {actual}.")
                    {
                        Subject = blob.Digest.ToString(),
                        Advice = "The registry, or something between, damages content: try again, and tell the registry's operator if it stays.",
                    };
                }
            }

            Place(repository, blob, staged, path, cancellationToken);
        }
        catch (Exception e) when (SystemErrors.IsSystemError(e))
        {
            throw SystemErrors.ToException($"Cannot write {path}", path, e, isWrite: true);
        }
        finally
        {
            AtomicFile.TryDelete(staged);
        }
    }

    private static void Place(ImageReference repository, Descriptor blob, string staged, string path, CancellationToken cancellationToken)
    {
        if (!ArtifactDirectory.IsPacked(blob) || blob.Annotations?.GetValueOrDefault(Title) is not { Length: > 0 } title)
        {
            AtomicFile.Rename(staged, path);
            return;
        }

        var unpacked = Directory.CreateDirectory(Path.Combine(Path.GetDirectoryName(path)!, $".zlayer-{Guid.NewGuid():N}")).FullName;
        try
        {
            Directory.Move(new ArtifactDirectory(title, repository, unpacked).Extract(blob, staged, cancellationToken), path);
        }
        finally
        {
            Directory.Delete(unpacked, recursive: true);
        }
    }
}
