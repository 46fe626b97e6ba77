using System.Diagnostics;
using ZLayer.Core.Errors;
using ZLayer.Core.Oci;

namespace ZLayer.Core.Registries.Copying;

/// <summary>
/// Copies images from registry to registry without storing them: documents byte for byte, blobs as streams from one connection to the
/// other, verified on the way. What the destination has is not sent: a manifest that is there vouches for its blobs, a blob of another
/// repository of the same registry is mounted.
/// </summary>
/// <param name="client">The registries.</param>
/// <param name="options">How many blobs move at once.</param>
internal sealed class ImageCopier(RegistryClient client, RegistryOptions options)
{
    private readonly BlobTurns _turns = new();

    /// <summary>Copies an image, by digest, every platform.</summary>
    /// <param name="source">The image.</param>
    /// <param name="destination">Where to, with a tag.</param>
    /// <param name="copy">Platform and referrers.</param>
    /// <param name="progress">Told how each blob goes.</param>
    /// <param name="cancellationToken">Cancels; blobs that are complete stay in the registry and are skipped the next time.</param>
    /// <exception cref="ZLayerException">
    /// ImageNotFound, PlatformNotAvailable, InvalidManifest, DigestMismatch, and what <see cref="RegistryClient"/> throws.
    /// </exception>
    public async Task<CopyResult> CopyAsync(
        ImageReference source, ImageReference destination, CopyOptions copy, IProgress<TransferProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        var started = Stopwatch.GetTimestamp();
        using var run = new CopyRun(client, client, options, _turns, new CopyJob(source, destination, copy, progress));
        var root = await run.CopyAsync(cancellationToken).ConfigureAwait(false);
        return new CopyResult
        {
            Source = source,
            Destination = destination,
            Digest = root.Digest,
            MediaType = root.MediaType,
            Manifests = run.Manifests,
            Referrers = run.Referrers,
            Uploaded = run.Tally.Uploaded,
            Mounted = run.Tally.Mounted,
            Skipped = run.Tally.Skipped,
            Bytes = run.Tally.Bytes,
            Duration = Stopwatch.GetElapsedTime(started),
        };
    }

    /// <summary>Finds out what <see cref="CopyAsync"/> would do, without changing anything.</summary>
    /// <param name="source">The image.</param>
    /// <param name="destination">Where to, with a tag.</param>
    /// <param name="copy">Platform and referrers.</param>
    /// <param name="cancellationToken">Cancels the requests.</param>
    /// <exception cref="ZLayerException">As <see cref="CopyAsync"/>.</exception>
    public async Task<CopyPlan> PlanAsync(
        ImageReference source, ImageReference destination, CopyOptions copy, CancellationToken cancellationToken = default)
    {
        var target = new PlanningTarget(client);
        using var run = new CopyRun(client, target, options, new BlobTurns(), new CopyJob(source, destination, copy, null));
        var root = await run.CopyAsync(cancellationToken).ConfigureAwait(false);
        return new CopyPlan
        {
            Source = source,
            Destination = destination,
            Digest = root.Digest,
            Manifests = [.. target.Manifests],
            Uploads = [.. target.Uploads],
            Mounts = [.. target.Mounts],
        };
    }
}
