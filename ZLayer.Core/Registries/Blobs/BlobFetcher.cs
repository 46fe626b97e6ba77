using ZLayer.Core.Errors;
using ZLayer.Core.Oci;
using ZLayer.Core.Storage;

namespace ZLayer.Core.Registries;

/// <summary>Fetches the blobs of one pull into the store, several at once, each verified while it streams.</summary>
internal sealed class BlobFetcher(RegistryClient client, RegistryOptions options, ContentStore content, BlobOrigins origins, Lease lease)
{
    private int _unfinished;

    public async Task FetchAsync(
        ImageReference reference, IReadOnlyList<Descriptor> blobs, IProgress<TransferProgress>? progress, CancellationToken cancellationToken)
    {
        foreach (var blob in blobs)
        {
            new TransferReport(progress, blob).Report(TransferStatus.Waiting);
        }

        Interlocked.Add(ref _unfinished, blobs.Count);
        // The longest first: the last connection should not be left alone with the largest blob.
        await Parallel.ForEachAsync(
            blobs.OrderByDescending(blob => blob.Size),
            new ParallelOptions { MaxDegreeOfParallelism = options.ParallelDownloads, CancellationToken = cancellationToken },
            async (blob, token) =>
            {
                await FetchAsync(reference, blob, progress, token).ConfigureAwait(false);
                Interlocked.Decrement(ref _unfinished);
                origins.Add(blob.Digest, reference);
            }).ConfigureAwait(false);
    }

    private async Task FetchAsync(
        ImageReference reference, Descriptor blob, IProgress<TransferProgress>? progress, CancellationToken cancellationToken)
    {
        var report = new TransferReport(progress, blob);
        if (IsStored(blob))
        {
            report.Report(TransferStatus.Exists, blob.Size);
            return;
        }

        try
        {
            if (!await TryFetchAsync(reference, blob, progress, report, fresh: false, cancellationToken).ConfigureAwait(false))
            {
                await TryFetchAsync(reference, blob, progress, report, fresh: true, cancellationToken).ConfigureAwait(false);
            }
        }
        catch (ZLayerException e) when (e.Kind == ZLayerErrorKind.DigestMismatch)
        {
            throw new ZLayerException(ZLayerErrorKind.DigestMismatch, $"{reference.ToFamiliarString()}: {e.Message}", e)
            {
                Subject = e.Subject,
                Advice = "The registry, or something between, damages content: try again, and tell the registry's operator if it stays.",
            };
        }
    }

    // With a transfer for each processor, hashing beside the transfers gains nothing.
    private bool KeepsProcessorsBusy => Math.Min(Volatile.Read(ref _unfinished), options.ParallelDownloads) >= Environment.ProcessorCount;

    private bool IsStored(Descriptor blob)
        => content.GetSize(blob.Digest) is { } size && lease.Protect(blob.Digest)
            && (size == blob.Size
                ? true
                : throw new ZLayerException(
                    ZLayerErrorKind.DigestMismatch, $"The manifest says that {blob.Digest} has {blob.Size} bytes, but it has {size}.")
                {
                    Subject = blob.Digest.ToString(),
                    Advice = "The image was published damaged.",
                });

    // False when what an earlier, broken transfer had left behind, or its continuation, turned out wrong: then a fresh one is worth a try.
    private async Task<bool> TryFetchAsync(
        ImageReference reference,
        Descriptor blob,
        IProgress<TransferProgress>? progress,
        TransferReport report,
        bool fresh,
        CancellationToken cancellationToken)
    {
        // A layer can be fetched again, and after a power cut it is verified before it is trusted; waiting for the disk would double the
        // time.
        var target = new ContentTarget(blob.Digest, blob.Size, ContentDurability.Deferred, IsHashedInline: KeepsProcessorsBusy);
        using var writer = await content.ResumeAsync(target, cancellationToken).ConfigureAwait(false);
        if (writer is null)
        {
            report.Report(TransferStatus.Exists, blob.Size);
            return true;
        }

        if (fresh || blob.Data is not null)
        {
            writer.Restart();
        }

        var continued = writer.Position > 0;
        try
        {
            if (blob.Data is { } embedded && embedded.Length == blob.Size)
            {
                writer.Write(embedded);
            }
            else
            {
                await client.DownloadBlobAsync(reference, blob, writer, writer.Position, progress, cancellationToken).ConfigureAwait(false);
            }

            report.Report(TransferStatus.Verifying, blob.Size);
            writer.Commit();
        }
        catch (ZLayerException e) when (e.Kind == ZLayerErrorKind.DigestMismatch
            && (continued || client.DistrustMirrors(reference))
            && !fresh)
        {
            return false;
        }

        report.Report(TransferStatus.Done, blob.Size);
        return true;
    }
}
