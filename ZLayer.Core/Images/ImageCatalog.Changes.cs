using ZLayer.Core.Errors;
using ZLayer.Core.Oci;
using ZLayer.Core.Storage;

namespace ZLayer.Core.Images;

// The part of the catalog that changes names.
public sealed partial class ImageCatalog
{
    /// <summary>Gives an image one more name.</summary>
    /// <param name="source">A name or id.</param>
    /// <param name="target">The new name, with a tag.</param>
    /// <param name="noClobber">True to refuse a name that exists.</param>
    /// <returns>The image under its new name.</returns>
    /// <exception cref="ZLayerException">ImageNotFound; NameInUse; InvalidArgument for a name with a digest; StorageFull, StorageWriteFailed.</exception>
    public ImageInfo Tag(string source, ImageReference target, bool noClobber = false)
    {
        ArgumentNullException.ThrowIfNull(target);
        if (target.Digest is not null)
        {
            throw new ZLayerException(ZLayerErrorKind.InvalidArgument, $"Cannot name {source} '{target.ToFamiliarString()}': a digest is no name.")
            {
                Subject = target.ToString(),
                Advice = "Give a name with a tag, or without.",
            };
        }

        using var lease = _leases.Open("tag");
        var descriptor = _lookup.Find(source)?.Target;
        if (descriptor is null || !lease.Protect(descriptor.Digest))
        {
            throw _lookup.NotFound(source);
        }

        if (!noClobber)
        {
            _references.Set(target, descriptor);
        }
        else if (!_references.TryAdd(target, descriptor))
        {
            throw new ZLayerException(ZLayerErrorKind.NameInUse, $"Cannot name {source} '{target.ToFamiliarString()}': the name exists.")
            {
                Subject = target.ToString(),
                Advice = "Choose another name, or allow to replace it.",
            };
        }

        return Summarize(Load(descriptor, null, source), target, source);
    }

    /// <summary>
    /// Removes a name, or by an id all names of an image. With the last name goes the content that no other image, step record, container or
    /// running operation needs.
    /// </summary>
    /// <param name="nameOrId">A name or id.</param>
    /// <param name="force">Also removes an image that a container uses, or by its id one that has names in several repositories.</param>
    /// <param name="prune">False keeps the content until the next collection.</param>
    /// <param name="cancellationToken">Ends the wait for running operations; the name is gone then, the content stays for the next collection.</param>
    /// <exception cref="ZLayerException">ImageNotFound; ImageInUse; StorageWriteFailed or AccessDenied.</exception>
    public ImageRemoval Remove(string nameOrId, bool force = false, bool prune = true, CancellationToken cancellationToken = default)
    {
        var match = _lookup.Find(nameOrId) ?? throw _lookup.NotFound(nameOrId);
        var entries = _references.Enumerate((_, _) => { }).Where(entry => entry.Target.Digest == match.Target.Digest).ToList();
        var names = entries.Where(entry => entry.Reference is not null).Select(entry => entry.Reference!).ToList();
        var removed = match.ById ? names : NamesMeant(ImageReference.Parse(nameOrId), names);
        var tagsLeft = names.Except(removed).Where(name => name.Tag is not null).ToList();
        if (tagsLeft.Count == 0)
        {
            removed = names; // Names by digest alone go with the last tag.
        }

        if (!force)
        {
            RefuseIfUsed(match, nameOrId, names, isLast: tagsLeft.Count == 0);
        }

        foreach (var name in removed)
        {
            _references.Remove(name);
        }

        if (tagsLeft.Count == 0)
        {
            _references.Forget(match.Target.Digest);
        }

        var untagged = removed.Select(name => name.ToFamiliarString()).ToList();
        return tagsLeft.Count == 0 && prune
            ? Delete(match.Target, untagged, cancellationToken)
            : new ImageRemoval { Untagged = untagged };
    }

    // A reference with a digest, where no name by digest was kept, means the tags of its repository.
    private static List<ImageReference> NamesMeant(ImageReference asked, List<ImageReference> names)
        => names.Contains(asked) ? [asked]
            : asked.Digest is null ? []
            : names.Contains(asked.WithDigest(asked.Digest.Value)) ? [asked.WithDigest(asked.Digest.Value)]
            : [.. names.Where(name => name.Name == asked.Name)];

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

    private ImageRemoval Delete(Descriptor target, List<string> untagged, CancellationToken cancellationToken)
    {
        var content = new Reachability(_content, _layers.Records);
        content.Add(target, target.Digest.ToString());
        var candidates = content.Blobs.Concat(content.Layers).ToHashSet();
        var results = new Collector(_layout).Collect(new PruneOptions(), candidates, progress: null, cancellationToken);
        return new ImageRemoval
        {
            Untagged = untagged,
            Deleted = [.. results.SelectMany(result => result.Removed)],
            ReclaimedBytes = results.Sum(result => result.ReclaimedBytes),
        };
    }
}
