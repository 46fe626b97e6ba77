using System.Collections.Concurrent;
using System.Runtime.ExceptionServices;
using ZLayer.Core.Errors;
using ZLayer.Core.Images.Documents;
using ZLayer.Core.Oci;

namespace ZLayer.Core.Registries.Copying;

/// <summary>One copy: walks the documents from the top, and puts each after what it names.</summary>
internal sealed class CopyRun : IDisposable
{
    private readonly RegistryClient _client;
    private readonly IPushTarget _target;
    private readonly RegistryOptions _options;
    private readonly BlobTurns _turns;
    private readonly ImageReference _source;
    private readonly ImageReference _destination;
    private readonly CopyOptions _copy;
    private readonly IProgress<TransferProgress>? _progress;
    private readonly SemaphoreSlim _transfers;
    private readonly ConcurrentDictionary<Digest, Lazy<Task>> _documents = new();
    private readonly ConcurrentDictionary<Digest, Lazy<Task>> _blobs = new();
    private readonly ConcurrentQueue<Digest> _subjects = new();
    private CancellationTokenSource? _failed;
    private ExceptionDispatchInfo? _failure;
    private int _manifests;
    private int _referrers;

    public CopyRun(RegistryClient client, IPushTarget target, RegistryOptions options, BlobTurns turns, CopyJob job)
    {
        ArgumentNullException.ThrowIfNull(job.Source);
        ArgumentNullException.ThrowIfNull(job.Destination);
        ArgumentNullException.ThrowIfNull(job.Options);
        (_client, _target, _options, _turns) = (client, target, options, turns);
        (_source, _destination, _copy, _progress) = job;
        _transfers = new SemaphoreSlim(options.ParallelDownloads, options.ParallelDownloads);
    }

    public int Manifests => _manifests;

    public int Referrers => _referrers;

    /// <summary>What became of the blobs.</summary>
    public TransferTally Tally { get; } = new();

    private bool IsSameRepository => _source.Name == _destination.Name;

    public async Task<ManifestResponse> CopyAsync(CancellationToken cancellationToken)
    {
        using var failed = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        _failed = failed;
        // What the destination's tag names now is asked for while the source answers. Where both are at one registry, the first question
        // finds it out.
        var asked = _client.GetManifestAsync(_source, failed.Token);
        var current = FindAsync(_destination, failed.Token);
        try
        {
            var root = await ChooseAsync(await asked.ConfigureAwait(false), failed.Token).ConfigureAwait(false);
            CheckPin(root);
            _documents[root.Digest] = new Lazy<Task>(Task.CompletedTask);
            var there = IsThereAsync(root.Digest, failed.Token);
            await Task.WhenAll(current, there).ConfigureAwait(false);
            var isNamed = await current.ConfigureAwait(false) == root.Digest;
            await CopyTreeAsync(
                root, _destination, isNamed || await there.ConfigureAwait(false), isNamed, 0, failed.Token).ConfigureAwait(false);
            await CopyReferrersAsync(failed.Token).ConfigureAwait(false);
            return root;
        }
        catch (Exception e)
        {
            await failed.CancelAsync().ConfigureAwait(false);
            await ((Task)current).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (e is OperationCanceledException && !cancellationToken.IsCancellationRequested)
            {
                // The first failure cancelled the others; it is what the user wants to hear about.
                _failure?.Throw();
            }

            throw;
        }
    }

    public void Dispose() => _transfers.Dispose();

    private async Task<ManifestResponse> ChooseAsync(ManifestResponse top, CancellationToken cancellationToken)
    {
        if (_copy.Platform is not { } platform)
        {
            return top;
        }

        var documents = new RegistryDocuments(_client, _source);
        documents.Add(top);
        var chosen = PlatformSelection.Choose(
            await documents.Walk.ImagesAsync(
                top.Descriptor, cancellationToken).ConfigureAwait(false), platform, _source.ToFamiliarString());
        return chosen.Digest == top.Digest ? top
            : await _client.GetManifestAsync(_source.WithDigest(chosen.Digest), cancellationToken).ConfigureAwait(false);
    }

    private void CheckPin(ManifestResponse root)
    {
        if (_destination.Digest is { } pinned && pinned != root.Digest)
        {
            throw new ZLayerException(
                ZLayerErrorKind.InvalidArgument, $"Cannot copy to {_destination}: what is copied has the digest {root.Digest}.")
            {
                Subject = _destination.ToString(),
                Advice = "Give the destination a tag and no digest.",
            };
        }
    }

    // Brings what the destination lacks of a document and its parts, and puts it under a name.
    private async Task CopyTreeAsync(
        ManifestResponse document, ImageReference name, bool isThere, bool isNamed, int depth, CancellationToken cancellationToken)
    {
        if (!isThere || (_copy.IncludeReferrers && MediaTypes.IsIndex(document.MediaType)))
        {
            await CopyPartsAsync(document, isThere, depth, cancellationToken).ConfigureAwait(false);
        }

        if (!isThere || (name.Tag is not null && !isNamed))
        {
            await _target.PutManifestAsync(name, document.Bytes, document.MediaType, cancellationToken).ConfigureAwait(false);
            Interlocked.Increment(ref _manifests);
        }

        _subjects.Enqueue(document.Digest);
    }

