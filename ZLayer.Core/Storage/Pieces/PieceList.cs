using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;
using ZLayer.Core.Oci;
using ZLayer.Core.Storage.Remembered;

namespace ZLayer.Core.Storage.Pieces;

/// <summary>A part of a blob that is stored once, whatever blobs it is a part of.</summary>
/// <param name="Name">What it is called among the pieces, in hexadecimal digits.</param>
/// <param name="Length">Its length in bytes.</param>
/// <param name="Checksum">Tells whether it is as it was written.</param>
internal readonly record struct Piece(string Name, int Length, UInt128 Checksum);

/// <summary>
/// What was written together, and can be taken over together: some small files with their headers, one piece, or one large file, several.
/// </summary>
/// <param name="Recipe">The digest of the headers and of the digests of the contents; zeros where nobody looks for it.</param>
/// <param name="Pieces">The pieces in order.</param>
/// <param name="HashState">The state of sha256 behind the group; empty where it is not known.</param>
internal sealed record PieceGroup(Sha256Value Recipe, IReadOnlyList<Piece> Pieces, byte[] HashState);

/// <summary>
/// A blob as an ordered list of pieces: <c>pieces/lists/&lt;hex&gt;</c>. The file is binary, little endian: a line that names the format,
/// the sha256 of the blob, its length, the groups, and a checksum of all before it. A list that is cut short, damaged, or of another
/// version counts as one that is not there.
/// </summary>
/// <param name="Blob">The digest of the whole.</param>
/// <param name="Groups">The groups in order.</param>
internal sealed record PieceList(Digest Blob, IReadOnlyList<PieceGroup> Groups)
{
    private const int PieceLength = Sha256Value.Length + sizeof(int) + Checksum.Size;
    private const int MaximumPieces = 10_000_000;

    private static ReadOnlySpan<byte> Format => "zlayer pieces 1\n"u8;

    /// <summary>All pieces in order; one may occur more than once.</summary>
    public IEnumerable<Piece> Pieces => Groups.SelectMany(group => group.Pieces);

    /// <summary>The length of the blob.</summary>
    public long Length { get; } = Groups.Sum(group => group.Pieces.Sum(piece => (long)piece.Length));

    /// <summary>Reads a list; false when it is damaged or another blob's.</summary>
    public static bool TryRead(ReadOnlySpan<byte> file, Digest blob, [NotNullWhen(true)] out PieceList? list)
    {
        list = null;
        var head = Format.Length + Sha256Value.Length + sizeof(long) + sizeof(int);
        if (file.Length < head + Checksum.Size || !file.StartsWith(Format)
            || !Checksum.Matches(file[..^Checksum.Size], file[^Checksum.Size..])
            || !Convert.ToHexStringLower(file.Slice(Format.Length, Sha256Value.Length)).Equals(blob.Hex, StringComparison.Ordinal))
        {
            return false;
        }

        var reader = new Reader(file[(Format.Length + Sha256Value.Length)..^Checksum.Size]);
        var length = reader.Int64();
        var groups = new PieceGroup[Math.Clamp(reader.Int32(), 0, MaximumPieces)];
        for (var i = 0; i < groups.Length && !reader.IsBroken; i++)
        {
            groups[i] = reader.Group();
        }

        if (reader.IsBroken || !reader.IsAtEnd)
        {
            return false;
        }

        list = new PieceList(blob, groups);
        return list.Length == length;
    }

    /// <summary>The bytes of the file.</summary>
    public byte[] Encode()
    {
        var size = Format.Length + Sha256Value.Length + sizeof(long) + sizeof(int)
            + Groups.Sum(group => Sha256Value.Length + 1 + group.HashState.Length + sizeof(int) + group.Pieces.Count * PieceLength)
            + Checksum.Size;
        var file = new byte[size];
        var rest = file.AsSpan();
        Put(ref rest, Format);
        Put(ref rest, Convert.FromHexString(Blob.Hex));
        BinaryPrimitives.WriteInt64LittleEndian(Take(ref rest, sizeof(long)), Length);
        BinaryPrimitives.WriteInt32LittleEndian(Take(ref rest, sizeof(int)), Groups.Count);
        foreach (var group in Groups)
        {
            group.Recipe.CopyTo(Take(ref rest, Sha256Value.Length));
            Take(ref rest, 1)[0] = (byte)group.HashState.Length;
            Put(ref rest, group.HashState);
            BinaryPrimitives.WriteInt32LittleEndian(Take(ref rest, sizeof(int)), group.Pieces.Count);
            foreach (var piece in group.Pieces)
            {
                Put(ref rest, Convert.FromHexString(piece.Name));
                BinaryPrimitives.WriteInt32LittleEndian(Take(ref rest, sizeof(int)), piece.Length);
                BinaryPrimitives.WriteUInt128LittleEndian(Take(ref rest, Checksum.Size), piece.Checksum);
            }
        }

        Checksum.Write(file.AsSpan(0, size - Checksum.Size), rest);
        return file;
    }

    private static void Put(ref Span<byte> rest, ReadOnlySpan<byte> bytes) => bytes.CopyTo(Take(ref rest, bytes.Length));

    private static Span<byte> Take(ref Span<byte> rest, int count)
    {
        var taken = rest[..count];
        rest = rest[count..];
        return taken;
    }

    private ref struct Reader(ReadOnlySpan<byte> bytes)
    {
        private ReadOnlySpan<byte> _rest = bytes;

        public bool IsBroken { get; private set; }

        public readonly bool IsAtEnd => _rest.IsEmpty;

        public long Int64() => BinaryPrimitives.ReadInt64LittleEndian(Take(sizeof(long)));

        public int Int32() => BinaryPrimitives.ReadInt32LittleEndian(Take(sizeof(int)));

        public PieceGroup Group()
        {
            var recipe = Sha256Value.From(Take(Sha256Value.Length));
            var stateLength = Take(1)[0];
            IsBroken |= stateLength is not (0 or ResumableSha256.StateLength);
            var state = IsBroken ? [] : Take(stateLength).ToArray();
            var count = Int32();
            IsBroken |= count < 0 || (long)count * PieceLength > _rest.Length;
            var pieces = new Piece[IsBroken ? 0 : count];
            for (var i = 0; i < pieces.Length; i++)
            {
                var name = Convert.ToHexStringLower(Take(Sha256Value.Length));
                var length = Int32();
                IsBroken |= length <= 0;
                pieces[i] = new Piece(name, length, BinaryPrimitives.ReadUInt128LittleEndian(Take(Checksum.Size)));
            }

            return new PieceGroup(recipe, pieces, state);
        }

        // Behind the end come zeros, and the list is broken.
        private ReadOnlySpan<byte> Take(int count)
        {
            if (count > _rest.Length)
            {
                IsBroken = true;
                _rest = [];
                return new byte[count];
            }

            var taken = _rest[..count];
            _rest = _rest[count..];
            return taken;
        }
    }
}
