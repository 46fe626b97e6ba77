using System.Security.Cryptography;
using Microsoft.Win32.SafeHandles;
using ZLayer.Core.Errors;
using ZLayer.Core.Foundation.Files;
using ZLayer.Core.Layers;
using ZLayer.Core.Oci;
using ZLayer.Core.Storage.Remembered;

namespace ZLayer.Core.Storage.Pieces;

/// <summary>
/// The files of blobs that are kept in pieces: <c>pieces/lists/&lt;hex&gt;</c> and <c>pieces/content/&lt;2 hex&gt;/&lt;hex&gt;</c>. A piece
/// gets its name before the first list that names it, and loses it after the last.
/// </summary>
/// <param name="layout">The data root.</param>
internal sealed class PieceFiles(StoreLayout layout)
{
    private readonly string _lists = Path.Combine(layout.Root, "pieces", "lists");
    private readonly string _content = Path.Combine(layout.Root, "pieces", "content");

    /// <summary>Where a piece is or would be.</summary>
    public string PathOf(in Piece piece) => Path.Combine(_content, piece.Name[..2], piece.Name);

    /// <summary>Where the list of a blob is or would be.</summary>
    public string ListPathOf(Digest blob) => Path.Combine(_lists, blob.Hex);

    /// <summary>Whether there is a list of a blob, damaged or not.</summary>
    public bool HasList(Digest blob) => blob.HashAlgorithm == HashAlgorithmName.SHA256 && File.Exists(ListPathOf(blob));

    /// <summary>Whether a piece is there, as long as it has to be. A file may hold more than the piece: a seal.</summary>
    public bool Contains(in Piece piece) => new FileInfo(PathOf(piece)) is { Exists: true } file && file.Length >= piece.Length;

    /// <summary>The list of a blob; null when there is none, or it is damaged.</summary>
    public PieceList? TryReadList(Digest blob)
    {
        // Most blobs have none: to ask costs less than to fail.
        if (!HasList(blob))
        {
            return null;
        }

        try
        {
            return PieceList.TryRead(File.ReadAllBytes(ListPathOf(blob)), blob, out var list) ? list : null;
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            return null;
        }
        catch (Exception e) when (StorageErrors.IsFileError(e))
        {
            throw StorageErrors.Reading($"read the list of pieces of {blob}", ListPathOf(blob), e);
        }
    }

    /// <summary>Opens a piece; null when it is not there.</summary>
    public SafeFileHandle? TryOpen(string name)
    {
        var path = Path.Combine(_content, name[..2], name);
        try
        {
            return OperatingSystem.IsLinux()
                ? FileHandles.OpenFile(path, FileHandles.ReadOnly)
                : File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.Read | FileShare.Delete);
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            return null;
        }
    }

    /// <summary>The pieces of a list, to be compressed: each is read when its compressed form is not there.</summary>
    public IEnumerable<KnownPiece> ToCompress(PieceList list)
        => list.Pieces.Select(piece => new KnownPiece(Digest.Parse("sha256:" + piece.Name), piece.Length, content =>
        {
            if (!TryRead(piece, content))
            {
                throw Lost(list.Blob, piece);
            }
        }));

    /// <summary>Reads a whole piece; false when it is not there, or not as it was written.</summary>
    /// <param name="piece">The piece.</param>
    /// <param name="content">Takes as many bytes as the piece has.</param>
    public bool TryRead(in Piece piece, Span<byte> content)
    {
        using var file = TryOpen(piece.Name);
        if (file is null)
        {
            return false;
        }

        content = content[..piece.Length];
        var read = 0;
        for (int count; read < content.Length && (count = RandomAccess.Read(file, content[read..], read)) > 0; read += count)
        {
        }

        return read == content.Length && Checksum.Of(content) == piece.Checksum;
    }

    /// <summary>Gives a staged piece its name, unless a good one of that name is there. The caller shares the collection lock.</summary>
    public void Place(string staged, in Piece piece)
    {
        var path = PathOf(piece);
        if (Contains(piece) && File.ReadAllBytes(path).AsSpan().SequenceEqual(File.ReadAllBytes(staged)))
        {
            return; // It may be on the disk already, as this one is not.
        }

        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        AtomicFile.Rename(staged, path);
    }

    /// <summary>Writes the list of a blob whose pieces are all there. The caller shares the collection lock.</summary>
    public void WriteList(PieceList list, bool flush)
    {
        Directory.CreateDirectory(_lists);
        StagedFile.Write(layout, ListPathOf(list.Blob), list.Encode(), flush);
    }

    /// <summary>Forgets a list; its pieces go with the next collection. False when there was none.</summary>
    public bool DeleteList(Digest blob)
    {
        var path = ListPathOf(blob);
        var exists = File.Exists(path);
        if (exists)
        {
            File.Delete(path);
        }

        return exists;
    }

    /// <summary>The error that a piece of a blob is gone or damaged.</summary>
    public ZLayerException Lost(Digest blob, in Piece piece)
        => new(
            ZLayerErrorKind.DigestMismatch,
            $"Blob {blob} is damaged on disk: its piece {piece.Name} is {(Contains(piece) ? "not as it was written" : "missing")}.")
        {
            Subject = blob.ToString(),
            Advice = $"Delete {ListPathOf(blob)}, then build, pull or load the image again.",
        };

    /// <summary>The lists, damaged ones too: what is made of their names and stamps.</summary>
    public IEnumerable<BlobFile> Lists()
        => StampedFiles.In(_lists, (ReadOnlySpan<char> name, in FileStamp stamp) =>
            Digest.TryParse($"sha256:{name}", out var digest)
                ? new BlobFile(DigestMarks.KeyOf(digest), digest, stamp.Size, stamp.ModifiedTime)
                : (BlobFile?)null);

    /// <summary>The names of all pieces with their lengths.</summary>
    public IEnumerable<(string Name, long Length)> Pieces()
        => StampedFiles.Below(_content).Select(file => (Path.GetFileName(file.Path), file.Stamp.Size));

    /// <summary>Deletes a piece that no list names.</summary>
    public void Delete(string name) => File.Delete(Path.Combine(_content, name[..2], name));

    /// <summary>Whether all of a blob is as it was written; what is not is deleted, and the list with it.</summary>
    public void Verify(Digest blob)
    {
        if (TryReadList(blob) is not { } list)
        {
            DeleteList(blob);
            return;
        }

        var buffer = new byte[list.Pieces.Max(piece => piece.Length)];
        using var hash = ContentHash.Create(blob);
        var isWhole = true;
        foreach (var piece in list.Pieces)
        {
            if (!TryRead(piece, buffer))
            {
                isWhole = false;
                File.Delete(PathOf(piece));
            }

            hash.Append(buffer.AsSpan(0, piece.Length));
        }

        if (!isWhole || hash.Finish() != blob)
        {
            DeleteList(blob);
        }
    }

    /// <summary>Writes a list and its pieces through to the disk.</summary>
    public void Flush(Digest blob)
    {
        if (TryReadList(blob) is not { } list)
        {
            return;
        }

        foreach (var path in list.Pieces.Select(piece => PathOf(piece)).Append(ListPathOf(blob)))
        {
            using var file = FileHandles.OpenFile(path, FileHandles.ReadOnly);
            FileHandles.FlushData(file, path);
        }
    }
}
