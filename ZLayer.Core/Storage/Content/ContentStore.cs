using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using ZLayer.Core.Errors;
using ZLayer.Core.Foundation.Files;
using ZLayer.Core.Layers;
using ZLayer.Core.Oci;
using ZLayer.Core.Storage.Pieces;

namespace ZLayer.Core.Storage;

/// <summary>
/// Immutable content by digest: <c>blobs/&lt;algorithm&gt;/&lt;hex&gt;</c>, or a list of pieces that several blobs share, the same for all
/// processes that use the data root.
/// Content that must survive a collection running meanwhile is written or protected under a <see cref="Lease"/>.
/// </summary>
internal sealed partial class ContentStore
{
    private readonly StoreLayout _layout;
    private readonly StoreLocks _locks;
    private readonly WriteJournal _journal;
    private readonly PieceFiles _pieces;
    private readonly ILogger _logger;

    /// <summary>Opens the content store of a data root; nothing is created before the first write.</summary>
    /// <param name="layout">The data root.</param>
    /// <param name="logger">Hears about damaged content.</param>
    public ContentStore(StoreLayout layout, ILogger? logger = null)
    {
        _layout = layout;
        _locks = new StoreLocks(layout);
        _journal = new WriteJournal(layout);
        _pieces = new PieceFiles(layout);
        _logger = logger ?? NullLogger.Instance;
    }

    /// <summary>Whether the blob is here.</summary>
    public bool Contains(Digest digest) => GetSize(digest) is not null;

    /// <summary>The size of a blob in bytes; null when it is not here.</summary>
    public long? GetSize(Digest digest)
    {
        _layout.Recover();
        var file = new FileInfo(GetPath(digest));
        return file.Exists ? file.Length : _pieces.TryReadList(digest)?.Length;
    }

    /// <summary>Where a blob is or would be.</summary>
    public string GetPath(Digest digest) => _layout.BlobPath(digest);

    /// <summary>Opens a blob.</summary>
    /// <exception cref="ZLayerException">StorageReadFailed when it is not here or cannot be read.</exception>
    public Stream OpenRead(Digest digest)
    {
        _layout.Recover();
        try
        {
            return Open(digest, GetPath(digest));
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            return _pieces.TryReadList(digest) is { } list ? new PiecedStream(_pieces, list) : throw Missing(digest, e);
        }
        catch (Exception e) when (StorageErrors.IsFileError(e))
        {
            throw StorageErrors.Reading($"read blob {digest}", GetPath(digest), e);
        }
    }

    /// <summary>Starts a layer that is kept in pieces, and shares those of an earlier one.</summary>
    /// <param name="earlier">The DiffID of the earlier one; null for none.</param>
    /// <exception cref="ZLayerException">StorageFull, StorageWriteFailed or AccessDenied.</exception>
    internal PiecedLayerWriter CreateLayer(Digest? earlier) => CreateLayer(earlier, PieceSizes.Default);

    internal PiecedLayerWriter CreateLayer(Digest? earlier, PieceSizes sizes)
    {
        _layout.EnsureCreated();
        var list = earlier is { } digest ? _pieces.TryReadList(digest) : null;
        return new PiecedLayerWriter(StagePieces(), list, sizes);
    }

    /// <summary>The list of a blob that is kept in pieces; null for others.</summary>
    internal PieceList? TryReadPieces(Digest digest) => File.Exists(GetPath(digest)) ? null : _pieces.TryReadList(digest);

    /// <summary>Makes a place for the pieces of a blob on their way in.</summary>
    internal PieceStaging StagePieces() => new(_layout, _locks);

    /// <summary>Reads a manifest, index or config, verified against its digest.</summary>
    /// <param name="digest">The document's digest.</param>
    /// <param name="subject">What it belongs to, for errors: an image's name.</param>
    /// <exception cref="ZLayerException">
    /// StorageReadFailed when it is missing, InvalidManifest when it is larger than <see cref="OciJson.MaximumDocumentSize"/>,
    /// DigestMismatch when the file is damaged.
    /// </exception>
    public byte[] ReadDocument(Digest digest, string subject)
    {
        byte[] content;
        using (var stream = OpenRead(digest))
        {
            if (stream.Length > OciJson.MaximumDocumentSize)
            {
                throw new ZLayerException(
                    ZLayerErrorKind.InvalidManifest,
                    $"The document {digest} of {subject} has {stream.Length} bytes; at most {OciJson.MaximumDocumentSize} are read.")
                { Subject = subject };
            }

            content = new byte[stream.Length];
            stream.ReadExactly(content);
        }

        using var hash = ContentHash.Create(digest);
        hash.Append(content);
        return hash.Finish() == digest ? content : throw Damaged(digest, subject);
    }

