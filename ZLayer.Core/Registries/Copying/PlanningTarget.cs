using System.Collections.Concurrent;
using ZLayer.Core.Oci;

namespace ZLayer.Core.Registries.Copying;

/// <summary>Notes what a copy would send, and sends nothing.</summary>
internal sealed class PlanningTarget(RegistryClient client) : IPushTarget
{
    public ConcurrentQueue<Digest> Manifests { get; } = new();

    public ConcurrentQueue<Descriptor> Uploads { get; } = new();

    public ConcurrentQueue<Descriptor> Mounts { get; } = new();

    public async Task<BlobUploadOutcome> UploadBlobAsync(
        ImageReference repository, BlobSource blob, IProgress<TransferProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        if (await client.BlobExistsAsync(repository, blob.Descriptor, cancellationToken).ConfigureAwait(false))
        {
            return BlobUploadOutcome.Exists;
        }

        if (blob.MountFrom.Count > 0)
        {
            Mounts.Enqueue(blob.Descriptor);
            return BlobUploadOutcome.Mounted;
        }

        Uploads.Enqueue(blob.Descriptor);
        return BlobUploadOutcome.Uploaded;
    }

    public Task PutManifestAsync(
        ImageReference reference, ReadOnlyMemory<byte> manifest, string mediaType, CancellationToken cancellationToken = default)
    {
        Manifests.Enqueue(Digest.Of(manifest.Span));
        return Task.CompletedTask;
    }
}
