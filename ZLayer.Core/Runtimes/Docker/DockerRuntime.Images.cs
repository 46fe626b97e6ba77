using ZLayer.Core.Images;
using ZLayer.Core.Oci;
using ZLayer.Core.Storage;

namespace ZLayer.Core.Runtimes.Docker;

/// <content>Images.</content>
public sealed partial class DockerRuntime
{
    /// <inheritdoc/>
    public Task PullImageAsync(ImageReference image, RuntimePullOptions options, CancellationToken cancellationToken = default)
        => throw new NotImplementedException();

    /// <inheritdoc/>
    public IAsyncEnumerable<PullProgress> PullImageStreamAsync(ImageReference image, RuntimePullOptions options, CancellationToken cancellationToken = default)
        => throw new NotImplementedException();

    /// <inheritdoc/>
    public Task<IReadOnlyList<ImageInfo>> ListImagesAsync(CancellationToken cancellationToken = default)
        => throw new NotImplementedException();

    /// <inheritdoc/>
    public Task<ImageRemoval> RemoveImageAsync(string image, bool force = false, CancellationToken cancellationToken = default)
        => throw new NotImplementedException();

    /// <inheritdoc/>
    public Task<PruneResult> PruneImagesAsync(bool all = false, CancellationToken cancellationToken = default)
        => throw new NotImplementedException();

    /// <inheritdoc/>
    public Task TagImageAsync(string source, ImageReference target, CancellationToken cancellationToken = default)
        => throw new NotImplementedException();

    /// <inheritdoc/>
    public Task<ImageInspection> InspectImageAsync(string image, CancellationToken cancellationToken = default)
        => throw new NotImplementedException();

    /// <inheritdoc/>
    public Task<IReadOnlyList<ImageHistoryEntry>> GetImageHistoryAsync(string image, CancellationToken cancellationToken = default)
        => throw new NotImplementedException();

    /// <inheritdoc/>
    public Task<IReadOnlyList<ImageSearchResult>> SearchImagesAsync(string term, int limit = 0, CancellationToken cancellationToken = default)
        => throw new NotImplementedException();

    /// <inheritdoc/>
    public Task<Stream> SaveImagesAsync(IReadOnlyList<string> images, CancellationToken cancellationToken = default)
        => throw new NotImplementedException();

    /// <inheritdoc/>
    public IAsyncEnumerable<LoadProgress> LoadImagesAsync(Stream archive, bool quiet = false, CancellationToken cancellationToken = default)
        => throw new NotImplementedException();

    /// <inheritdoc/>
    public Task<Digest> ImportImageAsync(Stream rootFileSystem, ImageReference? target, ImageImportOptions options, CancellationToken cancellationToken = default)
        => throw new NotImplementedException();
}
