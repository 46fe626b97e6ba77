using ZLayer.Core.Errors;
using ZLayer.Core.Foundation.Files;
using ZLayer.Core.Oci;

namespace ZLayer.Core.Storage.Pieces;

/// <summary>
/// The pieces of one blob on their way into the store: staged in a working directory, given their names with the blob's list, all under the
/// collection lock, so that no collection comes in between.
/// </summary>
internal sealed class PieceStaging : IDisposable
{
    private readonly StoreLayout _layout;
    private readonly StoreLocks _locks;
    private readonly PieceFiles _files;
    private readonly WorkDirectory _directory;
    private PieceList? _list;

    /// <summary>Begins to stage a blob.</summary>
    /// <param name="layout">The data root.</param>
    /// <param name="locks">Its locks.</param>
    /// <param name="earlier">An earlier version of the blob, whose groups can be taken over; null for none.</param>
    /// <param name="capacity">How long a piece is at most.</param>
    public PieceStaging(StoreLayout layout, StoreLocks locks, PieceList? earlier, int capacity)
    {
        _layout = layout;
        _locks = locks;
        _files = new PieceFiles(layout);
        _directory = WorkDirectory.Create(layout, "pieces");
        Earlier = earlier?.Groups ?? [];
        Work = new PieceWork(_files, _directory.Path, earlier, capacity);
    }

    /// <summary>The groups that can be taken over.</summary>
    public IReadOnlyList<PieceGroup> Earlier { get; }

    /// <summary>What hashes and stages the pieces.</summary>
    public PieceWork Work { get; }

    /// <summary>Waits until everything is staged; nothing can be added afterwards.</summary>
    public void Complete() => _list = Work.Finish();

    /// <inheritdoc cref="PiecedLayerWriter.Commit"/>
    public (Digest Digest, long Length) Commit()
    {
        var list = _list ?? throw new InvalidOperationException("The blob is not complete.");
        var deferred = UnflushedMarks.IsSupported;
        var pieces = list.Pieces.DistinctBy(piece => piece.Name).ToList();
        try
        {
            if (!deferred)
            {
                FlushStaged(pieces);
            }

            if (pieces is [var only] && list.Groups.Sum(group => group.Pieces.Count) == 1 && Work.StagedPath(only) is { } whole)
            {
                BlobPlacement.Place(_layout, _locks, whole, list.Blob, list.Length, deferred);
            }
            else
            {
                Place(list, pieces, deferred);
            }

            return (list.Blob, list.Length);
        }
        catch (Exception e) when (StorageErrors.IsFileError(e))
        {
            throw StorageErrors.Writing($"store layer {list.Blob}", _layout.Root, e);
        }
    }

    public void Dispose()
    {
        Work.Dispose();
        _directory.Dispose();
    }

    private void FlushStaged(List<Piece> pieces)
    {
        foreach (var path in pieces.Select(piece => Work.StagedPath(piece)).OfType<string>())
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
            if (Work.StagedPath(piece) is { } staged)
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
