using System.Runtime.ExceptionServices;
using ZLayer.Core.Errors;
using ZLayer.Core.Oci;
using ZLayer.Core.Storage;
using ZLayer.Core.Storage.Remembered;

namespace ZLayer.Core.Images;

/// <summary>Removes names one after the other until one is refused, and notes what belonged to images that lost their last one.</summary>
internal sealed class NameRemover : IProgress<PruneProgress>
{
    private readonly StoreLayout _layout;
    private readonly ContentStore _content;
    private readonly ReferenceStore _references;
    private readonly ImageLoader _loader;
    private readonly ImageLookup _lookup;
    private readonly List<Removal> _removals = [];
    private readonly HashSet<string> _paths = new(StringComparer.Ordinal);
    private readonly List<PruneProgress> _deleted = [];
    private ExceptionDispatchInfo? _failure;
    private string? _unknown;

    /// <summary>Makes the remover of a data root.</summary>
    public NameRemover(StoreLayout layout, ContentStore content, ReferenceStore references, ImageLookup lookup)
    {
        _layout = layout;
        _content = content;
        _references = references;
        _loader = new ImageLoader(content);
        _lookup = lookup;
    }

    /// <summary>What to remove.</summary>
    public required IReadOnlyList<string> NamesOrIds { get; init; }

    /// <summary>How.</summary>
    public required ImageRemovalOptions Options { get; init; }

    /// <summary>Whether <see cref="Run"/> was called.</summary>
    public bool HasRun { get; private set; }

    private sealed record Removal(IReadOnlyList<string> Untagged, IReadOnlySet<Digest> Content);

    /// <summary>Removes the names, out of all that there are.</summary>
    public NameRemoval Run(IReadOnlyList<StoredName> names)
    {
        HasRun = true;
        try
        {
            foreach (var nameOrId in NamesOrIds)
            {
                var matches = _lookup.FindTargets(nameOrId, several: Options.Force);
                if (matches.Count == 0)
                {
                    _unknown = nameOrId;
                    break;
                }

                foreach (var match in matches)
                {
                    Remove(match, nameOrId, [.. names.Where(name => name.PointsTo(match.Target.Digest) && !_paths.Contains(name.Path))]);
                }
            }
        }
        catch (ZLayerException e)
        {
            _failure = ExceptionDispatchInfo.Capture(e); // What was removed before is collected all the same.
        }

        return new NameRemoval(
            [.. names.Where(name => !_paths.Contains(name.Path))], _removals.SelectMany(removal => removal.Content).ToHashSet());
    }

    /// <summary>Hears what was deleted.</summary>
    public void Report(PruneProgress value) => _deleted.Add(value);

    /// <summary>Says what became of each image, then throws what ended the work.</summary>
    public void Finish(Action<ImageRemoval> removed)
    {
        foreach (var removal in _removals)
        {
            // Content that several of the images shared counts for the first.
            var own = _deleted.FindAll(deleted => Digest.TryParse(deleted.Name, out var digest) && removal.Content.Contains(digest));
            _deleted.RemoveAll(own.Contains);
            removed(new ImageRemoval
            {
                Untagged = removal.Untagged,
                Deleted = [.. own.Select(deleted => deleted.Name)],
                ReclaimedBytes = own.Sum(deleted => deleted.Bytes),
            });
        }

        _failure?.Throw();
        if (_unknown is not null)
        {
            throw _lookup.NotFound(_unknown);
        }
    }

    /// <summary>What would be untagged, and the digests of the images that would lose their last name. Removes nothing.</summary>
    /// <param name="names">All names that there are.</param>
    /// <exception cref="ZLayerException">As the removal would throw it.</exception>
    public IReadOnlyList<ImageRemoval> Plan(IReadOnlyList<StoredName> names)
    {
        var plans = new List<ImageRemoval>();
        foreach (var nameOrId in NamesOrIds)
        {
            var matches = _lookup.FindTargets(nameOrId, several: Options.Force);
            foreach (var match in matches.Count > 0 ? matches : throw _lookup.NotFound(nameOrId))
            {
                var choice = Choose(match, nameOrId, [.. names.Where(name => name.Target.Digest == match.Target.Digest)]);
                plans.Add(new ImageRemoval
                {
                    Untagged = [.. choice.Removed.Select(name => name.ToFamiliarString())],
                    Deleted = choice.TagsLeft || Options.NoPrune ? [] : [match.Target.Digest.ToString()],
                });
            }
        }

        return plans;
    }

