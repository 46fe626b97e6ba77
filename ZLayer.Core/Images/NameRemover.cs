using ZLayer.Core.Errors;
using ZLayer.Core.Images.Documents;
using ZLayer.Core.Oci;
using ZLayer.Core.Storage;
using ZLayer.Core.Storage.Remembered;

namespace ZLayer.Core.Images;

/// <summary>
/// Removes names one after the other, and notes what belonged to images that lost their last one. One that is refused does not keep the
/// others.
/// </summary>
internal sealed class NameRemover : IProgress<PruneProgress>
{
    private readonly StoreLayout _layout;
    private readonly ContentStore _content;
    private readonly ReferenceStore _references;
    private readonly ImageLoader _loader;
    private readonly ImageLookup _lookup;
    private readonly List<Removal> _removals = [];
    private readonly List<(string NameOrId, ZLayerException Error)> _failures = [];
    private readonly HashSet<string> _gone = new(StringComparer.Ordinal);
    private readonly List<PruneProgress> _deleted = [];
    private IReadOnlyList<StoredName> _names = [];

    /// <summary>Makes the remover of a data root.</summary>
    public NameRemover(StoreLayout layout, ContentStore content, ReferenceStore references)
    {
        _layout = layout;
        _content = content;
        _references = references;
        _loader = new ImageLoader(content);
        _lookup = new ImageLookup(references, () => new DocumentMemory(layout, content), () => _names.Where(IsLeft));
    }

    /// <summary>How.</summary>
    public required ImageRemovalOptions Options { get; init; }

    /// <summary>Whether <see cref="Run"/> was called.</summary>
    public bool HasRun { get; private set; }

    private sealed record Removal(IReadOnlyList<string> Untagged, IReadOnlySet<Digest> Content);

    /// <summary>Removes names or ids, out of all names that there are.</summary>
    public NameRemoval Run(IReadOnlyList<string> namesOrIds, IReadOnlyList<StoredName> names)
    {
        HasRun = true;
        _names = names;
        foreach (var nameOrId in namesOrIds)
        {
            try
            {
                foreach (var match in FindTargets(nameOrId))
                {
                    Remove(match, nameOrId, EntriesOf(match));
                }
            }
            catch (ZLayerException e)
            {
                _failures.Add((nameOrId, e));
            }
        }

        return new NameRemoval([.. names.Where(IsLeft)], _removals.SelectMany(removal => removal.Content).ToHashSet());
    }

    /// <summary>Hears what was deleted.</summary>
    public void Report(PruneProgress value) => _deleted.Add(value);

    /// <summary>Says what became of each image, then what could not be removed.</summary>
    public void Finish(Action<ImageRemoval> removed, Action<string, ZLayerException> failed)
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

        _failures.ForEach(failure => failed(failure.NameOrId, failure.Error));
    }

    /// <summary>What would be untagged, and the digests of the images that would lose their last name. Removes nothing.</summary>
    /// <param name="nameOrId">A name or id.</param>
    /// <param name="names">All names that there are.</param>
    /// <exception cref="ZLayerException">As the removal would say it.</exception>
    public PlannedRemoval Plan(string nameOrId, IReadOnlyList<StoredName> names)
    {
        _names = names;
        var (images, paths) = (new List<ImageRemoval>(), new List<string>());
        foreach (var match in FindTargets(nameOrId))
        {
            var choice = Choose(match, nameOrId, EntriesOf(match));
            var forgotten = ForgottenDigest(match, nameOrId, choice.Removed);
            if (choice.Removed.Count == 0 && !match.ById && forgotten is null)
            {
                throw _lookup.NotFound(nameOrId); // It goes with one that was planned before.
            }

            images.Add(new ImageRemoval
            {
                Untagged = forgotten is not null && choice.TagsLeft
                    ? [forgotten.ToFamiliarString()]
                    : [.. choice.Removed.Select(name => name.ToFamiliarString())],
                Deleted = choice.TagsLeft || Options.NoPrune ? [] : [match.Target.Digest.ToString()],
            });
            paths.AddRange(choice.References.Where(item => choice.Removed.Contains(item.Name)).Select(item => item.Path));
        }

        return new PlannedRemoval(nameOrId, images, paths);
    }

    /// <summary>Lets what was planned count as gone for further plans.</summary>
    public void Accept(PlannedRemoval plan) => _gone.UnionWith(plan.Paths);

    /// <summary>Lets a name count as gone for further plans without one of its own; what may be an id is left to the removal.</summary>
    /// <exception cref="ZLayerException">ImageNotFound; InvalidImageReference.</exception>
    public void Accept(string nameOrId)
    {
        if (ImageLookup.OnlyNameOf(nameOrId) is { } name
            && (_references.Find(name) is null
                || !_gone.Add(ReferencePath.Of(_layout.References, name)[(_layout.References.Length + 1)..].Replace('\\', '/'))))
        {
            throw _lookup.NotFound(nameOrId);
        }
    }

    private bool IsLeft(StoredName name) => !_gone.Contains(name.Path);

    private IReadOnlyList<ImageLookup.Match> FindTargets(string nameOrId)
        => _lookup.FindTargets(nameOrId, several: Options.Force) is { Count: > 0 } matches ? matches : throw _lookup.NotFound(nameOrId);

    private List<StoredName> EntriesOf(ImageLookup.Match match)
        => [.. _names.Where(name => name.PointsTo(match.Target.Digest) && IsLeft(name))];

    private void Remove(ImageLookup.Match match, string nameOrId, List<StoredName> entries)
    {
        var (references, removed, tagsLeft) = Choose(match, nameOrId, entries);
        if (tagsLeft && ForgottenDigest(match, nameOrId, removed) is { } digest)
        {
            _references.ForgetDigest(match.Target.Digest, digest);
            _removals.Add(new Removal([digest.ToFamiliarString()], new HashSet<Digest>()));
            return;
        }

        var content = tagsLeft || Options.NoPrune ? [] : FindContent(match.Target);
        // One that leads to another image by now is that image's, and stays; what it led to counts as needed then.
        var gone = removed.Where(name => _references.Remove(name, match.Target.Digest) || _references.Find(name) is null).ToHashSet();

        if (!tagsLeft)
        {
            _references.Forget(match.Target.Digest);
        }

        _gone.UnionWith(references.Where(item => gone.Contains(item.Name)).Select(item => item.Path));
        _gone.UnionWith(entries.Where(entry => entry.IsUnnamed && !tagsLeft).Select(entry => entry.Path));
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

    // A name that only a registry gave the image is no more than a note with the names that it has here.
    private static ImageReference? ForgottenDigest(ImageLookup.Match match, string nameOrId, List<ImageReference> removed)
        => !match.ById && removed.Count == 0 && ImageReference.Parse(nameOrId) is { Digest: { } digest } asked
            ? asked.WithDigest(digest)
            : null;

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
            ? _loader.PresentImages(target, subject)
                .SelectMany(c => (Digest[])[c.Manifest.Digest, _loader.Read(target, c.Manifest, subject).ConfigDigest])
                .Append(target.Digest).ToHashSet()
            : [target.Digest];
        return containers.FirstOrDefault(container => container.Digests.Overlaps(own))?.Id;
    }
}