    /// <summary>Starts a blob whose digest is not known yet (sha256), or is given to <see cref="ContentWriter.Commit"/>.</summary>
    /// <exception cref="ZLayerException">StorageFull, StorageWriteFailed or AccessDenied.</exception>
    public ContentWriter Create(ContentDurability durability = ContentDurability.Flushed)
    {
        _layout.EnsureCreated();
        var path = Path.Combine(_layout.Ingest, $"{Guid.NewGuid():N}.blob");
        return Stage(path, new ContentTarget(default, null, durability))
            ?? throw new ZLayerException(ZLayerErrorKind.InternalError, $"{path} is locked although its name is unique.");
    }

    /// <summary>
    /// Starts or continues the blob of a known digest: <see cref="ContentWriter.Position"/> says how much is already there. While another
    /// process or thread writes the same blob, this waits for it.
    /// </summary>
    /// <returns>
    /// The writer, which holds the blob's lock until it is disposed; null when the blob is here, and counts as written now: there is
    /// nothing to write.
    /// </returns>
    /// <exception cref="ZLayerException">StorageFull, StorageWriteFailed or AccessDenied.</exception>
    public Task<ContentWriter?> ResumeAsync(
        Digest expected,
        long? expectedSize,
        ContentDurability durability = ContentDurability.Flushed,
        CancellationToken cancellationToken = default)
        => ResumeAsync(new ContentTarget(expected, expectedSize, durability), cancellationToken);

    internal async Task<ContentWriter?> ResumeAsync(ContentTarget target, CancellationToken cancellationToken)
    {
        while (true)
        {
            if (Contains(target.Expected) && TryUse(target.Expected) && HasSize(target.Expected, target.ExpectedSize))
            {
                return null;
            }

            if (TryResume(target) is { } writer)
            {
                return UnlessStoredMeanwhile(writer, target.Expected);
            }

            await Task.Delay(TimeSpan.FromMilliseconds(50), cancellationToken).ConfigureAwait(false);
        }
    }

    /// <inheritdoc cref="ResumeAsync(Digest, long?, ContentDurability, CancellationToken)"/>
    public ContentWriter? Resume(
        Digest expected,
        long? expectedSize,
        ContentDurability durability = ContentDurability.Flushed,
        CancellationToken cancellationToken = default)
    {
        while (true)
        {
            if (Contains(expected) && TryUse(expected) && HasSize(expected, expectedSize))
            {
                return null;
            }

            if (TryResume(expected, expectedSize, durability) is { } writer)
            {
                return UnlessStoredMeanwhile(writer, expected);
            }

            cancellationToken.WaitHandle.WaitOne(50);
            cancellationToken.ThrowIfCancellationRequested();
        }
    }

    /// <summary>
    /// Starts or continues the blob of a known digest as <see cref="Resume"/> does; null when somebody else is writing it.
    /// </summary>
    public ContentWriter? TryResume(Digest expected, long? expectedSize, ContentDurability durability = ContentDurability.Flushed)
        => TryResume(new ContentTarget(expected, expectedSize, durability));

    /// <summary>Stores a small document; storing it again is success.</summary>
    /// <exception cref="ZLayerException">StorageFull, StorageWriteFailed or AccessDenied.</exception>
    public Digest Write(ReadOnlyMemory<byte> document)
    {
        var digest = Digest.Of(document.Span);
        if (IsStored(digest, document.Span) && TryUse(digest))
        {
            return digest; // An unchanged build writes nothing and waits for no disk.
        }

        using var writer = Create();
        writer.Write(document.Span);
        return writer.Commit();
    }

    /// <summary>
    /// Moves a file of the data root's file system into place as a blob. The caller has hashed what it wrote: <paramref name="known"/> is
    /// trusted. The file is not flushed but marked, as <see cref="ContentDurability.Deferred"/> says.
    /// </summary>
    /// <exception cref="ZLayerException">StorageFull, StorageWriteFailed or AccessDenied.</exception>
    public Digest ImportFile(string path, Digest known)
    {
        _layout.EnsureCreated();
        try
        {
            BlobPlacement.Place(_layout, _locks, path, known, new FileInfo(path).Length, deferred: UnflushedMarks.IsSupported);
            return known;
        }
        catch (Exception e) when (StorageErrors.IsFileError(e))
        {
            throw StorageErrors.Writing($"store {known}", path, e);
        }
    }

    /// <summary>All blobs, in no particular order.</summary>
    public IEnumerable<ContentEntry> Enumerate()
    {
        _layout.Recover();
        foreach (var algorithm in (string[])["sha256", "sha512"])
        {
            var directory = new DirectoryInfo(Path.Combine(_layout.Blobs, algorithm));
            foreach (var file in directory.Exists ? directory.EnumerateFiles() : [])
            {
                if (Digest.TryParse($"{algorithm}:{file.Name}", out var digest) && TryDescribe(digest, file) is { } entry)
                {
                    yield return entry;
                }
            }
        }

        foreach (var list in _pieces.Lists())
        {
            if (GetSize(list.Digest) is { } size)
            {
                yield return new ContentEntry(list.Digest, size, list.LastUsed);
            }
        }
    }

