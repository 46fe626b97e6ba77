using ZLayer.Core.Errors;
using ZLayer.Core.Oci;
using ZLayer.Core.Registries;

namespace ZLayer.Testing;

/// <summary>
/// A registry in memory that remembers in which order it was given what, for tests and for trying a push out. It verifies blobs as a
/// registry does. Safe for several threads.
/// </summary>
public sealed class RecordingPushTarget : IPushTarget
{
    private readonly Lock _gate = new();
    private readonly List<string> _operations = [];
    private readonly Dictionary<Digest, byte[]> _blobs = [];
    private readonly Dictionary<string, RecordedManifest> _manifests = [];

    /// <summary>
    /// What was done, in order: <c>blob sha256:…</c>, <c>exists sha256:…</c>, <c>mount sha256:… from REPOSITORY</c>, <c>manifest
    /// REFERENCE</c>.
    /// </summary>
    public IReadOnlyList<string> Operations
    {
        get
        {
            lock (_gate)
            {
                return [.. _operations];
            }
        }
    }

    /// <summary>The blobs by digest.</summary>
    public IReadOnlyDictionary<Digest, byte[]> Blobs
    {
        get
        {
            lock (_gate)
            {
                return new Dictionary<Digest, byte[]>(_blobs);
            }
        }
    }

    /// <summary>The manifests by reference.</summary>
    public IReadOnlyDictionary<string, RecordedManifest> Manifests
    {
        get
        {
            lock (_gate)
            {
                return new Dictionary<string, RecordedManifest>(_manifests);
            }
        }
    }

    /// <summary>Repositories to mount from: a blob that names one of them in <see cref="BlobSource.MountFrom"/> is mounted.</summary>
    public IReadOnlyCollection<string> MountableRepositories { get; init => field = value.ToArray(); } = [];

    /// <inheritdoc/>
    public async Task<BlobUploadOutcome> UploadBlobAsync(
        ImageReference repository, BlobSource blob, IProgress<TransferProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(blob);
        var digest = blob.Descriptor.Digest;
        lock (_gate)
        {
            if (_blobs.ContainsKey(digest))
            {
                _operations.Add($"exists {digest}");
                return BlobUploadOutcome.Exists;
            }
        }

        if (blob.WaitForTurnAsync is { } wait)
        {
            await wait(cancellationToken).ConfigureAwait(false);
        }

        lock (_gate)
        {
            if (blob.MountFrom.FirstOrDefault(MountableRepositories.Contains) is { } from)
            {
                _operations.Add($"mount {digest} from {from}");
                return BlobUploadOutcome.Mounted;
            }
        }

        var content = await ReadAsync(blob, cancellationToken).ConfigureAwait(false);
        lock (_gate)
        {
            _blobs[digest] = content;
            _operations.Add($"blob {digest}");
        }

        return BlobUploadOutcome.Uploaded;
    }

    /// <inheritdoc/>
    public Task PutManifestAsync(
        ImageReference reference, ReadOnlyMemory<byte> manifest, string mediaType, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(reference);
        lock (_gate)
        {
            _manifests[reference.ToString()] = new RecordedManifest(manifest.ToArray(), mediaType);
            _operations.Add($"manifest {reference}");
        }

        return Task.CompletedTask;
    }

    private static async Task<byte[]> ReadAsync(BlobSource blob, CancellationToken cancellationToken)
    {
        var stream = await blob.OpenAsync(cancellationToken).ConfigureAwait(false);
        await using (stream.ConfigureAwait(false))
        {
            using var memory = new MemoryStream();
            await stream.CopyToAsync(memory, cancellationToken).ConfigureAwait(false);
            var content = memory.ToArray();
            return content.Length == blob.Descriptor.Size && Digest.Of(content) == blob.Descriptor.Digest
                ? content
                : throw new ZLayerException(
                    ZLayerErrorKind.DigestMismatch, $"The content of blob {blob.Descriptor.Digest} does not have that digest and size.")
                {
                    Subject = blob.Descriptor.Digest.ToString(),
                };
        }
    }
}

/// <summary>A manifest that a <see cref="RecordingPushTarget"/> was given.</summary>
/// <param name="Bytes">The document, byte for byte.</param>
/// <param name="MediaType">Its media type.</param>
public sealed record RecordedManifest(byte[] Bytes, string MediaType);
