using System.Collections;

namespace ZLayer.Core.Storage.Remembered;

/// <summary>
/// Says of single blobs and layers whether a name needs them, going up from what refers to them. A document that is gone refers to nothing,
/// as for <see cref="Marking"/>.
/// </summary>
/// <param name="content">The blobs.</param>
/// <param name="index">What refers to what.</param>
internal sealed class ReverseMarking(ContentStore content, ReverseIndex index)
{
    private readonly BitArray _roots = new(index.Targets.Length);
    private readonly DigestMarks _plainRoots = new();
    private readonly HashSet<int> _unneeded = [];

    /// <summary>Adds what a name points to; false when the index does not cover it.</summary>
    public bool TryAddRoot(in TypedDocument target)
    {
        if (target.Kind == TypedDocument.Plain)
        {
            _plainRoots.Add(target.Id.A);
            return true;
        }

        var place = index.PlaceOf(target);
        if (place >= 0)
        {
            _roots[place] = true;
        }

        return place >= 0;
    }

    /// <summary>Marks of what somebody asks about that which the names need.</summary>
    public void Mark(MarkingScope scope, Marking kept)
    {
        foreach (var layer in scope.Layers)
        {
            if (!kept.Layers.Contains(layer) && IsNeeded(layer, isLayer: true))
            {
                kept.AddLayer(layer);
            }
        }

        foreach (var blob in scope.Blobs)
        {
            if (!kept.Blobs.Contains(blob) && IsNeeded(blob, isLayer: false))
            {
                kept.AddBlob(blob);
            }
        }
    }

    /// <summary>Whether a name leads to a blob, or to a layer by DiffID.</summary>
    public bool IsNeeded(ulong key, bool isLayer)
    {
        if (!isLayer && IsRoot(key))
        {
            return true;
        }

        var seen = new HashSet<int>();
        var pending = new Stack<int>();
        AddReferrers(key, isLayer, seen, pending);
        while (pending.TryPop(out var document))
        {
            var own = index.Documents[document];
            var isRoot = IsRoot(own.A);
            if ((isRoot || !index.To(own.A).IsEmpty) && content.Contains(own.ToDigest()))
            {
                if (isRoot)
                {
                    return true;
                }

                AddReferrers(own.A, isLayer: false, seen, pending);
            }
        }

        _unneeded.UnionWith(seen); // All that leads to them was tried.
        return false;
    }

    private bool IsRoot(ulong key)
    {
        var targets = index.Targets;
        for (var place = SortedByKey.FirstFrom(targets, key); place < targets.Length && targets[place].Id.A == key; place++)
        {
            if (_roots[place])
            {
                return true;
            }
        }

        return _plainRoots.Contains(key);
    }

    private void AddReferrers(ulong key, bool isLayer, HashSet<int> seen, Stack<int> pending)
    {
        foreach (var edge in index.To(key))
        {
            if (edge.IsLayer == isLayer && !_unneeded.Contains(edge.Document) && seen.Add(edge.Document))
            {
                pending.Push(edge.Document);
            }
        }
    }
}
