using ZLayer.Core.Errors;
using ZLayer.Core.Images;
using ZLayer.Core.Oci;
using ZLayer.Core.Storage;

namespace ZLayer.Core.Runtimes;

/// <summary>The images of a runtime. An image is named by a reference, an id, or the beginning of an id.</summary>
public interface IRuntimeImages : IRuntimePart
{
    /// <summary>Brings an image in unless the runtime holds it; a held image is used without touching the network.</summary>
    /// <exception cref="ZLayerException">ImageNotFound, RegistryAuthenticationFailed, RegistryUnreachable, RuntimeUnavailable.</exception>
    Task PullImageAsync(ImageReference image, CancellationToken cancellationToken = default)
        => PullImageAsync(image, new RuntimePullOptions(), cancellationToken);

    /// <summary>Brings an image in.</summary>
    /// <exception cref="ZLayerException">
    /// ImageNotFound, also for the policy Never and an image that the runtime does not hold; RegistryAuthenticationFailed,
    /// RegistryUnreachable, RuntimeUnavailable.
    /// </exception>
    Task PullImageAsync(ImageReference image, RuntimePullOptions options, CancellationToken cancellationToken = default);

    /// <summary>
    /// Brings an image in: any number of <see cref="PullStatus"/>, then exactly one <see cref="PullDone"/>. A failure ends the sequence
    /// with its exception.
    /// </summary>
    IAsyncEnumerable<PullProgress> PullImageStreamAsync(
        ImageReference image, RuntimePullOptions options, CancellationToken cancellationToken = default);

    /// <summary>The images, one for each name and one for each image without a name.</summary>
    Task<IReadOnlyList<ImageInfo>> ListImagesAsync(CancellationToken cancellationToken = default)
        => throw Declined(RuntimeOperation.ListImages);

    /// <summary>Removes a name, and with the last name the image.</summary>
    /// <exception cref="ZLayerException">ImageNotFound; ImageInUse without <paramref name="force"/>.</exception>
    Task<ImageRemoval> RemoveImageAsync(string image, bool force = false, CancellationToken cancellationToken = default)
        => throw Declined(RuntimeOperation.RemoveImage);

    /// <summary>Removes images that have no name; with <paramref name="all"/> every image that no container uses.</summary>
    Task<PruneResult> PruneImagesAsync(bool all = false, CancellationToken cancellationToken = default)
        => throw Declined(RuntimeOperation.PruneImages);

    /// <summary>Gives an image a further name.</summary>
    /// <exception cref="ZLayerException">ImageNotFound.</exception>
    Task TagImageAsync(string source, ImageReference target, CancellationToken cancellationToken = default)
        => throw Declined(RuntimeOperation.TagImage);

    /// <summary>Everything the runtime knows of an image.</summary>
    /// <exception cref="ZLayerException">ImageNotFound.</exception>
    Task<ImageInspection> InspectImageAsync(string image, CancellationToken cancellationToken = default)
        => throw Declined(RuntimeOperation.InspectImageNative);

    /// <summary>The steps that made an image, newest first.</summary>
    /// <exception cref="ZLayerException">ImageNotFound.</exception>
    Task<IReadOnlyList<ImageHistoryEntry>> GetImageHistoryAsync(string image, CancellationToken cancellationToken = default)
        => throw Declined(RuntimeOperation.ImageHistory);

    /// <summary>Searches the public registry.</summary>
    /// <param name="term">What is looked for; blank is InvalidArgument.</param>
    /// <param name="limit">At most so many results; 0 leaves it to the registry.</param>
    /// <param name="cancellationToken">Cancels the search.</param>
    Task<IReadOnlyList<ImageSearchResult>> SearchImagesAsync(string term, int limit = 0, CancellationToken cancellationToken = default)
        => throw Declined(RuntimeOperation.SearchImages);

    /// <summary>Images as one archive, layers that they share once. The caller disposes of the stream.</summary>
    /// <exception cref="ZLayerException">InvalidArgument for no images, ImageNotFound.</exception>
    Task<Stream> SaveImagesAsync(IReadOnlyList<string> images, CancellationToken cancellationToken = default)
        => throw Declined(RuntimeOperation.SaveImages);

    /// <summary>
    /// Takes images from an archive, plain or compressed: statuses unless <paramref name="quiet"/>, then exactly one
    /// <see cref="LoadDone"/>.
    /// </summary>
    IAsyncEnumerable<LoadProgress> LoadImagesAsync(Stream archive, bool quiet = false, CancellationToken cancellationToken = default)
        => throw Declined(RuntimeOperation.LoadImages);

    /// <summary>Makes an image of one layer of a root file system.</summary>
    /// <param name="rootFileSystem">A tar, plain or compressed.</param>
    /// <param name="target">The image's name; null leaves it without one.</param>
    /// <param name="options">Changes to the config, and a remark.</param>
    /// <param name="cancellationToken">Cancels the import.</param>
    /// <returns>The image id.</returns>
    Task<Digest> ImportImageAsync(
        Stream rootFileSystem, ImageReference? target, ImageImportOptions options, CancellationToken cancellationToken = default)
        => throw Declined(RuntimeOperation.ImportImage);
}