    private Task CopyPartsAsync(ManifestResponse document, bool isThere, int depth, CancellationToken cancellationToken)
    {
        var subject = _source.ToFamiliarString();
        if (MediaTypes.IsIndex(document.MediaType))
        {
            return Task.WhenAll(OciJson.ParseIndex(document.Bytes.Span, subject).Manifests.Select(entry =>
                MediaTypes.IsManifest(entry.MediaType) || MediaTypes.IsIndex(entry.MediaType)
                    ? CopyDocumentAsync(entry, isThere, depth + 1, cancellationToken)
                    : CopyBlobAsync(entry, cancellationToken)));
        }

        var manifest = OciJson.ParseManifest(document.Bytes.Span, subject);
        return Task.WhenAll(
            manifest.Layers.Append(manifest.Config).Where(blob => !blob.IsForeign).Select(blob => CopyBlobAsync(blob, cancellationToken)));
    }

    private Task CopyDocumentAsync(Descriptor entry, bool isThere, int depth, CancellationToken cancellationToken)
    {
        DocumentWalk.CheckDepth(depth, _source.ToFamiliarString());
        return _documents.GetOrAdd(entry.Digest, _ => new Lazy<Task>(async () =>
        {
            // A document that is there, and whose referrers nobody asked for, need not even be fetched.
            var isHere = isThere || await IsThereAsync(entry.Digest, cancellationToken).ConfigureAwait(false);
            if (!_copy.IncludeReferrers && isHere)
            {
                return;
            }

            var document = await _client.GetManifestAsync(_source.WithDigest(entry.Digest), cancellationToken).ConfigureAwait(false);
            await CopyTreeAsync(
                document, _destination.WithDigest(entry.Digest), isHere, isHere, depth, cancellationToken).ConfigureAwait(false);
        })).Value;
    }

    // Wave by wave, after the documents that they refer to: a referrer may itself name, or be referred to by, what is under way.
    private async Task CopyReferrersAsync(CancellationToken cancellationToken)
    {
        for (var depth = 1; _copy.IncludeReferrers && !_subjects.IsEmpty; depth++)
        {
            var wave = _subjects.ToList();
            _subjects.Clear();
            foreach (var subject in wave)
            {
                var copies = new List<Task>();
                await foreach (var referrer in _client.GetReferrersAsync(
                    _source.WithDigest(subject), null, cancellationToken).ConfigureAwait(false))
                {
                    if (!_documents.ContainsKey(referrer.Digest))
                    {
                        _referrers++;
                        copies.Add(CopyDocumentAsync(referrer, false, depth, cancellationToken));
                    }
                }

                await Task.WhenAll(copies).ConfigureAwait(false);
            }
        }
    }

    private Task CopyBlobAsync(Descriptor blob, CancellationToken cancellationToken)
        => _blobs.GetOrAdd(blob.Digest, _ => new Lazy<Task>(() => TransferAsync(blob, cancellationToken))).Value;

    private async Task TransferAsync(Descriptor blob, CancellationToken cancellationToken)
    {
        await _transfers.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            using var turn = await _turns.WaitAsync(_destination, blob.Digest, cancellationToken).ConfigureAwait(false);
            using var remote = new RemoteBlob(_client, _options, _source, blob);
            var isSameRegistry = _source.Registry == _destination.Registry;
            var source = new BlobSource
            {
                Descriptor = blob,
                OpenAsync = token => remote.OpenAsync(0, token),
                OpenAtAsync = remote.OpenAsync,
                MountFrom = isSameRegistry ? [_source.Repository] : [],
                // What another copy has just brought is asked for first: mounted once more, its link is written anew while the registry may read it.
                IsMountSure = isSameRegistry && !_turns.WasTaken(_destination, blob.Digest),
            };
            Tally.Count(await _target.UploadBlobAsync(_destination, source, _progress, cancellationToken).ConfigureAwait(false), blob);
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            Interlocked.CompareExchange(ref _failure, ExceptionDispatchInfo.Capture(e), null);
            await _failed!.CancelAsync().ConfigureAwait(false);
            throw;
        }
        finally
        {
            _transfers.Release();
        }
    }

    private async Task<bool> IsThereAsync(Digest document, CancellationToken cancellationToken)
        => IsSameRepository || await FindAsync(_destination.WithDigest(document), cancellationToken).ConfigureAwait(false) is not null;

    private Task<Digest?> FindAsync(ImageReference reference, CancellationToken cancellationToken)
        => _client.FindAtDestinationAsync(reference, cancellationToken);
}

/// <summary>What one copy is told.</summary>
/// <param name="Source">What is copied.</param>
/// <param name="Destination">Where to.</param>
/// <param name="Options">How.</param>
/// <param name="Progress">Told how each blob goes.</param>
internal sealed record CopyJob(
    ImageReference Source, ImageReference Destination, CopyOptions Options, IProgress<TransferProgress>? Progress);
