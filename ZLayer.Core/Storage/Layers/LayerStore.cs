using System.Collections.Concurrent;
using ZLayer.Core.Errors;
using ZLayer.Core.Layers;
using ZLayer.Core.Oci;

namespace ZLayer.Core.Storage;

/// <summary>
/// Layers by DiffID, whatever image they belong to and wherever they stand in it: their blobs, one for each compression, and their
/// extracted directories, which overlayfs stacks. Each is made once, under a lock of its own.
/// </summary>
internal sealed partial class LayerStore
{
    private readonly StoreLayout _layout;
    private readonly ContentStore _content;
    private readonly LayerRecords _records;
    private readonly StoreLocks _locks;
    private readonly WriteJournal _journal;

    // Plain layers whose every byte this object's owner has just hashed; what lay on the disk since an earlier run is hashed again.
    private readonly ConcurrentDictionary<Digest, bool> _hashed = new();
    private readonly LayerExtractionOptions _extraction;

    /// <summary>Opens the layers of a data root; nothing is created before the first write.</summary>
    /// <param name="layout">The data root.</param>
    /// <param name="content">Its content store.</param>
    /// <param name="extraction">
    /// How layers are extracted; null restores everything as root, and what an ordinary user may otherwise.
    /// </param>
    public LayerStore(StoreLayout layout, ContentStore content, LayerExtractionOptions? extraction = null)
    {
        _layout = layout;
        _content = content;
        _records = new LayerRecords(layout);
        _locks = new StoreLocks(layout);
        _journal = new WriteJournal(layout);
        _extraction = extraction ?? UserNamespaces.ExtractionOptions();
    }

    /// <summary>What is known of each layer.</summary>
    internal LayerRecords Records => _records;

    /// <summary>
    /// The blobs of a layer that are here, of every compression: the plain tar first, then those known to unpack to the DiffID, then those
    /// that an image from outside claims to do so.
    /// </summary>
    public IReadOnlyList<Descriptor> FindBlobs(Digest diffId)
        => [.. FindKnown(diffId).Select(known => known.Blob)];

    /// <summary>Remembers that a blob holds a layer. What is remembered twice is remembered once.</summary>
    /// <param name="diffId">The digest of the plain tar.</param>
    /// <param name="blob">The blob, in the content store.</param>
    /// <param name="verified">
    /// True when the caller has seen the blob unpack to the DiffID. False for what a manifest from outside says: it is verified before the
    /// store makes anything out of it.
    /// </param>
    /// <exception cref="ZLayerException">StorageFull, StorageWriteFailed or AccessDenied.</exception>
    public void AddBlob(Digest diffId, Descriptor blob, bool verified = false)
    {
        if (verified && blob.Digest == diffId)
        {
            _hashed[diffId] = true;
        }

        AddBlob(diffId, new LayerBlob { Blob = Plain(blob), Verified = verified });
    }

    /// <summary>The directory of an extracted layer; null when it is not extracted.</summary>
    public string? FindDirectory(Digest diffId)
    {
        _layout.Recover();
        var directory = _records.DirectoryOf(diffId);
        return Directory.Exists(directory) ? directory : null;
    }

    /// <summary>
    /// Makes a directory that is already in the layer form of overlayfs the extracted directory of a layer, by renaming it: the upper
    /// directory of a RUN step. Where the layer is extracted already, the directory given stays where it is.
    /// </summary>
    /// <param name="diffId">The digest of the layer's plain tar, which the caller made from the directory.</param>
    /// <param name="directory">A directory on the data root's file system.</param>
    /// <returns>The layer's directory.</returns>
    /// <exception cref="ZLayerException">StorageWriteFailed or AccessDenied.</exception>
    public string AdoptDirectory(Digest diffId, string directory)
    {
        _layout.EnsureCreated();
        using var alone = _locks.Acquire(LayerRecords.LockName(diffId), shared: false);
        return Place(diffId, directory, _records.DirectoryOf(diffId));
    }

