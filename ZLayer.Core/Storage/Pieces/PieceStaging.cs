using System.Collections.Concurrent;
using ZLayer.Core.Errors;
using ZLayer.Core.Foundation.Files;

namespace ZLayer.Core.Storage.Pieces;

/// <summary>
/// The pieces of one blob on their way into the store: staged in a working directory, given their names with the blob's list, all under the
/// collection lock, so that no collection comes in between. Several threads may stage at once.
/// </summary>
internal sealed class PieceStaging : IDisposable
{
    private readonly StoreLayout _layout;
    private readonly StoreLocks _locks;
    private readonly PieceFiles _files;
    private readonly WorkDirectory _directory;
    private readonly ConcurrentDictionary<string, Piece> _staged = new(StringComparer.Ordinal);

    /// <summary>Makes the working directory.</summary>
    public PieceStaging(StoreLayout layout, StoreLocks locks)
    {
        _layout = layout;
        _locks = locks;
        _files = new PieceFiles(layout);
        _directory = WorkDirectory.Create(layout, "pieces");
    }

    /// <summary>The files of the store.</summary>
    public PieceFiles Files => _files;

    /// <summary>Stages a piece; one that is staged already is staged once.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="content">What its file holds.</param>
    /// <param name="length">How much of that belongs to the blob.</param>
    public Piece Stage(string name, ReadOnlySpan<byte> content, int length)
    {
        var piece = new Piece(name, length, PieceFiles.ChecksumOf(content[..length]));
        if (!_staged.TryAdd(name, piece))
        {
            return piece;
        }

        var path = Path.Combine(_directory.Path, name);
        try
        {
            using var file = File.OpenHandle(path, FileMode.CreateNew, FileAccess.Write, FileShare.Read | FileShare.Delete);
            RandomAccess.Write(file, content, 0);
            return piece;
        }
        catch (Exception e) when (StorageErrors.IsFileError(e))
        {
            throw StorageErrors.Writing("store a piece of a layer", path, e);
        }
    }

    /// <summary>Makes the pieces of a list a blob. One that is there already is success.</summary>
    /// <exception cref="LostPieceException">A piece that is not staged is gone meanwhile.</exception>
    /// <exception cref="ZLayerException">StorageFull, StorageWriteFailed or AccessDenied.</exception>
    public void Commit(PieceList list)
    {
        var deferred = UnflushedMarks.IsSupported;
        var pieces = list.Pieces.DistinctBy(piece => piece.Name).ToList();
        try
        {
            if (!deferred)
            {
                FlushStaged(pieces);
            }

            if (list.Groups is [{ Pieces: [var only] }] && StagedPath(only) is { } whole && new FileInfo(whole).Length == only.Length)
            {
                BlobPlacement.Place(_layout, _locks, whole, list.Blob, list.Length, deferred);
            }
            else
            {
                Place(list, pieces, deferred);
            }
        }
        catch (Exception e) when (StorageErrors.IsFileError(e))
        {
            throw StorageErrors.Writing($"store layer {list.Blob}", _layout.Root, e);
        }
    }

    public void Dispose() => _directory.Dispose();

    private string? StagedPath(in Piece piece) => _staged.ContainsKey(piece.Name) ? Path.Combine(_directory.Path, piece.Name) : null;

    private void FlushStaged(List<Piece> pieces)
    {
        foreach (var path in pieces.Select(piece => StagedPath(piece)).OfType<string>())
        {
            using var file = new FileStream(path, FileMode.Open, FileAccess.ReadWrite, FileShare.Read, bufferSize: 0);
            FileHandles.Flush(file);
        }
    }

    private void Place(PieceList list, List<Piece> pieces, bool deferred)
    {
        using var collection = _locks.Acquire(StoreLocks.Collection, shared: true);
        if (deferred)
        {
            UnflushedMarks.AddBlob(_layout, list.Blob);
        }

        foreach (var piece in pieces)
        {
            if (StagedPath(piece) is { } staged)
            {
                _files.Place(staged, piece);
            }
            else if (!_files.Contains(piece))
            {
                throw new LostPieceException(piece);
            }
        }

        // First the note, then the name: what a living lease protects must never be there without it.
        new WriteJournal(_layout).Add(list.Blob);
        _files.WriteList(list, flush: !deferred);
    }
}
