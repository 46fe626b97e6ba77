using System.Collections.Concurrent;
using System.Globalization;
using System.Security.Cryptography;
using Microsoft.Win32.SafeHandles;
using ZLayer.Core.Errors;
using ZLayer.Core.Foundation.Files;
using ZLayer.Core.Storage.Remembered;

namespace ZLayer.Core.Storage.Pieces;

/// <summary>
/// The pieces of one blob on their way into the store: staged in a working directory, given their names with the blob's list, all under the
/// collection lock, so that no collection comes in between. Several threads may stage at once.
/// </summary>
internal sealed class PieceStaging : IDisposable
{
    private const int BlockLength = 128 * 1024;

    private readonly StoreLayout _layout;
    private readonly StoreLocks _locks;
    private readonly WorkDirectory _directory;
    private readonly ConcurrentDictionary<string, string> _staged = new(StringComparer.Ordinal);
    private int _count;

    /// <summary>Makes the working directory.</summary>
    public PieceStaging(StoreLayout layout, StoreLocks locks)
    {
        _layout = layout;
        _locks = locks;
        Files = new PieceFiles(layout);
        _directory = WorkDirectory.Create(layout, "pieces");
    }

    /// <summary>The files of the store.</summary>
    public PieceFiles Files { get; }

    /// <summary>Stages a piece; one that is staged already is staged once.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="content">What its file holds.</param>
    /// <param name="length">How much of that belongs to the blob.</param>
    public Piece Stage(string name, ReadOnlySpan<byte> content, int length)
    {
        var piece = new Piece(name, length, Checksum.Of(content[..length]));
        if (!_staged.ContainsKey(name))
        {
            var staged = NextName();
            using var file = Create(staged);
            Write(file, content, 0);
            Keep(name, staged);
        }

        return piece;
    }

    /// <summary>
    /// Stages a piece of a layer and hashes it, in one pass: of a long piece, what was touched first is no longer in the processor's cache
    /// when the last was.
    /// </summary>
    /// <param name="name">Its name; null to make it of the content.</param>
    /// <param name="content">The piece.</param>
    /// <param name="layer">The hash of the layer.</param>
    public Piece Stage(string? name, ReadOnlySpan<byte> content, ResumableSha256 layer)
    {
        var staged = NextName();
        using var file = Create(staged);
        using var naming = name is null ? IncrementalHash.CreateHash(HashAlgorithmName.SHA256) : null;
        var checksum = new Checksum.Running(content.Length);
        for (var start = 0; start < content.Length; start += BlockLength)
        {
            var block = content.Slice(start, Math.Min(BlockLength, content.Length - start));
            layer.Append(block);
            naming?.AppendData(block);
            checksum.Add(block);
            Write(file, block, start);
        }

        name ??= Convert.ToHexStringLower(naming!.GetHashAndReset());
        Keep(name, staged);
        return new Piece(name, content.Length, checksum.Value);
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

    private string NextName() => string.Create(CultureInfo.InvariantCulture, $"{Interlocked.Increment(ref _count)}.piece");

    private SafeFileHandle Create(string staged)
    {
        var path = Path.Combine(_directory.Path, staged);
        try
        {
            return File.OpenHandle(path, FileMode.CreateNew, FileAccess.Write, FileShare.Read | FileShare.Delete);
        }
        catch (Exception e) when (StorageErrors.IsFileError(e))
        {
            throw StorageErrors.Writing("store a piece of a layer", path, e);
        }
    }

    private void Write(SafeFileHandle file, ReadOnlySpan<byte> content, long offset)
    {
        try
        {
            RandomAccess.Write(file, content, offset);
        }
        catch (Exception e) when (StorageErrors.IsFileError(e))
        {
            throw StorageErrors.Writing("store a piece of a layer", _directory.Path, e);
        }
    }

    // A piece may occur again, or come from two threads at once: as in a file of zeros.
    private void Keep(string name, string staged)
    {
        if (!_staged.TryAdd(name, staged))
        {
            File.Delete(Path.Combine(_directory.Path, staged));
        }
    }

    private string? StagedPath(in Piece piece)
        => _staged.TryGetValue(piece.Name, out var staged) ? Path.Combine(_directory.Path, staged) : null;

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
                Files.Place(staged, piece);
            }
            else if (!Files.Contains(piece))
            {
                throw new LostPieceException(piece);
            }
        }

        // First the note, then the name: what a living lease protects must never be there without it.
        new WriteJournal(_layout).Add(list.Blob);
        Files.WriteList(list, flush: !deferred);
    }
}
