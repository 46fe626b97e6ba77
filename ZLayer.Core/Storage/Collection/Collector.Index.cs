using ZLayer.Core.Storage.Remembered;

namespace ZLayer.Core.Storage;

// The part of the collector that asks the reverse index, and keeps it.
internal sealed partial class Collector
{
    // So many images are walked through each time; with one more they get into the index.
    private const int MostUnknown = 32;

    // Marks of what is asked about that which names need. What the index does not cover is walked through.
    private void MarkNames(PrunePlan plan, MarkingScope scope)
    {
        var index = ReverseIndex.Open(_layout);
        var needs = new ReverseMarking(_content, index);
        var unknown = AddKnown(needs, plan.Names);
        var arrived = index.Arrived(_content);
        if (unknown.Count + arrived.Count > MostUnknown)
        {
            index = Extend(index, plan.Names, unknown, arrived, plan.Documents);
            needs = new ReverseMarking(_content, index);
            unknown = AddKnown(needs, plan.Names);
            arrived = index.Arrived(_content);
        }

        foreach (var name in unknown)
        {
            plan.Kept.Add(name.Target, name.Subject);
        }

        foreach (var document in arrived.Where(document => needs.IsNeeded(document.Id.A, isLayer: false)))
        {
            plan.Kept.Add(document.ToDescriptor(), document.Id.ToDigest().ToString());
        }

        needs.Mark(scope, plan.Kept);
    }

    // Returns the names that the index does not cover.
    private static List<StoredName> AddKnown(ReverseMarking needs, IReadOnlyList<StoredName> names)
    {
        var unknown = new List<StoredName>();
        foreach (var name in names)
        {
            if (!name.TryType(out var target) || !needs.TryAddRoot(target))
            {
                unknown.Add(name);
            }
        }

        return unknown;
    }

    // Who prunes has just read all documents: the next removal need not.
    private void KeepIndex(PrunePlan plan)
    {
        if (plan.Options.DryRun || plan.References.Count > 0)
        {
            return; // Names that are about to go are gone for the next one.
        }

        var index = ReverseIndex.Open(_layout);
        var unknown = AddKnown(new ReverseMarking(_content, index), plan.Names);
        var arrived = index.Arrived(_content);
        if (unknown.Count + arrived.Count > 0 || IsStale(index, plan.Names))
        {
            Extend(index, plan.Names, unknown, arrived, plan.Documents);
        }
    }

    private ReverseIndex Extend(
        ReverseIndex index, IReadOnlyList<StoredName> names, List<StoredName> unknown, List<TypedDocument> arrived, DocumentMemory documents)
    {
        var isStale = IsStale(index, names);
        var builder = new ReverseIndexBuilder(isStale ? ReverseIndex.Empty : index, documents);
        var added = 0;
        foreach (var name in isStale ? names : unknown)
        {
            added += builder.TryAdd(name.Target, name.Subject) ? 1 : 0;
        }

        if (!isStale)
        {
            added += builder.AddArrived(arrived);
        }

        // What cannot be read is tried each time, and kept never.
        if (added == 0)
        {
            return index;
        }

        var extended = builder.Build();
        extended.Save(_layout);
        return extended;
    }

    // Most of it is about images that are gone.
    private static bool IsStale(ReverseIndex index, IReadOnlyList<StoredName> names)
        => index.Targets.Length > (2 * names.Count) + MostUnknown;
}
