using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace ZLayer.Core.Storage.Remembered;

/// <summary>
/// Which documents refer to a blob or a layer: <c>cache/remembered/reverse</c>. So a removal asks for the few things that it could delete,
/// and does not walk through everything that stays. It holds nothing but what follows from the content of documents, which their digests
/// name: it can be behind, but never wrong. What it does not cover (an image that was named since) is walked through as if there were no
/// index, and one that is absent, damaged or foreign covers nothing.
/// </summary>
internal sealed class ReverseIndex
{
    private const uint Magic = 0x3255_4C5A; // "ZLU2"
    private const int CountsAt = 4 + Checksum.Size;
    private const int HeaderSize = CountsAt + (4 * sizeof(int));
    private const string FileName = "reverse";

    // A document that refers to something as a layer of its root file system, by DiffID.
    private const uint LayerFlag = 1U << 31;

    private readonly byte[] _data;
    private readonly int _targets;
    private readonly int _documents;
    private readonly int _edges;
    private readonly int _missing;

    private ReverseIndex(byte[] data)
    {
        _data = data;
        _targets = BinaryPrimitives.ReadInt32LittleEndian(data.AsSpan(CountsAt));
        _documents = BinaryPrimitives.ReadInt32LittleEndian(data.AsSpan(CountsAt + 4));
        _edges = BinaryPrimitives.ReadInt32LittleEndian(data.AsSpan(CountsAt + 8));
        _missing = BinaryPrimitives.ReadInt32LittleEndian(data.AsSpan(CountsAt + 12));
    }

    /// <summary>An index that covers nothing.</summary>
    public static ReverseIndex Empty { get; } = Make([], [], [], []);

    /// <summary>One reference.</summary>
    /// <param name="Key">The beginning of the digest that is referred to; see <see cref="DigestMarks"/>.</param>
    /// <param name="Source">The number of the document, and whether it means a layer.</param>
    [StructLayout(LayoutKind.Sequential, Pack = 4)]
    public readonly record struct Edge(ulong Key, uint Source) : IComparable<Edge>, IKeyed
    {
        /// <summary>A reference of a document to a blob or a layer.</summary>
        public static Edge Of(ulong key, int document, bool isLayer) => new(key, (uint)document | (isLayer ? LayerFlag : 0));

        /// <summary>The number of the document that refers.</summary>
        public int Document => (int)(Source & ~LayerFlag);

        /// <summary>Whether the document is a config, and the key a DiffID.</summary>
        public bool IsLayer => (Source & LayerFlag) != 0;

        public int CompareTo(Edge other) => Key != other.Key ? Key.CompareTo(other.Key) : Source.CompareTo(other.Source);
    }

    /// <summary>What names point to of which every reference below is here, in order.</summary>
    public ReadOnlySpan<TypedDocument> Targets => Part<TypedDocument>(HeaderSize, _targets);

    /// <summary>The documents by their numbers.</summary>
    public ReadOnlySpan<DocumentId> Documents => Part<DocumentId>(EndOf<TypedDocument>(HeaderSize, _targets), _documents);

    /// <summary>The references, those to one thing together.</summary>
    public ReadOnlySpan<Edge> Edges => Part<Edge>(EdgesAt, _edges);

    /// <summary>What was not here when the index was made: what such documents refer to is not in it.</summary>
    public ReadOnlySpan<TypedDocument> Missing => Part<TypedDocument>(EndOf<Edge>(EdgesAt, _edges), _missing);

    private int EdgesAt => EndOf<DocumentId>(EndOf<TypedDocument>(HeaderSize, _targets), _documents);

    /// <summary>The index of a store; the empty one where it cannot be read, or is not whole.</summary>
    public static ReverseIndex Open(StoreLayout layout)
        => layout.Remembered.Read(PathOf(layout), bytes => IsWhole(bytes) ? new ReverseIndex(bytes) : Empty, Empty);

