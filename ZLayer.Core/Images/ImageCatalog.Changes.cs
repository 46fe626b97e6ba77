using System.Runtime.ExceptionServices;
using ZLayer.Core.Errors;
using ZLayer.Core.Oci;
using ZLayer.Core.Storage;
using ZLayer.Core.Storage.Remembered;

namespace ZLayer.Core.Images;

// The part of the catalog that changes names.
public sealed partial class ImageCatalog
{
    /// <summary>Gives an image one more name as <see cref="SetName"/> does.</summary>
    /// <returns>The image under its new name.</returns>
    /// <exception cref="ZLayerException">As <see cref="SetName"/>, and as <see cref="Load"/>.</exception>
    public ImageInfo Tag(string source, ImageReference target, bool noClobber = false)
        => Describe(target, SetName(source, target, noClobber));

    /// <summary>Gives an image one more name.</summary>
    /// <param name="source">A name or id.</param>
    /// <param name="target">The new name, with a tag.</param>
    /// <param name="noClobber">True to refuse a name that exists.</param>
    /// <returns>What the name points to.</returns>
    /// <exception cref="ZLayerException">
    /// ImageNotFound; NameInUse; InvalidArgument for a name with a digest; StorageFull, StorageWriteFailed.
    /// </exception>
    public Descriptor SetName(string source, ImageReference target, bool noClobber = false)
    {
        ArgumentNullException.ThrowIfNull(target);
        if (target.Digest is not null)
        {
            throw new ZLayerException(
                ZLayerErrorKind.InvalidArgument, $"Cannot name {source} '{target.ToFamiliarString()}': a digest is not a name.")
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

        return descriptor;
    }

    /// <summary>
    /// Removes a name, or by an id all names of an image. With the last name goes the content that no other image, step record, container
    /// or running operation needs.
    /// </summary>
    /// <param name="nameOrId">A name or id.</param>
    /// <param name="force">Also removes an image that a container uses, or by its id one that has names in several repositories.</param>
    /// <param name="prune">False keeps the content until the next collection.</param>
    /// <param name="cancellationToken">Ends the wait for other collections; nothing is removed then.</param>
    /// <exception cref="ZLayerException">
    /// ImageNotFound; ImageInUse; InvalidArgument for an id that several images have, unless forced; StorageWriteFailed or AccessDenied.
    /// </exception>
    internal ImageRemoval Remove(string nameOrId, bool force = false, bool prune = true, CancellationToken cancellationToken = default)
    {
        var removals = new List<ImageRemoval>();
        ZLayerException? failure = null;
        Remove([nameOrId], new ImageRemovalOptions { Force = force, NoPrune = !prune }, removals.Add, (_, error) => failure = error, cancellationToken);
        if (failure is not null)
        {
            ExceptionDispatchInfo.Throw(failure);
        }

        return new ImageRemoval
        {
            Untagged = [.. removals.SelectMany(removal => removal.Untagged)],
            Deleted = [.. removals.SelectMany(removal => removal.Deleted)],
            ReclaimedBytes = removals.Sum(removal => removal.ReclaimedBytes),
        };
    }

    /// <summary>
    /// Begins a removal of several images that are planned one after the other, with one look at the names, and removed together.
    /// </summary>
    /// <param name="options">How.</param>
    public ImageRemovalBatch StartRemoval(ImageRemovalOptions? options = null) => new(this, options ?? new ImageRemovalOptions());

    /// <summary>
    /// Removes several images as <see cref="Remove(string, bool, bool, CancellationToken)"/> does one, in one collection.
    /// </summary>
    /// <param name="namesOrIds">Names or ids, in the order in which they go.</param>
    /// <param name="options">How.</param>
    /// <param name="removed">Hears of each image that was removed.</param>
    /// <param name="failed">Hears, after that, of each name or id that was not, and why; it does not keep the others.</param>
    /// <param name="cancellationToken">Ends the wait for other collections; nothing is removed then.</param>
    /// <exception cref="ZLayerException">StorageWriteFailed or AccessDenied of what all have in common.</exception>
    public void Remove(
        IReadOnlyList<string> namesOrIds,
        ImageRemovalOptions options,
        Action<ImageRemoval> removed,
        Action<string, ZLayerException> failed,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(namesOrIds);
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(removed);
        ArgumentNullException.ThrowIfNull(failed);
        var remover = NewRemover(options);
        if (!options.NoPrune)
        {
            new Collector(_layout).Collect(names => remover.Run(namesOrIds, names), remover, cancellationToken);
        }

        if (!remover.HasRun)
        {
            remover.Run(namesOrIds, ScanNames()); // Only collection needs the lock, and a root that does not exist has none.
        }

        remover.Finish(removed, failed);
    }

    internal NameRemover NewRemover(ImageRemovalOptions options) => new(_layout, _content, _references) { Options = options };

    internal IReadOnlyList<StoredName> ScanNames() => _references.Scan((_, _) => { });
}
