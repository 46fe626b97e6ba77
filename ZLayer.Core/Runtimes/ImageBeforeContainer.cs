using ZLayer.Core.Errors;
using ZLayer.Core.Oci;
using ZLayer.Core.Registries;
using ZLayer.Core.Runtimes.Specifications;

namespace ZLayer.Core.Runtimes;

/// <summary>Makes containers together with the image that they need.</summary>
public static class ImageBeforeContainer
{
    /// <summary>
    /// Makes a container without starting it, and brings its image in as the specification's pull policy says. With
    /// <see cref="PullPolicy.Missing"/> the runtime is asked to make the container first: where it holds the image nothing else is asked.
    /// </summary>
    /// <param name="runtime">The runtime.</param>
    /// <param name="specification">What the container is made of.</param>
    /// <param name="progress">Told how the pull goes.</param>
    /// <param name="cancellationToken">Cancels both.</param>
    /// <exception cref="ZLayerException">What <see cref="IRuntimeImages.PullImageStreamAsync"/> and <see cref="IContainerLifecycle.CreateContainerAsync"/> throw.</exception>
    public static async Task<ContainerCreation> CreateWithImageAsync(
        this IContainerRuntime runtime, ContainerSpecification specification, IProgress<PullProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(runtime);
        ArgumentNullException.ThrowIfNull(specification);
        if (specification.PullPolicy is PullPolicy.Always or PullPolicy.Newer && NameOf(specification.Image) is { } name)
        {
            await PullAsync(runtime, specification, name, progress, cancellationToken).ConfigureAwait(false);
        }

        try
        {
            return await runtime.CreateContainerAsync(specification, cancellationToken).ConfigureAwait(false);
        }
        catch (ZLayerException exception) when (exception.Kind == ZLayerErrorKind.ImageNotFound && specification.PullPolicy == PullPolicy.Missing
            && NameOf(specification.Image) is not null)
        {
            await PullAsync(runtime, specification, NameOf(specification.Image)!, progress, cancellationToken).ConfigureAwait(false);
            return await runtime.CreateContainerAsync(specification, cancellationToken).ConfigureAwait(false);
        }
    }

    private static async Task PullAsync(
        IContainerRuntime runtime, ContainerSpecification specification, ImageReference image, IProgress<PullProgress>? progress, CancellationToken cancellationToken)
    {
        var options = new RuntimePullOptions { Policy = specification.PullPolicy, Platform = specification.Platform };
        await foreach (var step in runtime.PullImageStreamAsync(image, options, cancellationToken).ConfigureAwait(false))
        {
            progress?.Report(step);
        }
    }

    // An id names something that the runtime holds or nobody does.
    private static ImageReference? NameOf(string image)
        => Digest.TryParse(image, out _) ? null : ImageReference.TryParse(image, out var reference) ? reference : null;
}