    /// <summary>Makes an index of what is in order.</summary>
    public static ReverseIndex Make(
        ReadOnlySpan<TypedDocument> targets, ReadOnlySpan<DocumentId> documents, ReadOnlySpan<Edge> edges, ReadOnlySpan<TypedDocument> missing)
    {
        var size = HeaderSize + (((long)targets.Length + missing.Length) * Unsafe.SizeOf<TypedDocument>())
            + ((long)documents.Length * Unsafe.SizeOf<DocumentId>()) + ((long)edges.Length * Unsafe.SizeOf<Edge>());
        if (size > Array.MaxLength)
        {
            return Empty; // Of hundreds of millions of references everything is walked through.
        }

        var bytes = new byte[size];
        BinaryPrimitives.WriteUInt32LittleEndian(bytes, Magic);
        BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(CountsAt), targets.Length);
        BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(CountsAt + 4), documents.Length);
        BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(CountsAt + 8), edges.Length);
        BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(CountsAt + 12), missing.Length);
        var rest = bytes.AsSpan(HeaderSize);
        rest = Put(rest, MemoryMarshal.AsBytes(targets));
        rest = Put(rest, MemoryMarshal.AsBytes(documents));
        rest = Put(rest, MemoryMarshal.AsBytes(edges));
        Put(rest, MemoryMarshal.AsBytes(missing));
        Checksum.Write(bytes.AsSpan(CountsAt), bytes.AsSpan(sizeof(uint)));
        return new ReverseIndex(bytes);
    }

    /// <summary>Keeps the index. Failing to is no error: it is made again.</summary>
    public void Save(StoreLayout layout)
    {
        try
        {
            StagedFile.Write(layout, PathOf(layout), _data, flush: false);
        }
        catch (Exception e) when (StorageErrors.IsFileError(e))
        {
            // A full disk, or a root that may only be read.
        }
    }

    /// <summary>Whether every reference below a target is here, but for those of <see cref="Missing"/>.</summary>
    public bool Covers(in TypedDocument target) => target.Kind == TypedDocument.Plain || PlaceOf(target) >= 0;

    /// <summary>The place of a target among <see cref="Targets"/>; -1 when it is not there.</summary>
    public int PlaceOf(in TypedDocument target)
    {
        var targets = Targets;
        for (var place = SortedByKey.FirstFrom(targets, target.Id.A); place < targets.Length && targets[place].Id.A == target.Id.A; place++)
        {
            if (targets[place] == target)
            {
                return place;
            }
        }

        return -1;
    }

    /// <summary>The references to one thing.</summary>
    public ReadOnlySpan<Edge> To(ulong key) => SortedByKey.Of(Edges, key);

    /// <summary>What was missing when the index was made and is here by now: it may refer to anything.</summary>
    public List<TypedDocument> Arrived(ContentStore content)
    {
        var arrived = new List<TypedDocument>();
        foreach (var document in Missing)
        {
            if (content.Contains(document.Id.ToDigest()))
            {
                arrived.Add(document);
            }
        }

        return arrived;
    }

    /// <summary>
    /// The documents that may lead to one whose digest begins with some digits, by the beginnings of their own, with those digests
    /// themselves: of what the index covers, nothing else does.
    /// </summary>
    /// <param name="digits">The first hexadecimal digits.</param>
    /// <param name="arrived">See <see cref="Arrived"/>.</param>
    public DigestMarks LeadingTo(string digits, IEnumerable<TypedDocument> arrived)
    {
        var found = new DigestMarks();
        var pending = new Stack<ulong>();
        void Add(ulong key)
        {
            if (found.Add(key))
            {
                pending.Push(key);
            }
        }

        var (first, last) = DigestMarks.RangeOf(digits);
        foreach (var target in SortedByKey.Between(Targets, first, last))
        {
            Add(target.Id.A);
        }

        foreach (var edge in SortedByKey.Between(Edges, first, last))
        {
            Add(edge.Key);
        }

        foreach (var document in arrived)
        {
            Add(document.Id.A);
        }

        while (pending.TryPop(out var key))
        {
            foreach (var edge in To(key))
            {
                Add(Documents[edge.Document].A);
            }
        }

        return found;
    }

    private static string PathOf(StoreLayout layout) => Path.Combine(FileMemory.DirectoryOf(layout), FileName);

    private static Span<byte> Put(Span<byte> to, ReadOnlySpan<byte> bytes)
    {
        bytes.CopyTo(to);
        return to[bytes.Length..];
    }

    private static int EndOf<T>(int start, int count) => start + (count * Unsafe.SizeOf<T>());

    private static bool IsWhole(byte[] bytes)
    {
        if (bytes.Length < HeaderSize || BinaryPrimitives.ReadUInt32LittleEndian(bytes) != Magic
            || !Checksum.Matches(bytes.AsSpan(CountsAt), bytes.AsSpan(sizeof(uint))))
        {
            return false;
        }

        var read = new ReverseIndex(bytes);
        return read._targets >= 0 && read._documents >= 0 && read._edges >= 0 && read._missing >= 0
            && HeaderSize + (((long)read._targets + read._missing) * Unsafe.SizeOf<TypedDocument>())
                + ((long)read._documents * Unsafe.SizeOf<DocumentId>()) + ((long)read._edges * Unsafe.SizeOf<Edge>()) == bytes.Length;
    }

    private ReadOnlySpan<T> Part<T>(int start, int count)
        where T : struct
        => MemoryMarshal.Cast<byte, T>(_data.AsSpan(start, count * Unsafe.SizeOf<T>()));
}
