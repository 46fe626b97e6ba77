using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Security.Cryptography;

namespace ZLayer.Core.Storage.Remembered;

/// <summary>
/// Which blobs the layer records claim to hold which layers: <c>cache/remembered/claims</c>, all of them in one piece. The directory of the
/// records carries a mark that says that the piece is up to date: a time of modification out of the past that the piece names, too. Whoever
/// adds, replaces or removes a record wipes the mark, because the kernel sets the time. So neither clocks nor the number of records matter.
/// </summary>
internal sealed class LayerClaims
{
    private const int MarkSize = 8;
    private const int HeaderSize = Checksum.Size + MarkSize;

    private static readonly DateTime FirstMark = new(1980, 1, 1, 0, 0, 0, DateTimeKind.Utc);

    private readonly StoreLayout _layout;
    private ReadOnlyMemory<byte> _claims;
    private DateTime _mark;

    private LayerClaims(StoreLayout layout) => _layout = layout;

    /// <summary>One claim, by the beginnings of the digests.</summary>
    /// <param name="Layer">The DiffID.</param>
    /// <param name="Blob">The blob.</param>
    [StructLayout(LayoutKind.Sequential)]
    public readonly record struct Claim(ulong Layer, ulong Blob) : IKeyed
    {
        ulong IKeyed.Key => Layer;
    }

    /// <summary>How many records were read from their files.</summary>
    public int RecordsRead { get; private set; }

    /// <summary>All claims, those of a layer together.</summary>
    public ReadOnlySpan<Claim> All => MemoryMarshal.Cast<byte, Claim>(_claims.Span);

    /// <summary>The claims of a store.</summary>
    /// <param name="layout">The data root.</param>
    /// <param name="alone">
    /// Whether the caller holds the collection lock alone, so that no record changes meanwhile: then what was found is kept for the next
    /// time.
    /// </param>
    /// <param name="remember">Whether what was read is kept for the next time; false for who promised to write nothing.</param>
    public static LayerClaims Read(StoreLayout layout, bool alone, bool remember = true)
    {
        var claims = new LayerClaims(layout);
        if (!claims.TryLoad())
        {
            claims.Gather(remember);
            if (alone)
            {
                claims.Keep();
            }
        }

        return claims;
    }

    /// <summary>The claims of a layer.</summary>
    public ReadOnlySpan<Claim> Of(ulong layer) => SortedByKey.Of(All, layer);

    /// <summary>
    /// Says that the claims are still up to date after the caller, who has held the collection lock alone all the time, removed layers and
    /// their records. The claims of removed ones stay: at worst they keep a blob until the records change again.
    /// </summary>
    public void Confirm()
    {
        if (_mark != default)
        {
            SetMark(_mark);
        }
    }

    private static string PathOf(StoreLayout layout) => Path.Combine(FileMemory.DirectoryOf(layout), "claims");

    private sealed record Piece(DateTime Mark, ReadOnlyMemory<byte> Claims);

    private bool TryLoad()
    {
        var piece = _layout.Remembered.Read<Piece>(PathOf(_layout), Parse, new Piece(default, default));
        try
        {
            if (piece.Mark == default || Directory.GetLastWriteTimeUtc(_layout.Layers) != piece.Mark)
            {
                return false;
            }

            (_mark, _claims) = (piece.Mark, piece.Claims);
            return true;
        }
        catch (Exception e) when (StorageErrors.IsFileError(e))
        {
            return false;
        }
    }

    // One that is damaged has no mark.
    private static Piece Parse(byte[] bytes)
    {
        if (bytes.Length < HeaderSize
            || (bytes.Length - HeaderSize) % Marshal.SizeOf<Claim>() != 0
            || !Checksum.Matches(bytes.AsSpan(Checksum.Size), bytes))
        {
            return new Piece(default, default);
        }

        var ticks = BinaryPrimitives.ReadInt64LittleEndian(bytes.AsSpan(Checksum.Size));
        return ticks < 0 || ticks > DateTime.MaxValue.Ticks
            ? new Piece(default, default)
            : new Piece(new DateTime(ticks, DateTimeKind.Utc), bytes.AsMemory(HeaderSize));
    }

    // Records that are the same as when they were read need not be opened again; those that are damaged claim nothing.
    private void Gather(bool remember)
    {
        var memory = FileMemory.Open(_layout, "layers");
        var found = new List<Claim>();
        foreach (var file in StampedFiles.In(_layout.Layers, StampedFiles.IfJson))
        {
            if (DigestMarks.TryKeyOf(Path.GetFileNameWithoutExtension(file.Path.AsSpan()), out var layer))
            {
                Gather(memory, file.Path, layer, file.Stamp, found);
            }
        }

        if (remember)
        {
            memory.Save(complete: true);
        }

        found.Sort((a, b) => a.Layer.CompareTo(b.Layer));
        _claims = MemoryMarshal.AsBytes(CollectionsMarshal.AsSpan(found)).ToArray();
    }

    private void Gather(FileMemory memory, string name, ulong layer, in FileStamp stamp, List<Claim> found)
    {
        Span<byte> key = stackalloc byte[name.Length];
        System.Text.Encoding.ASCII.GetBytes(name, key);
        if (memory.TryGet(key, stamp, out var known))
        {
            foreach (var blob in MemoryMarshal.Cast<byte, ulong>(known.Span))
            {
                found.Add(new Claim(layer, blob));
            }

            return;
        }

        RecordsRead++;
        var record = LayerRecords.TryRead(Path.Combine(_layout.Layers, name));
        var blobs = record?.DiffId.Hex + ".json" != name
            ? []
            : record!.Blobs.Select(claim => DigestMarks.KeyOf(claim.Blob.Digest)).ToArray();
        found.AddRange(blobs.Select(blob => new Claim(layer, blob)));
        memory.Add(key, stamp, MemoryMarshal.AsBytes(blobs.AsSpan()));
    }

    private void Keep()
    {
        // Any time will do that the clock does not show again.
        var mark = FirstMark.AddTicks(RandomNumberGenerator.GetInt32(int.MaxValue) * 2_000_000L)
            .AddTicks(RandomNumberGenerator.GetInt32(2_000_000));
        if (!SetMark(mark))
        {
            return;
        }

        var bytes = new byte[HeaderSize + _claims.Length];
        BinaryPrimitives.WriteInt64LittleEndian(bytes.AsSpan(Checksum.Size), _mark.Ticks);
        _claims.Span.CopyTo(bytes.AsSpan(HeaderSize));
        Checksum.Write(bytes.AsSpan(Checksum.Size), bytes);
        try
        {
            StagedFile.Write(_layout, PathOf(_layout), bytes, flush: false);
        }
        catch (Exception e) when (StorageErrors.IsFileError(e))
        {
            // A full disk: they are gathered again the next time.
        }
    }

    private bool SetMark(DateTime mark)
    {
        try
        {
            Directory.SetLastWriteTimeUtc(_layout.Layers, mark);
            _mark = Directory.GetLastWriteTimeUtc(_layout.Layers); // Some file systems keep less of it.
            return true;
        }
        catch (Exception e) when (StorageErrors.IsFileError(e))
        {
            return false;
        }
    }
}
