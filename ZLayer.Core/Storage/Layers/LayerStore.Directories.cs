using System.Text;
using ZLayer.Core.Errors;
using ZLayer.Core.Layers;
using ZLayer.Core.Oci;

namespace ZLayer.Core.Storage;

// The part of the layer store that extracts layers.
internal sealed partial class LayerStore
{
    /// <summary>
    /// The directory of a layer by itself, extracted where it is not yet. What is extracted is verified against the DiffID. To stack the
    /// layers of an image use <see cref="EnsureDirectories"/>: some layers need those below them.
    /// </summary>
    /// <exception cref="ZLayerException">StorageReadFailed when no blob is here; InvalidArchive, DigestMismatch, StorageFull.</exception>
    public string EnsureDirectory(Digest diffId, CancellationToken cancellationToken = default)
    {
        if (FindDirectory(diffId) is { } ready)
        {
            return ready;
        }

        _layout.EnsureCreated();
        using var alone = _locks.Acquire(LayerRecords.LockName(diffId), shared: false, cancellationToken);
        return FindDirectory(diffId) ?? Extract(diffId, below: [], cancellationToken);
    }

    /// <summary>
    /// The directories of an image's layers for overlayfs, base first, extracted where they are not yet. A layer is extracted once,
    /// whatever images it is in; only one that has files in directories which it does not mention, or links to files below, is extracted
    /// for each stack: it looks at what is below.
    /// </summary>
    /// <exception cref="ZLayerException">As <see cref="EnsureDirectory"/>.</exception>
    public IReadOnlyList<string> EnsureDirectories(IReadOnlyList<Digest> diffIds, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(diffIds);
        var directories = new List<string>();
        for (var i = 0; i < diffIds.Count; i++)
        {
            directories.Add(i == 0 || !NeedsBelow(diffIds[i], cancellationToken)
                ? EnsureDirectory(diffIds[i], cancellationToken)
                : EnsureInPlace(diffIds, i, directories, cancellationToken));
        }

        return directories;
    }

    // Whether it does is found out by extracting it by itself, once.
    private bool NeedsBelow(Digest diffId, CancellationToken cancellationToken)
    {
        if (_records.Read(diffId).NeedsBelow is { } known)
        {
            return known;
        }

        if (FindDirectory(diffId) is not null)
        {
            return false; // A directory of a RUN step, complete as overlayfs made it.
        }

        try
        {
            EnsureDirectory(diffId, cancellationToken);
        }
        catch (ZLayerException e) when (e.Kind == ZLayerErrorKind.InvalidArchive)
        {
            // Perhaps a link to a file below; if it is something else, extracting it in place says so again.
            _records.Change(diffId, record => record with { NeedsBelow = true });
        }

        return _records.Read(diffId).NeedsBelow == true;
    }

    private string EnsureInPlace(IReadOnlyList<Digest> diffIds, int position, List<string> below, CancellationToken cancellationToken)
    {
        var stack = Digest.Of(Encoding.ASCII.GetBytes(string.Join('\n', diffIds.Take(position)))).Hex[..16];
        var directory = $"{_records.DirectoryOf(diffIds[position])}.{stack}";
        if (Directory.Exists(directory))
        {
            return directory;
        }

        using var alone = _locks.Acquire($"{LayerRecords.LockName(diffIds[position])}.{stack}", shared: false, cancellationToken);
        return Directory.Exists(directory) ? directory : Extract(diffIds[position], below, cancellationToken, directory);
    }

    // The caller holds the directory's lock.
    private string Extract(Digest diffId, IReadOnlyList<string> below, CancellationToken cancellationToken, string? directory = null)
    {
        using var work = CreateWorkDirectory("layer");
        var tried = false;
        while (FindKnown(diffId).FirstOrDefault() is { } known)
        {
            tried = true;
            var staged = CreateDirectory(Path.Combine(work.Path, Guid.NewGuid().ToString("N")));
            if (TryExtract(diffId, known, staged, below, cancellationToken) is { } result)
            {
                var needsBelow = below.Count > 0 || result.ImpliedDirectories.Count > 0;
                _records.Change(diffId, record => record with { NeedsBelow = needsBelow });
                return Place(diffId, staged, directory ?? _records.DirectoryOf(diffId));
            }
        }

        throw tried ? Lies(diffId) : NoBlob(diffId);
    }

    private static string CreateDirectory(string path)
    {
        try
        {
            return Directory.CreateDirectory(path).FullName;
        }
        catch (Exception e) when (StorageErrors.IsFileError(e))
        {
            throw StorageErrors.Writing("extract a layer", path, e);
        }
    }

    // Null when the blob turned out not to be this layer, or to be damaged on disk; it is forgotten then, so that another may be tried.
    private LayerExtractionResult? TryExtract(
        Digest diffId, LayerBlob known, string staged, IReadOnlyList<string> below, CancellationToken cancellationToken)
    {
        try
        {
            using var tar = new DigestStream(Open(known), diffId.HashAlgorithm);
            var options = _extraction with { LowerLookup = below.Count > 0 ? new LowerDirectories(below).Find : null };
            var result = LayerExtractor.Extract(tar, staged, options, cancellationToken);
            tar.Drain(cancellationToken);
            if (tar.CurrentDigest == diffId)
            {
                AddBlob(diffId, known with { Verified = true });
                return result;
            }
        }
        catch (ZLayerException e) when (e.Kind == ZLayerErrorKind.InvalidArchive && _content.IsDamaged(known.Blob.Digest))
        {
            // The disk is to blame, not the image.
        }

        Discard(diffId, known);
        return null;
    }

    private void Discard(Digest diffId, LayerBlob known)
    {
        var isPlain = known.Blob.Digest == diffId;
        if (isPlain || _content.IsDamaged(known.Blob.Digest))
        {
            _content.Delete(known.Blob.Digest);
        }

        if (!isPlain)
        {
            Forget(diffId, known);
        }
    }
}
