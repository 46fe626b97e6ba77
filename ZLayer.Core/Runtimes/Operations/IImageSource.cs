using ZLayer.Core.Errors;
using ZLayer.Core.Oci;

namespace ZLayer.Core.Runtimes.Operations;

/// <summary>Where images are that a runtime may lack, nearer than a registry.</summary>
public interface IImageSource
{
    /// <summary>Whether it has an image for a platform.</summary>
    /// <param name="image">A name or an id.</param>
    /// <param name="platform">The platform; null is any.</param>
    bool Has(string image, Platform? platform);

    /// <summary>
    /// Brings an image that it has into a runtime, under the name that was asked for where that is one that runtimes can give.
    /// </summary>
    /// <param name="runtime">Where to.</param>
    /// <param name="image">A name or an id.</param>
    /// <param name="platform">The platform; null is this machine's, else the first.</param>
    /// <param name="cancellationToken">Ends the sending; the runtime then has no new image.</param>
    /// <returns>
    /// What the runtime knows it by: the name that was asked for, or for one with a digest, which only registries give, the image's id.
    /// </returns>
    /// <exception cref="ZLayerException">
    /// ImageNotFound, PlatformNotAvailable, StorageReadFailed, RuntimeUnavailable, RuntimeError, OperationNotSupported.
    /// </exception>
    Task<string> SendAsync(IContainerRuntime runtime, string image, Platform? platform, CancellationToken cancellationToken = default);
}
