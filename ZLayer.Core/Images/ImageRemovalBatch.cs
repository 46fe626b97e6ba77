using ZLayer.Core.Errors;
using ZLayer.Core.Storage.Remembered;

namespace ZLayer.Core.Images;

/// <summary>What the removal of a name or an id would do.</summary>
public sealed class PlannedRemoval
{
    internal PlannedRemoval(string nameOrId, IReadOnlyList<ImageRemoval> images, IReadOnlyList<string> paths)
    {
        NameOrId = nameOrId;
        Images = images;
        Paths = paths;
    }

    /// <summary>The name or id.</summary>
    public string NameOrId { get; }

    /// <summary>
    /// For each image that is meant the names that would go, and, where the last one is among them, the digest of the image.
    /// </summary>
    public IReadOnlyList<ImageRemoval> Images { get; }

    /// <summary>The files of those names.</summary>
    internal IReadOnlyList<string> Paths { get; }
}

/// <summary>
/// Images that are removed together, in one collection. Each can be planned after those before it, which takes one look at all names for
/// all of them, or accepted without that where nobody asks what would go. Nothing is removed before <see cref="Remove"/>, which looks at
/// the names by itself.
/// </summary>
public sealed class ImageRemovalBatch
{
    private readonly ImageCatalog _catalog;
    private readonly ImageRemovalOptions _options;
    private readonly NameRemover _planner;
    private readonly List<string> _accepted = [];
    private IReadOnlyList<StoredName>? _scan;

    internal ImageRemovalBatch(ImageCatalog catalog, ImageRemovalOptions options)
    {
        _catalog = catalog;
        _options = options;
        _planner = catalog.NewRemover(options);
    }

    /// <summary>What the removal of one more image would do, after those that were accepted.</summary>
    /// <param name="nameOrId">A name or id.</param>
    /// <exception cref="ZLayerException">
    /// ImageNotFound; ImageInUse; InvalidArgument for an id that several images have, unless forced.
    /// </exception>
    public PlannedRemoval Plan(string nameOrId)
    {
        ArgumentNullException.ThrowIfNull(nameOrId);
        return _planner.Plan(nameOrId, _scan ??= _catalog.ScanNames());
    }

    /// <summary>Accepts what was planned: it goes with the others.</summary>
    public void Accept(PlannedRemoval plan)
    {
        ArgumentNullException.ThrowIfNull(plan);
        _planner.Accept(plan);
        _accepted.Add(plan.NameOrId);
    }

    /// <summary>
    /// Accepts a name or id without a plan. What can only be a name must be there, and not have been accepted before; what is wrong with
    /// others, the removal says.
    /// </summary>
    /// <param name="nameOrId">A name or id.</param>
    /// <exception cref="ZLayerException">ImageNotFound; InvalidImageReference.</exception>
    public void Accept(string nameOrId)
    {
        ArgumentNullException.ThrowIfNull(nameOrId);
        _planner.Accept(nameOrId);
        _accepted.Add(nameOrId);
    }

    /// <summary>Removes what was accepted.</summary>
    /// <param name="removed">Hears of each image that was removed.</param>
    /// <param name="failed">Hears, after that, of each name or id that was not, and why; it does not keep the others.</param>
    /// <param name="cancellationToken">Ends the wait for other collections; nothing is removed then.</param>
    /// <exception cref="ZLayerException">StorageWriteFailed or AccessDenied of what all have in common.</exception>
    public void Remove(Action<ImageRemoval> removed, Action<string, ZLayerException> failed, CancellationToken cancellationToken = default)
    {
        if (_accepted.Count > 0)
        {
            _catalog.Remove(_accepted, _options, removed, failed, cancellationToken);
        }
    }
}
