using ZLayer.Core.Images;
using ZLayer.Core.Oci;
using ZLayer.Core.Storage;

namespace ZLayer.Core.Runtimes.Operations;

/// <summary>Finds images of a runtime as those of the store are found: by the same filter, with the same meaning.</summary>
public static class RuntimeImageSearch
{
    /// <summary>The images that a filter lets through, in the runtime's order.</summary>
    /// <param name="runtime">The runtime.</param>
    /// <param name="filter">The filter.</param>
    /// <param name="cancellationToken">Ends the search.</param>
    /// <exception cref="Errors.ZLayerException">ImageNotFound for an image of the filter; RuntimeUnavailable.</exception>
    public static async Task<IReadOnlyList<ImageInfo>> ListImagesAsync(
        this IContainerRuntime runtime, ImageFilter filter, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(runtime);
        ArgumentNullException.ThrowIfNull(filter);
        var before = await CreatedAsync(runtime, filter.Before, cancellationToken).ConfigureAwait(false);
        var since = await CreatedAsync(runtime, filter.Since, cancellationToken).ConfigureAwait(false);
        var images = await runtime.ListImagesAsync(cancellationToken).ConfigureAwait(false);
        return
        [
            .. images.Where(image => filter.Dangling is not { } dangling || dangling == image.Reference is null)
                .Where(image => NamePattern.AnyMatches(filter.Names, image))
                .Where(image => ImageLabels.Match(image.Labels, filter.Labels))
                .Where(image => filter.Platform is null || filter.Platform.Accepts(image.Platform))
                .Where(image => filter.Before is null || image.Created < before)
                .Where(image => filter.Since is null || image.Created > since),
        ];
    }

    /// <summary>What pruning would remove at this moment: runtimes only tell what they have removed.</summary>
    /// <param name="runtime">The runtime.</param>
    /// <param name="all">True: also images that have a name, if no container uses them.</param>
    /// <param name="cancellationToken">Ends the search.</param>
    /// <exception cref="Errors.ZLayerException">RuntimeUnavailable.</exception>
    public static async Task<IReadOnlyList<ImageInfo>> FindPrunableImagesAsync(
        this IContainerRuntime runtime, bool all, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(runtime);
        var containers = await runtime.ListContainersAsync(new ContainerFilter { IsBrief = true }, cancellationToken).ConfigureAwait(false);
        var used = containers.Select(container => container.ImageId).ToHashSet();
        var images = await runtime.ListImagesAsync(cancellationToken).ConfigureAwait(false);
        return [.. images.Where(image => (all || image.Reference is null) && !used.Contains(image.Id.ToString()))];
    }

    // Engines know names as people write them; an id is as it is.
    private static async Task<DateTimeOffset?> CreatedAsync(IContainerRuntime runtime, string? image, CancellationToken cancellationToken)
        => image is null
            ? null
            : (await runtime.InspectImageAsync(
                ImageReference.TryParse(image, out var reference) && reference.ToString() == image ? reference.ToFamiliarString() : image,
                cancellationToken).ConfigureAwait(false)).Created;
}
