using System.Runtime.InteropServices;
using ZLayer.Core.Errors;
using ZLayer.Core.Oci;

namespace ZLayer.Core.Storage.Remembered;

/// <summary>Adds to a <see cref="ReverseIndex"/> what names point to.</summary>
/// <param name="known">What is there already; the empty index to begin anew.</param>
/// <param name="documents">What documents say.</param>
internal sealed class ReverseIndexBuilder(ReverseIndex known, DocumentMemory documents)
{
    private readonly Dictionary<DocumentId, int> _numbers = Number(known.Documents);
    private readonly List<DocumentId> _documents = [.. known.Documents];
    private readonly List<ReverseIndex.Edge> _edges = [];
    private readonly HashSet<TypedDocument> _targets = [.. known.Targets];
    private readonly HashSet<TypedDocument> _missing = [];
    private readonly HashSet<TypedDocument> _arrived = [];
    private readonly HashSet<TypedDocument> _walked = [];

    /// <summary>
    /// Adds all that a target refers to; false when something cannot be read, or is named by a digest that the index does not hold.
    /// </summary>
    public bool TryAdd(Descriptor target, string subject)
    {
        if (!TryType(target, out var root) || !TryWalk(target, subject))
        {
            return false;
        }

        if (root.Kind != TypedDocument.Plain)
        {
            _targets.Add(root);
        }

        return true;
    }

    /// <summary>Adds documents that were missing when what refers to them was added, and have come since.</summary>
    /// <returns>How many there are now.</returns>
    public int AddArrived(IEnumerable<TypedDocument> arrived)
    {
        _arrived.UnionWith(arrived.Where(document => TryWalk(document.ToDescriptor(), document.Id.ToDigest().ToString())));
        return _arrived.Count;
    }

    /// <summary>The index with what was added.</summary>
    public ReverseIndex Build()
    {
        TypedDocument[] targets = [.. _targets];
        TypedDocument[] missing = [.. known.Missing.ToArray().Except(_arrived).Union(_missing)];
        Array.Sort(targets);
        Array.Sort(missing);
        _edges.Sort();
        return ReverseIndex.Make(
            targets, CollectionsMarshal.AsSpan(_documents), Merge(known.Edges, CollectionsMarshal.AsSpan(_edges)), missing);
    }

    private bool TryWalk(Descriptor start, string subject)
    {
        var (edgesBefore, documentsBefore) = (_edges.Count, _documents.Count);
        var walked = new List<TypedDocument>();
        var missing = new List<TypedDocument>();
        try
        {
            // Not by recursion: indexes from outside may be nested deeper than any stack.
            var pending = new Stack<Descriptor>([start]);
            while (pending.TryPop(out var next))
            {
                if (!TryType(next, out var document))
                {
                    return Forget(walked, edgesBefore, documentsBefore);
                }

                if (document.Kind != TypedDocument.Plain && _walked.Add(document))
                {
                    walked.Add(document);
                    if (!TryAddReferences(next.Digest, document, subject, pending))
                    {
                        missing.Add(document);
                    }
                }
            }
        }
        catch (ZLayerException)
        {
            return Forget(walked, edgesBefore, documentsBefore); // The walk without an index meets the same, and says it.
        }

        _missing.UnionWith(missing);
        return true;
    }

    // Takes back what a walk added that failed: the next target that leads there must fail as well, and nothing of it stays for ever.
    private bool Forget(List<TypedDocument> walked, int edgesBefore, int documentsBefore)
    {
        _walked.ExceptWith(walked);
        _edges.RemoveRange(edgesBefore, _edges.Count - edgesBefore);
        foreach (var document in CollectionsMarshal.AsSpan(_documents)[documentsBefore..])
        {
            _numbers.Remove(document);
        }

        _documents.RemoveRange(documentsBefore, _documents.Count - documentsBefore);
        return false;
    }

    // False when the document is not here.
    private bool TryAddReferences(Digest digest, in TypedDocument document, string subject, Stack<Descriptor> pending)
    {
        switch (document.Kind)
        {
            case 'i' when documents.FindIndex(digest, subject) is { } index:
                foreach (var (entry, _) in index.Entries)
                {
                    AddEdge(DigestMarks.KeyOf(entry.Digest), document.Id, isLayer: false);
                    pending.Push(entry);
                }

                return true;
            case 'm' when documents.FindManifest(digest, subject) is { } manifest:
                AddEdge(DigestMarks.KeyOf(manifest.Config.Digest), document.Id, isLayer: false);
                foreach (var layer in manifest.Layers)
                {
                    AddEdge(layer.Key, document.Id, isLayer: false);
                }

                pending.Push(manifest.Config);
                return true;
            case 'c' when documents.FindConfig(digest, subject) is { } config:
                foreach (var diffId in config.DiffIds)
                {
                    AddEdge(diffId, document.Id, isLayer: true);
                }

                return true;
            default:
                return false;
        }
    }

    private void AddEdge(ulong key, DocumentId document, bool isLayer)
        => _edges.Add(ReverseIndex.Edge.Of(key, NumberOf(document), isLayer));

    private int NumberOf(DocumentId document)
    {
        ref var number = ref CollectionsMarshal.GetValueRefOrAddDefault(_numbers, document, out var isKnown);
        if (!isKnown)
        {
            number = _documents.Count;
            _documents.Add(document);
        }

        return number;
    }

    // A document that refers to nothing needs no number, only a digest of the kind that has one.
    private static bool TryType(Descriptor descriptor, out TypedDocument document)
    {
        var kind = TypedDocument.KindOf(descriptor.MediaType);
        document = new TypedDocument(default, kind);
        if (kind == TypedDocument.Plain)
        {
            return true;
        }

        var isOurs = DocumentId.TryOf(descriptor.Digest, out var id);
        document = new TypedDocument(id, kind);
        return isOurs;
    }

    private static Dictionary<DocumentId, int> Number(ReadOnlySpan<DocumentId> documents)
    {
        var numbers = new Dictionary<DocumentId, int>(documents.Length);
        for (var i = 0; i < documents.Length; i++)
        {
            numbers[documents[i]] = i;
        }

        return numbers;
    }

    private static ReadOnlySpan<ReverseIndex.Edge> Merge(ReadOnlySpan<ReverseIndex.Edge> old, ReadOnlySpan<ReverseIndex.Edge> added)
    {
        var merged = new ReverseIndex.Edge[old.Length + added.Length];
        var (count, fromOld, fromAdded) = (0, 0, 0);
        while (fromOld < old.Length || fromAdded < added.Length)
        {
            var next = fromAdded == added.Length || (fromOld < old.Length && old[fromOld].CompareTo(added[fromAdded]) <= 0)
                ? old[fromOld++]
                : added[fromAdded++];
            if (count == 0 || merged[count - 1] != next)
            {
                merged[count++] = next;
            }
        }

        return merged.AsSpan(0, count);
    }
}