    /// <summary>Whether a layer is here in any form: as a blob of any compression, or extracted.</summary>
    internal bool IsHere(Digest diffId)
        => _content.Contains(diffId) || Directory.Exists(_records.DirectoryOf(diffId)) || FindKnown(diffId).Any();

    /// <summary>Keeps directories of layers where they are, for a mount.</summary>
    /// <exception cref="ZLayerException">StorageFull, StorageWriteFailed or AccessDenied.</exception>
    internal MountedLayers HoldDirectories(IReadOnlyList<string> directories) => MountedLayers.Hold(_layout, directories);

    /// <summary>Makes an empty directory for work in progress on the data root's file system.</summary>
    /// <param name="purpose">One word for people who look into <c>ingest/</c>: letters, digits and '-'.</param>
    /// <exception cref="ZLayerException">StorageFull, StorageWriteFailed or AccessDenied.</exception>
    public WorkDirectory CreateWorkDirectory(string purpose) => WorkDirectory.Create(_layout, purpose);

    private void AddBlob(Digest diffId, LayerBlob blob)
    {
        if (blob.Blob.Digest == diffId)
        {
            return; // The plain tar needs no record: its digest is the DiffID.
        }

        _layout.EnsureCreated();
        try
        {
            using var collection = _locks.Acquire(StoreLocks.Collection, shared: true);
            _journal.Add(diffId);
            _records.Change(diffId, record => Merge(record, blob));
        }
        catch (Exception e) when (StorageErrors.IsFileError(e))
        {
            throw StorageErrors.Writing($"remember a blob of layer {diffId}", _records.PathOf(diffId), e);
        }
    }

    private LayerRecord Merge(LayerRecord record, LayerBlob blob)
    {
        var known = record.Blobs.FirstOrDefault(b => b.Blob.Digest == blob.Blob.Digest);
        if (known is null)
        {
            return record with { Blobs = [.. record.Blobs, blob] };
        }

        // Of two sizes that were said the blob itself has one: with the other the layer would never be found.
        var isCorrected = known.Blob.Size != blob.Blob.Size && _content.GetSize(blob.Blob.Digest) == blob.Blob.Size;
        var merged = known with
        {
            Blob = isCorrected ? blob.Blob : known.Blob,
            Verified = known.Verified || blob.Verified,
            Level = known.Level ?? blob.Level,
        };
        return merged == known ? record : record with { Blobs = [.. record.Blobs.Select(b => b == known ? merged : b)] };
    }

    private IEnumerable<LayerBlob> FindKnown(Digest diffId)
    {
        if (_content.GetSize(diffId) is { } size)
        {
            yield return new LayerBlob
            {
                Blob = new Descriptor { MediaType = MediaTypes.OciLayer, Digest = diffId, Size = size },
                Verified = true,
            };
        }

        foreach (var known in _records.Read(diffId).Blobs.OrderByDescending(b => b.Verified))
        {
            if (_content.GetSize(known.Blob.Digest) == known.Blob.Size)
            {
                yield return known;
            }
        }
    }

    // Only what the blob itself is; annotations belong to the manifest that it was found in.
    private static Descriptor Plain(Descriptor blob)
        => new() { MediaType = MediaTypes.ToOci(blob.MediaType), Digest = blob.Digest, Size = blob.Size };

    // The caller holds the directory's lock.
    private string Place(Digest diffId, string staged, string directory)
    {
        try
        {
            using var collection = _locks.Acquire(StoreLocks.Collection, shared: true);
            _journal.Add(diffId);
            _records.Change(diffId, record => record);
            _records.Touch(diffId);
            if (!Directory.Exists(directory))
            {
                if (UnflushedMarks.IsSupported)
                {
                    UnflushedMarks.AddLayer(_layout, Path.GetFileName(directory));
                }

                Directory.Move(staged, directory);
            }

            return directory;
        }
        catch (Exception e) when (StorageErrors.IsFileError(e))
        {
            throw StorageErrors.Writing($"keep the files of layer {diffId}", directory, e);
        }
    }
}