    private void Remove(ImageLookup.Match match, string nameOrId, List<StoredName> entries)
    {
        var (references, removed, tagsLeft) = Choose(match, nameOrId, entries);
        var content = tagsLeft || Options.NoPrune ? [] : FindContent(match.Target);
        // One that leads to another image by now is that image's, and stays; what it led to counts as needed then.
        var gone = removed.Where(name => _references.Remove(name, match.Target.Digest) || _references.Find(name) is null).ToHashSet();

        if (!tagsLeft)
        {
            _references.Forget(match.Target.Digest);
        }

        _paths.UnionWith(references.Where(item => gone.Contains(item.Name)).Select(item => item.Path));
        _paths.UnionWith(entries.Where(entry => entry.IsUnnamed && !tagsLeft).Select(entry => entry.Path));
        _removals.Add(new Removal([.. removed.Where(gone.Contains).Select(name => name.ToFamiliarString())], content));
    }

    // Which names go, and whether a tag is left then; refuses what only force removes.
    private (List<(ImageReference Name, string Path)> References, List<ImageReference> Removed, bool TagsLeft) Choose(
        ImageLookup.Match match, string nameOrId, List<StoredName> entries)
    {
        var references = entries.Where(entry => !entry.IsUnnamed)
            .Select(entry => (Name: entry.Reference(_layout.References)!, entry.Path)).OrderBy(item => item.Name).ToList();
        var names = references.ConvertAll(item => item.Name);
        var removed = match.ById ? names : NamesMeant(ImageReference.Parse(nameOrId), names);
        var tagsLeft = names.Except(removed).Any(name => name.Tag is not null);
        removed = tagsLeft ? removed : names; // Names by digest alone go with the last tag.
        if (!Options.Force)
        {
            RefuseIfUsed(match, nameOrId, names, isLast: !tagsLeft);
        }

        return (references, removed, tagsLeft);
    }

    // A reference with a digest, where no name by digest was kept, means the tags of its repository.
    private static List<ImageReference> NamesMeant(ImageReference asked, List<ImageReference> names)
        => names.Contains(asked) ? [asked]
            : asked.Digest is null ? []
            : names.Contains(asked.WithDigest(asked.Digest.Value)) ? [asked.WithDigest(asked.Digest.Value)]
            : [.. names.Where(name => name.Name == asked.Name)];

    private HashSet<Digest> FindContent(Descriptor target)
    {
        var content = new Reachability(_content, new LayerRecords(_layout));
        content.Add(target, target.Digest.ToString());
        return [.. content.Blobs, .. content.Layers];
    }

    private void RefuseIfUsed(ImageLookup.Match match, string nameOrId, List<ImageReference> names, bool isLast)
    {
        if (match.ById && names.Select(name => name.Name).Distinct().Skip(1).Any())
        {
            throw new ZLayerException(
                ZLayerErrorKind.ImageInUse,
                $"Cannot remove {nameOrId} by its id: it has names in several repositories: {string.Join(", ", names.Select(n => n.ToFamiliarString()))}.")
            {
                Subject = nameOrId,
                Advice = "Remove it by its names, or force the removal.",
            };
        }

        if (isLast && UserOf(match.Target, nameOrId) is { } container)
        {
            throw new ZLayerException(ZLayerErrorKind.ImageInUse, $"Cannot remove {nameOrId}: container {container} uses it.")
            {
                Subject = nameOrId,
                Advice = "Remove the container first, or force the removal.",
            };
        }
    }

    private string? UserOf(Descriptor target, string subject)
    {
        var containers = ContainerUses.Read(_layout);
        if (containers.Count == 0)
        {
            return null;
        }

        var own = _content.Contains(target.Digest)
            ? _loader.PresentCandidates(target, subject)
                .SelectMany(c => (Digest[])[c.Manifest.Digest, _loader.Read(target, c.Manifest, subject).ConfigDigest])
                .Append(target.Digest).ToHashSet()
            : [target.Digest];
        return containers.FirstOrDefault(container => container.Digests.Overlaps(own))?.Id;
    }
}
