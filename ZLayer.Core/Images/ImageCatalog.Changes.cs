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
        var descriptor = Resolve(source, lease);
        if (descriptor is null || !_content.Contains(descriptor.Digest))
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
    /// <param name="cancellationToken">Ends the wait for other collections; nothing is removed then.</param>
    /// <exception cref="ZLayerException">
    /// ImageNotFound; ImageInUse; InvalidArgument for an id that several images have, unless forced; StorageWriteFailed or AccessDenied.
    /// </exception>
    public ImageRemoval Remove(string nameOrId, bool force = false, bool prune = true, CancellationToken cancellationToken = default)
    {
        var removals = new List<ImageRemoval>();
        Remove([nameOrId], new ImageRemovalOptions { Force = force, NoPrune = !prune }, removals.Add, cancellationToken);
        return new ImageRemoval
        {
            Untagged = [.. removals.SelectMany(removal => removal.Untagged)],
            Deleted = [.. removals.SelectMany(removal => removal.Deleted)],
            ReclaimedBytes = removals.Sum(removal => removal.ReclaimedBytes),
        };
    }

    /// <summary>What <see cref="Remove(string, bool, bool, CancellationToken)"/> would do; removes nothing.</summary>
    /// <param name="nameOrId">A name or id.</param>
    /// <param name="options">How.</param>
    /// <returns>For each image that is meant the names that would go, and, where the last one is among them, the digest of the image.</returns>
    /// <exception cref="ZLayerException">As the removal would throw it.</exception>
    public IReadOnlyList<ImageRemoval> PlanRemoval(string nameOrId, ImageRemovalOptions? options = null)
        => new NameRemover(_layout, _content, _references, _lookup) { NamesOrIds = [nameOrId], Options = options ?? new ImageRemovalOptions() }
            .Plan(_references.Scan((_, _) => { }));

    /// <summary>Removes several images as <see cref="Remove(string, bool, bool, CancellationToken)"/> does one, in one collection.</summary>
    /// <param name="namesOrIds">Names or ids, in the order in which they go.</param>
    /// <param name="options">How.</param>
    /// <param name="removed">Hears of each image; also of those before one that cannot be removed, with which it ends.</param>
    /// <param name="cancellationToken">Ends the wait for other collections; nothing is removed then.</param>
    /// <exception cref="ZLayerException">As <see cref="Remove(string, bool, bool, CancellationToken)"/>.</exception>
    public void Remove(
        IReadOnlyList<string> namesOrIds,
        ImageRemovalOptions options,
        Action<ImageRemoval> removed,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(namesOrIds);
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(removed);
        var remover = new NameRemover(_layout, _content, _references, _lookup) { NamesOrIds = namesOrIds, Options = options };
        if (!options.NoPrune)
        {
            new Collector(_layout).Collect(remover.Run, remover, cancellationToken);
        }

        if (!remover.HasRun)
        {
            remover.Run(_references.Scan((_, _) => { })); // Only collection needs the lock, and a root that does not exist has none.
        }

        remover.Finish(removed);
    }
}
