using ZLayer.Core.Errors;
using ZLayer.Core.Oci;
using ZLayer.Core.Storage.Pieces;

namespace ZLayer.Core.Storage;

/// <summary>
/// Whose the pieces of a store are, while the collection lock is held: one that only blobs have which go belongs to the first of them, and
/// goes with it.
/// </summary>
internal sealed class SharedPieces
{
    private readonly PieceFiles _files;
    private readonly HashSet<string> _kept = new(StringComparer.Ordinal);
    private readonly HashSet<string> _owned = new(StringComparer.Ordinal);
    private readonly Dictionary<Digest, List<Piece>> _owners = [];

    private SharedPieces(PieceFiles files) => _files = files;

    /// <summary>Reads all lists, unless only blobs may go that have none.</summary>
    /// <param name="layout">The data root.</param>
    /// <param name="candidates">What may go; null for everything.</param>
    /// <param name="stays">Says of a blob whether it stays.</param>
    /// <exception cref="ZLayerException">StorageReadFailed: then nothing may go.</exception>
    public static SharedPieces Read(StoreLayout layout, IEnumerable<Digest>? candidates, Func<Digest, bool> stays)
    {
        var pieces = new SharedPieces(new PieceFiles(layout));
        if (candidates?.Any(pieces._files.HasList) == false)
        {
            return pieces;
        }

        var going = new List<PieceList>();
        foreach (var file in pieces._files.Lists())
        {
            // A damaged list names nothing: its blob is lost whatever becomes of the pieces.
            if (pieces._files.TryReadList(file.Digest) is not { } list)
            {
                continue;
            }

            if (stays(file.Digest))
            {
                pieces._kept.UnionWith(list.Pieces.Select(piece => piece.Name));
            }
            else
            {
                going.Add(list);
            }
        }

        foreach (var list in going)
        {
            pieces._owners[list.Blob] =
                [.. list.Pieces.Where(piece => !pieces._kept.Contains(piece.Name) && pieces._owned.Add(piece.Name))];
        }

        return pieces;
    }

    /// <summary>How many bytes go with a blob, besides its list.</summary>
    public long SizeOf(Digest blob) => Of(blob).Sum(piece => (long)piece.Length);

    /// <summary>Deletes what goes with a blob, whose list is gone.</summary>
    public void Delete(Digest blob)
    {
        foreach (var piece in Of(blob))
        {
            _files.Delete(piece.Name);
        }
    }

    /// <summary>Pieces that no list names: what a process left that died.</summary>
    public IEnumerable<(string Name, long Length)> FindUnnamed()
        => _files.Pieces().Where(piece => !_kept.Contains(piece.Name) && !_owned.Contains(piece.Name));

    /// <summary>Deletes one of them.</summary>
    public void DeleteUnnamed(string name) => _files.Delete(name);

    private IReadOnlyList<Piece> Of(Digest blob) => _owners.TryGetValue(blob, out var pieces) ? pieces : [];
}