    /// <summary>Deletes a blob; false when it was not here. Collection calls this; others would break images that need the blob.</summary>
    public bool Delete(Digest digest)
    {
        var path = GetPath(digest);
        try
        {
            var exists = File.Exists(path);
            File.Delete(path);
            return _pieces.DeleteList(digest) || exists;
        }
        catch (Exception e) when (StorageErrors.IsFileError(e))
        {
            throw StorageErrors.Writing($"delete blob {digest}", path, e);
        }
    }

    /// <summary>Whether a blob that is here has another digest than its name says. Reads all of it.</summary>
    internal bool IsDamaged(Digest digest)
    {
        if (!Contains(digest))
        {
            return false;
        }

        using var stream = OpenRead(digest);
        using var hash = ContentHash.Create(digest);
        hash.Append(stream);
        return hash.Finish() != digest;
    }

    /// <summary>Notes that a blob is used now; false when it is not here. The caller shares the collection lock.</summary>
    internal bool Touch(Digest digest)
    {
        return TryTouch(GetPath(digest)) || TryTouch(_pieces.ListPathOf(digest));

        bool TryTouch(string path)
        {
            try
            {
                File.SetLastWriteTimeUtc(path, _layout.UtcNow);
                return true;
            }
            catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
            {
                return false;
            }
        }
    }

    /// <summary>
    /// Uses a blob as if it were written now: living leases protect it from here on. False when it is not here and must be written.
    /// </summary>
    internal bool TryUse(Digest digest)
    {
        try
        {
            using var collection = _locks.Acquire(StoreLocks.Collection, shared: true);
            if (!Touch(digest))
            {
                return false;
            }

            _journal.Add(digest);
            return true;
        }
        catch (Exception e) when (StorageErrors.IsFileError(e))
        {
            throw StorageErrors.Writing($"use {digest}", GetPath(digest), e);
        }
    }

    // Comparing a document costs less than writing it, and one that was damaged on disk is written again.
    private bool IsStored(Digest digest, ReadOnlySpan<byte> document)
    {
        if (GetSize(digest) != document.Length)
        {
            return false;
        }

        try
        {
            var stored = new byte[document.Length];
            using var stream = OpenRead(digest);
            return stream.ReadAtLeast(stored, stored.Length, throwOnEndOfStream: false) == stored.Length && document.SequenceEqual(stored);
        }
        catch (Exception e) when (StorageErrors.IsFileError(e) || e is ZLayerException)
        {
            return false;
        }
    }

    private ContentWriter? TryResume(ContentTarget target)
    {
        _layout.EnsureCreated();
        return Stage(Path.Combine(_layout.Ingest, $"{target.Expected.Algorithm}-{target.Expected.Hex}.partial"), target);
    }

    private ContentWriter? UnlessStoredMeanwhile(ContentWriter writer, Digest digest)
    {
        if (!Contains(digest) || !TryUse(digest))
        {
            return writer;
        }

        writer.Dispose();
        return null;
    }

    private static ContentEntry? TryDescribe(Digest digest, FileInfo file)
    {
        try
        {
            return new ContentEntry(digest, file.Length, file.LastWriteTimeUtc);
        }
        catch (FileNotFoundException)
        {
            return null; // Deleted by another process while this one listed.
        }
    }

    // On Linux without the class library's shared lock, which would clash with the writer's for the instant after a blob got its name.
    private static FileStream Open(Digest digest, string path)
        => OperatingSystem.IsLinux()
            ? new BlobStream(FileHandles.OpenFile(path, FileHandles.ReadOnly), digest, path)
            : new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read | FileShare.Delete, bufferSize: 0);

    private static ZLayerException Missing(Digest digest, Exception inner)
        => new(ZLayerErrorKind.StorageReadFailed, $"Blob {digest} is not in the store.", inner)
        {
            Subject = digest.ToString(),
            Advice = "Pull, load or build the image that needs it again.",
        };

    private ZLayerException Damaged(Digest digest, string subject)
    {
        _logger.LogWarning("Blob {Digest} of {Subject} is damaged on disk: {Path}", digest, subject, GetPath(digest));
        return new ZLayerException(
            ZLayerErrorKind.DigestMismatch, $"The document {digest} of {subject} is damaged on disk: its content has another digest.")
        {
            Subject = digest.ToString(),
            Advice = $"Delete {GetPath(digest)} and fetch the image again.",
        };
    }
}
